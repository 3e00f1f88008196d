package dev.millrace.engine.memory;

import static dev.millrace.engine.memory.Memory.rawLong;
import static dev.millrace.engine.memory.Memory.rawPutLong;

/**
 * Allocations too large for a slab: each is a mapping of its own, freed to the system at once, and
 * grown by moving its pages instead of copying them.
 *
 * <pre>
 * mapping (256 KiB-aligned; 2 MiB-aligned with huge pages from 2 MiB on)
 *   0 long mapped bytes   8 long previous   16 long next   64 the block
 * </pre>
 *
 * A block is known by its address, 64 past a multiple of {@link SlabHeap#SLAB_BYTES}, where no slab
 * block begins.
 *
 * <p>Owned by: the thread of its allocator.
 */
final class LargeBlocks {
  static final int HEADER_BYTES = 64;
  private static final int PREVIOUS = 8;
  private static final int NEXT = 16;

  private final PreparedPages prepared;
  private long first;
  private long mappedBytes;

  LargeBlocks(PreparedPages prepared) {
    this.prepared = prepared;
  }

  static boolean isLarge(long block) {
    return (block & (SlabHeap.SLAB_BYTES - 1)) == HEADER_BYTES;
  }

  /** Length of the mapping that {@code bytes} need. */
  static long mappedBytesFor(long bytes) {
    return Pages.roundUp(bytes + HEADER_BYTES);
  }

  static long mappedBytesOf(long block) {
    return rawLong(block - HEADER_BYTES);
  }

  long mappedBytes() {
    return mappedBytes;
  }

  /** Maps a zeroed block. */
  long allocate(long bytes) {
    long mapped = mappedBytesFor(bytes);
    long base = map(mapped);
    rawPutLong(base, mapped);
    link(base);
    mappedBytes += mapped;
    return base + HEADER_BYTES;
  }

  void free(long block) {
    long base = block - HEADER_BYTES;
    long mapped = rawLong(base);
    unlink(base);
    mappedBytes -= mapped;
    Pages.unmap(base, mapped);
  }

  /** Grows or shrinks a block in place where the neighbourhood allows it, else moves its pages. */
  long reallocate(long block, long bytes) {
    long base = block - HEADER_BYTES;
    long oldMapped = rawLong(base);
    long newMapped = mappedBytesFor(bytes);
    if (newMapped == oldMapped) {
      return block;
    }
    long moved = base;
    if (!Pages.resize(base, oldMapped, newMapped)) {
      moved = map(newMapped);
      unlink(base);
      Pages.moveOver(base, oldMapped, moved, newMapped);
      link(moved);
    }
    rawPutLong(moved, newMapped);
    mappedBytes += newMapped - oldMapped;
    return moved + HEADER_BYTES;
  }

  /** Gives back the memory of the whole pages inside a part of a block; they read as zeros. */
  static void discard(long address, long bytes) {
    long from = Pages.roundUp(address);
    long to = (address + bytes) & -Pages.PAGE_BYTES;
    if (to > from) {
      Pages.discard(from, to - from);
    }
  }

  void unmapAll() {
    long base = first;
    while (base != 0) {
      long next = rawLong(base + NEXT);
      Pages.unmap(base, rawLong(base));
      base = next;
    }
    first = 0;
    mappedBytes = 0;
  }

  /**
   * Has the mapping of a coming block of that length prepared, where it is of huge pages.
   *
   * @return whether there is nothing to wait for
   */
  boolean prepare(long bytes) {
    long mapped = mappedBytesFor(bytes);
    return mapped < Pages.HUGE_PAGE_BYTES || prepared.prepare(mapped);
  }

  private long map(long mapped) {
    return mapped < Pages.HUGE_PAGE_BYTES
        ? Pages.mapAligned(mapped, SlabHeap.SLAB_BYTES)
        : prepared.take(mapped);
  }

  private void link(long base) {
    rawPutLong(base + PREVIOUS, 0);
    rawPutLong(base + NEXT, first);
    if (first != 0) {
      rawPutLong(first + PREVIOUS, base);
    }
    first = base;
  }

  private void unlink(long base) {
    long previous = rawLong(base + PREVIOUS);
    long next = rawLong(base + NEXT);
    if (previous == 0) {
      first = next;
    } else {
      rawPutLong(previous + NEXT, next);
    }
    if (next != 0) {
      rawPutLong(next + PREVIOUS, previous);
    }
  }
}
