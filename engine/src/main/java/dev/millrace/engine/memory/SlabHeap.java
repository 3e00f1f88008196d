package dev.millrace.engine.memory;

import static dev.millrace.engine.memory.Memory.rawInt;
import static dev.millrace.engine.memory.Memory.rawLong;
import static dev.millrace.engine.memory.Memory.rawPutInt;
import static dev.millrace.engine.memory.Memory.rawPutLong;

import java.util.Arrays;

/**
 * Blocks of one size class each, cut from slabs of 256 KiB; eight slabs make a chunk, the unit
 * mapped from the system, which is one huge page.
 *
 * <pre>
 * chunk (2 MiB, 2 MiB-aligned)  = slab 0 .. slab 7
 * slab  (256 KiB, aligned)      = [64 bytes: the chunk's header in slab 0, else unused]
 *                                 [colour * 64 bytes unused] [slab header, 64 bytes] [block] [block] ...
 *
 * chunk header:  0 int  free slabs, one bit each       8 long previous, 16 long next with a free slab
 *                                                     24 long previous, 32 long next of all
 * slab header:   0 int  size class    4 int  capacity, in blocks
 *                8 int  used blocks  12 int  blocks ever cut, from the front
 *               16 long first freed block (each freed block begins with the address of the next)
 *               24 long previous,    32 long next slab of the class with room
 * </pre>
 *
 * A block finds its slab's header by masking its address. The colour, taken from the slab's number,
 * spreads the headers over the sets of the processor's caches: at one fixed offset they would all
 * compete for the same set. A slab's first block is never at offset 64, which tells slab blocks
 * from {@link LargeBlocks}.
 *
 * <p>An empty slab gives its memory back unless it is the only one of its class with room; an empty
 * chunk is unmapped unless it is the only one with room. Keeping one each stops a program that
 * frees and allocates one block in turn from mapping in turn.
 *
 * <p>Owned by: the thread of its allocator.
 */
final class SlabHeap {
  static final long SLAB_BYTES = 256 * 1024;
  static final int HEADER_BYTES = 64;
  private static final long CHUNK_BYTES = Pages.HUGE_PAGE_BYTES;
  private static final int SLABS_PER_CHUNK = (int) (CHUNK_BYTES / SLAB_BYTES);
  private static final int ALL_FREE = (1 << SLABS_PER_CHUNK) - 1;
  private static final int SIZE_CLASS = 0;
  private static final int CAPACITY = 4;
  private static final int USED = 8;
  private static final int CUT = 12;
  private static final int FREED = 16;
  private static final int PREVIOUS = 24;
  private static final int NEXT = 32;

  private static final int CHUNK_FREE = 0;
  private static final int CHUNK_PREVIOUS = 8;
  private static final int CHUNK_NEXT = 16;
  private static final int CHUNK_ALL_PREVIOUS = 24;
  private static final int CHUNK_ALL_NEXT = 32;

  /** By size class: the header of the first slab with room, or 0. */
  private final long[] withRoom = new long[SizeClass.COUNT];

  private final long[] usedBlocks = new long[SizeClass.COUNT];
  private final long[] capacityBlocks = new long[SizeClass.COUNT];
  private final PreparedPages prepared;
  private final SlabListener listener;
  private long chunksWithRoom;
  private long allChunks;
  private long slabs;

  /** Told of slabs as they come and go; the checked mode listens. */
  interface SlabListener {
    void opened(long slab, long firstBlock, int blockBytes, int capacity);
  }

  SlabHeap(PreparedPages prepared, SlabListener listener) {
    this.prepared = prepared;
    this.listener = listener;
  }

  /** Bytes of the slabs now in use. */
  long reservedBytes() {
    return slabs * SLAB_BYTES;
  }

  long allocate(int sizeClass) {
    long header = withRoom[sizeClass];
    if (header == 0) {
      header = openSlab(sizeClass);
    }
    long block = rawLong(header + FREED);
    if (block != 0) {
      rawPutLong(header + FREED, rawLong(block));
    } else {
      int cut = rawInt(header + CUT);
      rawPutInt(header + CUT, cut + 1);
      block = header + HEADER_BYTES + (long) cut * SizeClass.bytes(sizeClass);
    }
    int used = rawInt(header + USED) + 1;
    rawPutInt(header + USED, used);
    usedBlocks[sizeClass]++;
    if (used == rawInt(header + CAPACITY)) {
      unlink(header, sizeClass);
    }
    return block;
  }

