package dev.millrace.engine.net;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Loads and initialises what a {@link NetworkServer} is made of, by a thread of its own while the
 * rest of a process starts: a third of the time until the port is open. Classes are initialised
 * once in a process, and so is this done once.
 *
 * <p>Threads: any.
 */
public final class NetworkPreparation {
  private static final AtomicReference<@Nullable FutureTask<Void>> BEGUN = new AtomicReference<>();

  private NetworkPreparation() {}

  /** Begins, unless that was done before. */
  public static void begin(TransportChoice choice) {
    FutureTask<Void> task = new FutureTask<>(() -> initialise(choice), null);
    if (BEGUN.compareAndSet(null, task)) {
      Thread.ofPlatform().daemon().name("network-start").start(task);
    }
  }

  /**
   * Waits until it is done, if it has begun. Two threads that initialise classes which refer to
   * each other would wait for ever: so this comes before the first use.
   */
  static void await() {
    FutureTask<Void> task = BEGUN.get();
    if (task == null) {
      return;
    }
    try {
      task.get();
    } catch (ExecutionException | CancellationException e) {
      // What does not work here is said by whoever needs it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void initialise(TransportChoice choice) {
    Transport transport = Transport.of(choice);
    Refusal.prepare();
    PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("io-start", true), transport.handlers());
    try {
      transport.prepare(group);
    } finally {
      var _ = group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }
  }
}
