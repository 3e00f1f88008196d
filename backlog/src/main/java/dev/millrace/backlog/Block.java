package dev.millrace.backlog;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * One block of stream memory, mapped once and used again for different parts of the stream.
 *
 * <pre>
 *  references   meaning
 *       0       nobody's: in the free pool, being prepared by the writer, or unmapped
 *       1       the backlog's own: in the window, or retired and waiting to be reclaimed
 *     1 + n     and n readers and slices
 * </pre>
 *
 * Only {@link #tryReclaim} takes the count from 1 to 0 while the backlog is open, so memory is
 * never written again while anyone reads it. A reader finds a block through an index that may be
 * one step old; it takes a reference first and then compares {@link #number}, which changes only at
 * 0.
 *
 * <p>{@link #begin}, {@link #tryReclaim}, {@link #abandon} and writing: the backlog's writer.
 * {@link #tryRetain}, {@link #retain}, {@link #release}: any thread.
 */
final class Block {
  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Block.class, "references", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final long address;
  private final int bytes;
  private final ByteBuffer view;

  @SuppressWarnings("UnusedVariable") // written through REFERENCES
  private volatile int references;

  /** Which block of the stream this is: its first offset divided by the block size. */
  private long number;

  /** Set before a closing backlog drops its reference: from then on the last one out unmaps. */
  private volatile boolean abandoned;

  /** Maps a block, with no references. */
  Block(int bytes) {
    this.address = BlockMemory.map(bytes);
    this.bytes = bytes;
    this.view = MemorySegment.ofAddress(address).reinterpret(bytes).asByteBuffer();
  }

  long address() {
    return address;
  }

  /** A new buffer over part of the block; valid while the caller holds a reference. */
  ByteBuffer view(int position, int lengthBytes) {
    return view.slice(position, lengthBytes);
  }

  /** Makes this free block stand for block {@code newNumber} of the stream, with one reference. */
  void begin(long newNumber) {
    Check.that(references == 0, "a block with %d references cannot begin", references);
    number = newNumber;
    references = 1;
  }

  /** Takes a reference if this still is block {@code expectedNumber} of the stream. */
  boolean tryRetain(long expectedNumber) {
    int now = references;
    while (now != 0) {
      if (REFERENCES.compareAndSet(this, now, now + 1)) {
        // The number can change only at 0 references, so from here on it stays.
        if (number == expectedNumber) {
          return true;
        }
        release();
        return false;
      }
      now = references;
    }
    return false;
  }

  /** Takes one more reference; the caller already holds one. */
  void retain() {
    int before = (int) REFERENCES.getAndAdd(this, 1);
    Check.that(before >= 1, "a block with %d references was retained", before);
  }

  /** Gives a reference back. */
  void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 1) {
      // While the backlog is open its own reference is the last, and only tryReclaim() takes that.
      Check.that(before == 1 && abandoned, "a block with %d references was released", before);
      BlockMemory.unmap(address, bytes);
    }
  }

  /** Takes the backlog's own reference back if it is the last; true: nobody else sees the block. */
  boolean tryReclaim() {
    return REFERENCES.compareAndSet(this, 1, 0);
  }

  /** The backlog closes: drops its own reference, and whoever drops the last one unmaps. */
  void abandon() {
    abandoned = true;
    release();
  }

  /** Unmaps a block nobody refers to. It stays at 0 references for ever. */
  void unmap() {
    Check.that(references == 0, "a block with %d references cannot be unmapped", references);
    BlockMemory.unmap(address, bytes);
  }

  /** References now, a snapshot for tests and messages. */
  int references() {
    return references;
  }
}
