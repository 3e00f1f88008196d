package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A piece of reply on its way from the executor to a socket, and the message that carries it there.
 * Its bytes lie off-heap; the network reads them through one buffer made with it and used for ever.
 * When the network releases that buffer, sent or not, this goes back to its pool by itself.
 *
 * <p>Owned by: the executor while it is filled; the event loop from {@link ReplySink#send} on.
 */
public final class ReplyBuffer {
  private final ReplyPool pool;
  private final Region region;
  private final Wire wire;

  int length;
  @Nullable ReplyBuffer next;
  private @Nullable ReplySink sink;
  private @Nullable RequestBuffer completes;
  private boolean closeAfter;

  ReplyBuffer(ReplyPool pool, int bytes) {
    this.pool = pool;
    this.region = new Region(bytes);
    this.wire = new Wire(this, region.view());
  }

  /** Address of the first byte. */
  public long address() {
    return region.address();
  }

  /** Bytes it can hold. */
  public int capacity() {
    return (int) region.bytes();
  }

  /** Bytes it holds. */
  public int length() {
    return length;
  }

  /** The next of the chain, null after the last. */
  public @Nullable ReplyBuffer next() {
    return next;
  }

  /** Ends the chain here and gives what followed; null after the last. */
  public @Nullable ReplyBuffer detach() {
    ReplyBuffer following = next;
    next = null;
    return following;
  }

  /** Makes this, the first of a chain, the message that carries the rest. */
  public void addressTo(
      ReplySink target, @Nullable RequestBuffer completesBatch, boolean closeAfterwards) {
    for (ReplyBuffer b = this; b != null; b = b.next) {
      b.sink = target;
    }
    completes = completesBatch;
    closeAfter = closeAfterwards;
  }

  /** Whom it goes to; it must have been addressed. */
  public ReplySink sink() {
    return Objects.requireNonNull(sink, "a reply without an address");
  }

  /** The batch this message gives back, if any. */
  public @Nullable RequestBuffer completes() {
    return completes;
  }

  /** Whether the connection closes after this message. */
  public boolean closeAfter() {
    return closeAfter;
  }

  /** Bytes of this and all that follow in the chain. */
  public long chainBytes() {
    long bytes = 0;
    for (ReplyBuffer b = this; b != null; b = b.next) {
      bytes += b.length;
    }
    return bytes;
  }

  /** Bytes of memory of this and all that follow in the chain. */
  public long chainMemoryBytes() {
    long bytes = 0;
    for (ReplyBuffer b = this; b != null; b = b.next) {
      bytes += b.capacity();
    }
    return bytes;
  }

  /**
   * Takes over the bytes of another buffer, which is given back, when there is room for them. Only
   * while the network does not read this one yet.
   */
  public boolean absorb(ReplyBuffer other) {
    if (length + other.length > capacity()) {
      return false;
    }
    Memory.copy(other.address(), address() + length, other.length);
    length += other.length;
    other.release();
    return true;
  }

  /**
   * The bytes as the network reads them, to be written exactly once: its release gives this buffer
   * back. The message and the chain must be read before.
   */
  public ByteBuf wire() {
    wire.setIndex(0, length);
    return wire;
  }

  /** Gives back this buffer and all that follow it, unsent. */
  public void discardChain() {
    ReplyBuffer b = this;
    while (b != null) {
      ReplyBuffer following = b.next;
      b.release();
      b = following;
    }
  }

  /**
   * A copy of the bytes of the whole chain; for tests and for replies read by the server itself.
   */
  public byte[] chainToArray() {
    byte[] all = new byte[Math.toIntExact(chainBytes())];
    int at = 0;
    for (ReplyBuffer b = this; b != null; b = b.next) {
      Memory.get(b.address(), all, at, b.length);
      at += b.length;
    }
    return all;
  }

  private void release() {
    ReplySink target = sink;
    int bytes = capacity();
    sink = null;
    completes = null;
    closeAfter = false;
    next = null;
    length = 0;
    pool.give(this);
    if (target != null) {
      target.released(bytes);
    }
  }

  void unmap() {
    region.close();
  }

  /**
   * The network's view. Never dies: when released it is made new and the reply buffer goes home.
   */
  private static final class Wire extends UnpooledDirectByteBuf {
    private final ReplyBuffer owner;

    Wire(ReplyBuffer owner, ByteBuffer bytes) {
      super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes.capacity());
      this.owner = owner;
    }

    @Override
    protected void deallocate() {
      resetRefCnt();
      owner.release();
    }
  }
}