  void free(long block) {
    long header = headerOf(block);
    int sizeClass = rawInt(header + SIZE_CLASS);
    int used = rawInt(header + USED);
    assert sizeClass > 0 && sizeClass < SizeClass.COUNT && used > 0 : "not a slab block: " + block;
    rawPutLong(block, rawLong(header + FREED));
    rawPutLong(header + FREED, block);
    rawPutInt(header + USED, used - 1);
    usedBlocks[sizeClass]--;
    if (used == rawInt(header + CAPACITY)) {
      link(header, sizeClass);
    }
    if (used == 1 && hasNeighbour(header)) {
      closeSlab(header, sizeClass);
    }
  }

  /** Size class of the slab a block lies in. */
  static int sizeClassOf(long block) {
    return rawInt(headerOf(block) + SIZE_CLASS);
  }

  /**
   * Whether the block's slab is emptier than its class is on average, so that moving the block to
   * another slab helps this one to become empty.
   */
  boolean worthMoving(long block) {
    long header = headerOf(block);
    int sizeClass = rawInt(header + SIZE_CLASS);
    long first = withRoom[sizeClass];
    long used = rawInt(header + USED);
    long capacity = rawInt(header + CAPACITY);
    // A block that would come back into its own slab, or a class too full to gain a slab, is left.
    return used < capacity
        && header != first
        && capacityBlocks[sizeClass] - usedBlocks[sizeClass] >= capacity
        && used * capacityBlocks[sizeClass] <= usedBlocks[sizeClass] * capacity;
  }

  /** Gives back the empty slabs and chunks kept for a quick return. */
  void trim() {
    for (int sizeClass = 1; sizeClass < SizeClass.COUNT; sizeClass++) {
      long header = withRoom[sizeClass];
      while (header != 0) {
        long next = rawLong(header + NEXT);
        if (rawInt(header + USED) == 0) {
          closeSlab(header, sizeClass);
        }
        header = next;
      }
    }
    long chunk = chunksWithRoom;
    while (chunk != 0) {
      long next = rawLong(chunk + CHUNK_NEXT);
      if (rawInt(chunk + CHUNK_FREE) == ALL_FREE) {
        unmapChunk(chunk);
      }
      chunk = next;
    }
  }

  /** Unmaps everything, blocks in use included. */
  void unmapAll() {
    long chunk = allChunks;
    while (chunk != 0) {
      long next = rawLong(chunk + CHUNK_ALL_NEXT);
      Pages.unmap(chunk, CHUNK_BYTES);
      chunk = next;
    }
    allChunks = 0;
    chunksWithRoom = 0;
    slabs = 0;
    Arrays.fill(withRoom, 0);
  }

  private static long headerOf(long block) {
    return headerOfSlab(block & -SLAB_BYTES);
  }

  private static long headerOfSlab(long slab) {
    long colour = (slab / SLAB_BYTES) & 63;
    return slab + HEADER_BYTES + colour * HEADER_BYTES;
  }

  private long openSlab(int sizeClass) {
    long slab = takeSlab();
    long header = headerOfSlab(slab);
    int blockBytes = SizeClass.bytes(sizeClass);
    int capacity = (int) ((slab + SLAB_BYTES - header - HEADER_BYTES) / blockBytes);
    rawPutInt(header + SIZE_CLASS, sizeClass);
    rawPutInt(header + CAPACITY, capacity);
    rawPutInt(header + USED, 0);
    rawPutInt(header + CUT, 0);
    rawPutLong(header + FREED, 0);
    link(header, sizeClass);
    slabs++;
    capacityBlocks[sizeClass] += capacity;
    if (Memory.CHECKED) {
      listener.opened(slab, header + HEADER_BYTES, blockBytes, capacity);
    }
    return header;
  }

