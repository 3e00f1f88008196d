package dev.millrace.backlog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The stream bytes {@code [offset, endOffset)}, inside one block that stays as it is until {@link
 * #release}. The bytes may only be read.
 *
 * <p>Given out by {@link BacklogReader#next}. A slice may be handed to another thread (safely
 * published, as through a queue) and is released there, exactly once; a second release throws.
 *
 * <p>Owned by: whoever holds it, one thread at a time.
 */
public final class BlockSlice implements AutoCloseable {
  private static final VarHandle RELEASED;

  static {
    try {
      RELEASED = MethodHandles.lookup().findVarHandle(BlockSlice.class, "released", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Block block;
  private final long offset;
  private final int positionInBlock;
  private final int lengthBytes;

  @SuppressWarnings("UnusedVariable") // written through RELEASED
  private volatile boolean released;

  /** The caller has taken the reference that this slice will give back. */
  BlockSlice(Block block, long offset, int positionInBlock, int lengthBytes) {
    this.block = block;
    this.offset = offset;
    this.positionInBlock = positionInBlock;
    this.lengthBytes = lengthBytes;
  }

  /** Replication offset of the first byte. */
  public long offset() {
    return offset;
  }

  /** Replication offset just past the last byte. */
  public long endOffset() {
    return offset + lengthBytes;
  }

  /** Number of bytes, at least 1. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** Absolute address of the first byte, valid until {@link #release}. */
  public long address() {
    assert !released : "the slice at " + offset + " was released";
    return block.address() + positionInBlock;
  }

  /**
   * A new direct buffer over the bytes, position 0, limit {@link #lengthBytes}. It is writable only
   * because transports take addresses from writable buffers alone: nobody may write to it, and it
   * is invalid after {@link #release}.
   */
  public ByteBuffer buffer() {
    assert !released : "the slice at " + offset + " was released";
    return block.view(positionInBlock, lengthBytes);
  }

  /** Gives the bytes back; any thread, once. */
  public void release() {
    Check.that(
        RELEASED.compareAndSet(this, false, true), "the slice at %d was released twice", offset);
    block.release();
  }

  /** Same as {@link #release}. */
  @Override
  public void close() {
    release();
  }
}
