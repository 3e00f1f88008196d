package dev.millrace.engine.replication;

import dev.millrace.aof.RateLimit;
import dev.millrace.aof.ThreadPriority;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The threads that send files to replicas, one per transfer under way and at most {@value
 * #TRANSFERS_MAX}: a slow replica holds up only itself, and many replicas that return at once wait
 * for a place instead of crowding the disk.
 */
public final class TransferThreads implements AutoCloseable {
  static final int TRANSFERS_MAX = 16;
  private static final int IDLE_SECONDS = 10;
  // Behind the executor and the event loops whenever they have work, but never without a share.
  private static final int NICE = 10;

  private final AtomicInteger number = new AtomicInteger();
  private final ExecutorService threads;
  private final RateLimit limit;

  /**
   * No thread yet: they begin with the transfers.
   *
   * @param bytesPerSecond what all transfers may send together, as it is at each step; 0: no limit
   */
  public TransferThreads(LongSupplier bytesPerSecond) {
    this.limit = new RateLimit(bytesPerSecond, System::nanoTime);
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            TRANSFERS_MAX,
            TRANSFERS_MAX,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work ->
                ThreadPriority.threadGivingWay("transfer-" + number.incrementAndGet(), NICE, work));
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /** How fast the transfers may go. */
  RateLimit limit() {
    return limit;
  }

  /** Runs a transfer when a thread is free. Any thread; a replica has one transfer at a time. */
  void start(Runnable transfer) {
    threads.execute(transfer);
  }

  /** Interrupts nothing: transfers look for their end between two pieces. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