  private void closeSlab(long header, int sizeClass) {
    unlink(header, sizeClass);
    slabs--;
    capacityBlocks[sizeClass] -= rawInt(header + CAPACITY);
    long slab = header & -SLAB_BYTES;
    long chunk = slab & -CHUNK_BYTES;
    int free = rawInt(chunk + CHUNK_FREE);
    if (free == 0) {
      linkChunk(chunk);
    }
    free |= 1 << (int) ((slab - chunk) / SLAB_BYTES);
    rawPutInt(chunk + CHUNK_FREE, free);
    boolean only = rawLong(chunk + CHUNK_PREVIOUS) == 0 && rawLong(chunk + CHUNK_NEXT) == 0;
    if (free == ALL_FREE && !only) {
      unmapChunk(chunk);
    } else {
      // The first page of a chunk holds the chunk's header and must keep its bytes.
      long from = slab == chunk ? slab + Pages.PAGE_BYTES : slab;
      Pages.discard(from, slab + SLAB_BYTES - from);
    }
  }

  private long takeSlab() {
    long chunk = chunksWithRoom;
    if (chunk == 0) {
      chunk = prepared.take(CHUNK_BYTES);
      if (allChunks != 0) {
        // A heap of one chunk needs none ahead.
        prepared.prepare(CHUNK_BYTES);
      }
      rawPutInt(chunk + CHUNK_FREE, ALL_FREE);
      linkChunk(chunk);
      rawPutLong(chunk + CHUNK_ALL_NEXT, allChunks);
      if (allChunks != 0) {
        rawPutLong(allChunks + CHUNK_ALL_PREVIOUS, chunk);
      }
      allChunks = chunk;
    }
    int free = rawInt(chunk + CHUNK_FREE);
    int index = Integer.numberOfTrailingZeros(free);
    free &= free - 1;
    rawPutInt(chunk + CHUNK_FREE, free);
    if (free == 0) {
      unlinkChunk(chunk);
    }
    return chunk + index * SLAB_BYTES;
  }

  private void unmapChunk(long chunk) {
    unlinkChunk(chunk);
    long previous = rawLong(chunk + CHUNK_ALL_PREVIOUS);
    long next = rawLong(chunk + CHUNK_ALL_NEXT);
    if (previous == 0) {
      allChunks = next;
    } else {
      rawPutLong(previous + CHUNK_ALL_NEXT, next);
    }
    if (next != 0) {
      rawPutLong(next + CHUNK_ALL_PREVIOUS, previous);
    }
    Pages.unmap(chunk, CHUNK_BYTES);
  }

  private void linkChunk(long chunk) {
    rawPutLong(chunk + CHUNK_PREVIOUS, 0);
    rawPutLong(chunk + CHUNK_NEXT, chunksWithRoom);
    if (chunksWithRoom != 0) {
      rawPutLong(chunksWithRoom + CHUNK_PREVIOUS, chunk);
    }
    chunksWithRoom = chunk;
  }

  private void unlinkChunk(long chunk) {
    long previous = rawLong(chunk + CHUNK_PREVIOUS);
    long next = rawLong(chunk + CHUNK_NEXT);
    if (previous == 0) {
      chunksWithRoom = next;
    } else {
      rawPutLong(previous + CHUNK_NEXT, next);
    }
    if (next != 0) {
      rawPutLong(next + CHUNK_PREVIOUS, previous);
    }
  }

  private static boolean hasNeighbour(long header) {
    return rawLong(header + PREVIOUS) != 0 || rawLong(header + NEXT) != 0;
  }

  private void link(long header, int sizeClass) {
    long first = withRoom[sizeClass];
    rawPutLong(header + PREVIOUS, 0);
    rawPutLong(header + NEXT, first);
    if (first != 0) {
      rawPutLong(first + PREVIOUS, header);
    }
    withRoom[sizeClass] = header;
  }

  private void unlink(long header, int sizeClass) {
    long previous = rawLong(header + PREVIOUS);
    long next = rawLong(header + NEXT);
    if (previous == 0) {
      withRoom[sizeClass] = next;
    } else {
      rawPutLong(previous + NEXT, next);
    }
    if (next != 0) {
      rawPutLong(next + PREVIOUS, previous);
    }
  }
}
