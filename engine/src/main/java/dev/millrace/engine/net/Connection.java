package dev.millrace.engine.net;

import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.RequestBuffer;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection as the rest of the server sees it. What is sent leaves in the order it
 * was given, each sender's calls counting as one order.
 *
 * <p>Threads: any, but for what a method says. The socket itself belongs to one event loop, which
 * does what is asked here after {@link NetworkServer#wakeLoops} (replies) or at once (all else).
 */
public final class Connection implements ReplySink {
  /** {@link #isWritable} turns false above so many bytes outstanding. */
  public static final long WRITABLE_BYTES = 1 << 20;

  private final long id;
  private final LoopMailbox mailbox;
  private final Intake intake;
  private final String remoteAddress;
  private final String localAddress;
  private final boolean unix;
  private final int descriptor;
  private final AtomicLong outstanding = new AtomicLong();
  private final AtomicReference<@Nullable Waiter> waiter = new AtomicReference<>();
  private volatile boolean restricted;
  private volatile boolean parked;
  private volatile boolean gone;
  private volatile boolean closing;
  private final AtomicLong bytesRead = new AtomicLong();
  private @Nullable Object attachment;

  private record Waiter(long bytes, Runnable action) {}

  Connection(
      long id,
      Channel channel,
      String unixName,
      LoopMailbox mailbox,
      Intake intake,
      boolean restricted) {
    this.id = id;
    this.mailbox = mailbox;
    this.intake = intake;
    this.restricted = restricted;
    this.descriptor = channel instanceof UnixChannel socket ? socket.fd().intValue() : -1;
    this.unix = !(channel.localAddress() instanceof InetSocketAddress);
    this.remoteAddress = unix ? unixName : text(channel.remoteAddress());
    this.localAddress = unix ? unixName : text(channel.localAddress());
  }

  private static String text(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet ? NetUtil.toSocketAddressString(inet) : "?:0";
  }

  /** Number of this connection since the server started, from 1. */
  public long id() {
    return id;
  }

  /** The client's {@code ip:port}, an IPv6 address in brackets. */
  public String remoteAddress() {
    return remoteAddress;
  }

  /** The {@code ip:port} the client connected to. */
  public String localAddress() {
    return localAddress;
  }

  /** The number of its file descriptor; -1 where the transport does not tell. */
  public int descriptor() {
    return descriptor;
  }

  /** True when it came through a socket in the file system; both its addresses name that. */
  public boolean isUnix() {
    return unix;
  }

  /** Whatever the executor keeps for this client. Executor thread. */
  public @Nullable Object attachment() {
    return attachment;
  }

  /** Sets {@link #attachment()}. Executor thread. */
  public void attachment(@Nullable Object client) {
    attachment = client;
  }

  /**
   * Whether the client has yet to authenticate. While it has, small limits hold and each batch is
   * one command, for the next may be allowed more. Executor thread, before it gives the batch back.
   */
  public void restricted(boolean mustAuthenticate) {
    restricted = mustAuthenticate;
  }

  boolean restricted() {
    return restricted;
  }

  /** Bytes received so far; that it grows shows that the peer lives. */
  public long bytesRead() {
    return bytesRead.getOpaque();
  }

  /**
   * Memory of what was sent by {@link #send} and {@link #write} and the socket has not taken yet:
   * whole buffers, as long as one byte of them waits.
   */
  public long bytesOutstanding() {
    return outstanding.get();
  }

  /** Bytes received that no batch has taken to the executor yet; a figure that may be stale. */
  public long inputBytes() {
    RequestBatch filling = intake.fillingNow();
    return filling == null ? 0 : filling.filled();
  }

  /** Bytes received that fit the buffer there is without its growing; may be stale. */
  public long inputFreeBytes() {
    RequestBatch filling = intake.fillingNow();
    return filling == null ? 0 : Math.max(0, filling.capacity() - filling.filled());
  }

  /** Memory that {@link #inputBytes} count for; may be stale. */
  public long inputMemoryBytes() {
    RequestBatch filling = intake.fillingNow();
    return filling == null ? 0 : filling.heldBytes();
  }

  /** Counts bytes as outstanding that are held back before they are sent; negative: no longer. */
  public void held(long bytes) {
    outstanding.addAndGet(bytes);
  }

  /** Whether so little is outstanding that it is worth writing more. */
  public boolean isWritable() {
    return outstanding.get() < WRITABLE_BYTES;
  }

  /** True once {@link #close} was called. */
  public boolean isClosing() {
    return closing;
  }

  /** False once the socket is closed. */
  public boolean isOpen() {
    return !gone;
  }

  /**
   * Runs an action once, as soon as at most {@code bytes} are outstanding or the connection is
   * closed: at once, or on the event loop. One action may wait at a time.
   */
  public void whenBelow(long bytes, Runnable action) {
    Waiter mine = new Waiter(bytes, action);
    if (!waiter.compareAndSet(null, mine)) {
      throw new IllegalStateException("somebody waits for connection " + id + " already");
    }
    runWaiter();
  }

  private void runWaiter() {
    Waiter waiting = waiter.get();
    if (waiting != null
        && (gone || outstanding.get() <= waiting.bytes)
        && waiter.compareAndSet(waiting, null)) {
      waiting.action.run();
    }
  }

  /**
   * {@inheritDoc} Leaves at the next {@link NetworkServer#wakeLoops}, which the executor calls at
   * the end of each burst. Executor thread.
   */
  @Override
  public void send(
      @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
    if (completes != null) {
      parked = false;
    }
    if (first != null) {
      outstanding.addAndGet(first.chainMemoryBytes());
      first.addressTo(this, completes, closeAfter);
      mailbox.offer(first);
      return;
    }
    if (completes != null) {
      mailbox.offer(completes);
    }
    if (closeAfter) {
      mailbox.offer((Runnable) intake::closeAfterReplies);
    }
  }

  @Override
  public void released(int bytes) {
    long left = outstanding.addAndGet(-bytes);
    assert left >= 0 : "released more than was sent";
    if (waiter.get() != null) {
      runWaiter();
    }
    if (intake.resumesAt(left)) {
      mailbox.offer((Runnable) intake::advance);
      mailbox.wake();
    }
  }

  /**
   * Sends bytes that stay where they are: a direct buffer from its position to its limit, writable
   * for the sake of the network's own wrapper. {@code released} runs once, on the event loop as a
   * rule, when they were sent or dropped. Not after {@link #takeSocket}, until that was closed.
   */
  public void write(ByteBuffer slice, Runnable released) {
    outstanding.addAndGet(slice.remaining());
    mailbox.offer(new SliceWrite(this, slice, released));
    mailbox.wake();
  }

  /**
   * The executor keeps the batch of this connection for a while (a blocking command, a client that
   * is suspended). From now until it gives it back, the end of the connection is reported at once
   * and what the client sent after the batch is dropped with it. Executor thread.
   */
  public void park() {
    parked = true;
    // The loop looks at parked after it has set ended; we look at ended after setting parked.
    if (intake.hasEnded()) {
      mailbox.offer((Runnable) intake::advance);
      mailbox.wake();
    }
  }

  boolean isParked() {
    return parked;
  }

  /**
   * Closes at once; what the socket has not taken is dropped. {@link RequestSink#disconnected}
   * follows.
   */
  public void close() {
    closing = true;
    mailbox.offer((Runnable) intake::closeNow);
    mailbox.wake();
  }

  /**
   * Lends the socket's sending side: completes once everything sent before has left, or fails when
   * the connection ends before. Until {@link TakenSocket#close} nobody else may send; receiving
   * goes on.
   */
  public CompletableFuture<TakenSocket> takeSocket() {
    CompletableFuture<TakenSocket> taken = new CompletableFuture<>();
    mailbox.offer((Runnable) () -> intake.takeSocket(taken));
    mailbox.wake();
    return taken;
  }

  Intake intake() {
    return intake;
  }

  LoopMailbox mailbox() {
    return mailbox;
  }

  void countRead(int bytes) {
    // One writer, the loop.
    bytesRead.setOpaque(bytesRead.getPlain() + bytes);
  }

  void gone() {
    gone = true;
    runWaiter();
  }

  @Override
  public String toString() {
    return "connection " + id + " of " + remoteAddress;
  }
}
