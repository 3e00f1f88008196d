package dev.millrace.engine.memory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Allocates off-heap memory in size classes and accounts for every byte of it. Blocks are
 * 8-aligned; a block whose length is a multiple of 64 begins on a cache line (outside the checked
 * mode). New memory holds anything unless {@link #allocateZeroed} gave it.
 *
 * <p>Small blocks, up to 32 KiB, come from slabs: every multiple of 8 bytes up to 256, then at most
 * an eighth to spare. Empty slabs return to the system. Larger blocks are mapped one by one.
 *
 * <p>In the checked mode each block also knows its exact length, the site of its allocation and
 * whether it is live; it is followed by a guard, and once freed it is filled with 0xDD and kept
 * from reuse for a while. The accounting is the same in both modes.
 *
 * <p>Owned by: one thread, the first that allocates; {@link #handOver()} frees it for the next. The
 * checked mode enforces that.
 */
public final class SlabAllocator implements AutoCloseable {
  /** Far beyond any machine's memory: a length above it is a defect of the caller. */
  private static final long MAX_BYTES = 1L << 46;

  // Exchanged with those of another allocator by exchange().
  private @Nullable CheckedHeap checked;
  private SlabHeap slabs;
  private PreparedPages prepared = new PreparedPages();
  private LargeBlocks large = new LargeBlocks(prepared);
  private long usedBytes;
  private boolean closed;

  public SlabAllocator() {
    CheckedHeap checks = Memory.CHECKED ? new CheckedHeap(this) : null;
    checked = checks;
    slabs =
        new SlabHeap(
            prepared,
            (slab, firstBlock, blockBytes, capacity) ->
                Objects.requireNonNull(checks).opened(slab, firstBlock, blockBytes, capacity));
  }

  /**
   * Allocates a block.
   *
   * @param bytes at least this many; 0 counts as 1
   * @return its address, never 0
   * @throws OutOfMemoryError when the system has no more
   */
  public long allocate(long bytes) {
    requireLength(bytes);
    long block;
    if (Memory.CHECKED) {
      block = checkedHeap().allocate(bytes);
    } else {
      block = rawAllocate(bytes);
    }
    usedBytes += accountedBytes(bytes);
    return block;
  }

  /** Allocates a block of zeros. A large one is not touched by it: the pages are zero already. */
  public long allocateZeroed(long bytes) {
    long block = allocate(bytes);
    if (bytes <= SizeClass.MAX_BYTES) {
      Memory.fill(block, bytes, (byte) 0);
    }
    return block;
  }

  /**
   * Has another thread prepare the memory of a large block that will be asked for soon, and touched
   * all over; the length must then be the same. Of a small one nothing is prepared.
   *
   * @return whether there is nothing to wait for
   */
  public boolean prepare(long bytes) {
    return bytes <= SizeClass.MAX_BYTES
        || large.prepare(Memory.CHECKED ? CheckedHeap.rawBytesFor(bytes) : bytes);
  }

  /** Frees a block that this allocator gave. */
  public void free(long address) {
    if (Memory.CHECKED) {
      usedBytes -= accountedBytes(checkedHeap().free(address));
    } else {
      usedBytes -= sizeOf(address);
      rawFree(address);
    }
  }

  /**
   * How many bytes the block really holds, at least as many as were asked for; all of them may be
   * used. (The checked mode accepts accesses beyond the length asked for only after this call.)
   */
  public long usableBytes(long address) {
    if (Memory.CHECKED) {
      return checkedHeap().widen(address);
    }
    return LargeBlocks.isLarge(address)
        ? LargeBlocks.mappedBytesOf(address) - LargeBlocks.HEADER_BYTES
        : SizeClass.bytes(SlabHeap.sizeClassOf(address));
  }

  /** The bytes of {@link #usedBytes()} this block counts for: {@code MEMORY USAGE}. */
  public long accountedBytesOf(long address) {
    if (Memory.CHECKED) {
      return accountedBytes(checkedHeap().requestedBytes(address));
    }
    return sizeOf(address);
  }

  /** The bytes of {@link #usedBytes()} that a block of this length counts for. */
  public static long accountedBytes(long bytes) {
    return bytes <= SizeClass.MAX_BYTES
        ? SizeClass.bytes(SizeClass.of(bytes))
        : LargeBlocks.mappedBytesFor(bytes);
  }

  /**
   * Makes a block longer or shorter. The bytes up to the shorter length are kept.
   *
   * @return its address, which may be another; the old one is free then
   */
  public long reallocate(long address, long bytes) {
    requireLength(bytes);
    if (Memory.CHECKED) {
      return checkedReallocate(address, bytes);
    }
    boolean wasLarge = LargeBlocks.isLarge(address);
    if (wasLarge && bytes > SizeClass.MAX_BYTES) {
      usedBytes += LargeBlocks.mappedBytesFor(bytes) - LargeBlocks.mappedBytesOf(address);
      return large.reallocate(address, bytes);
    }
    if (!wasLarge
        && bytes <= SizeClass.MAX_BYTES
        && SlabHeap.sizeClassOf(address) == SizeClass.of(bytes)) {
      return address;
    }
    long kept = Math.min(bytes, usableBytes(address));
    long moved = allocate(bytes);
    Memory.rawCopy(address, moved, kept);
    free(address);
    return moved;
  }

  private long checkedReallocate(long address, long bytes) {
    long kept = Math.min(bytes, checkedHeap().widen(address));
    // Always moves, so that a caller who keeps the old address is found out.
    long moved = allocate(bytes);
    Memory.rawCopy(address, moved, kept);
    free(address);
    return moved;
  }

  /**
   * Gives the memory behind a part of a large block back to the system; what is left there reads as
   * zeros. Only whole pages count, and the accounting does not change. Blocks from slabs are left
   * as they are.
   */
  public void discard(long block, long offset, long bytes) {
    if (LargeBlocks.isLarge(block)) {
      LargeBlocks.discard(block + offset, bytes);
    }
  }

  /**
   * Whether active defragmentation gains by moving this block: its slab is emptier than the average
   * of its class, and the class has a slab's worth of room elsewhere.
   */
  public boolean worthMoving(long address) {
    return !LargeBlocks.isLarge(address) && slabs.worthMoving(address);
  }

  /**
   * Bytes handed out: the sum of the size classes, large blocks by the length of their mappings.
   */
  public long usedBytes() {
    return usedBytes;
  }

  /** Bytes mapped from the system for slabs in use and large blocks. */
  public long reservedBytes() {
    return slabs.reservedBytes() + large.mappedBytes();
  }

  /** Gives back the empty slabs that are kept for a quick return. */
  public void trim() {
    if (Memory.CHECKED) {
      checkedHeap().releaseQuarantine();
    }
    slabs.trim();
  }

  /** Lets the next thread that allocates or frees become the owner. */
  public void handOver() {
    if (Memory.CHECKED) {
      checkedHeap().handOver();
    }
  }

  /**
   * Exchanges all memory with another allocator: each goes on with the other's blocks, which stay
   * where they are. Both must have been {@link #handOver handed over} by their threads.
   */
  public void exchange(SlabAllocator other) {
    CheckedHeap otherChecked = other.checked;
    SlabHeap otherSlabs = other.slabs;
    LargeBlocks otherLarge = other.large;
    PreparedPages otherPrepared = other.prepared;
    long otherUsed = other.usedBytes;
    other.checked = checked;
    other.slabs = slabs;
    other.large = large;
    other.prepared = prepared;
    other.usedBytes = usedBytes;
    checked = otherChecked;
    slabs = otherSlabs;
    large = otherLarge;
    prepared = otherPrepared;
    usedBytes = otherUsed;
    if (Memory.CHECKED) {
      checkedHeap().belongTo(this);
      other.checkedHeap().belongTo(other);
    }
  }

  /** Unmaps everything, blocks in use included, of which nobody knows any more. */
  public void abandon() {
    if (closed) {
      return;
    }
    if (Memory.CHECKED) {
      checkedHeap().abandon();
    }
    closed = true;
    slabs.unmapAll();
    large.unmapAll();
    prepared.close();
    usedBytes = 0;
  }

  /**
   * Unmaps everything. A second call does nothing.
   *
   * @throws MemoryFaultError in the checked mode, when blocks are still allocated, naming their
   *     sites
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    String leaks = Memory.CHECKED ? checkedHeap().close() : "";
    slabs.unmapAll();
    large.unmapAll();
    prepared.close();
    usedBytes = 0;
    if (!leaks.isEmpty()) {
      throw new MemoryFaultError(MemoryFaultError.Fault.LEAK, leaks);
    }
  }

  long rawAllocate(long bytes) {
    return bytes <= SizeClass.MAX_BYTES
        ? slabs.allocate(SizeClass.of(bytes))
        : large.allocate(bytes);
  }

  void rawFree(long address) {
    if (LargeBlocks.isLarge(address)) {
      large.free(address);
    } else {
      slabs.free(address);
    }
  }

  private static long sizeOf(long address) {
    return LargeBlocks.isLarge(address)
        ? LargeBlocks.mappedBytesOf(address)
        : SizeClass.bytes(SlabHeap.sizeClassOf(address));
  }

  private CheckedHeap checkedHeap() {
    return Objects.requireNonNull(checked);
  }

  private void requireLength(long bytes) {
    if (bytes < 0 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
    }
    if (closed) {
      throw new IllegalStateException("the allocator is closed");
    }
  }
}
