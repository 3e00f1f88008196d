package dev.millrace.engine.memory;

import dev.millrace.engine.memory.MemoryFaultError.Fault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The checked side of one {@link SlabAllocator}: lengths, sites, guards behind blocks, and a
 * quarantine that keeps freed blocks from being handed out again at once.
 *
 * <p>Owned by: the thread of its allocator.
 */
final class CheckedHeap {
  /**
   * Room behind every block that belongs to nobody, so that running over the end is noticed. A
   * whole cache line, for blocks of whole cache lines must stay aligned to them.
   */
  private static final int GUARD_BYTES = 64;

  private static final int QUARANTINE_BLOCKS = 1024;
  private static final long QUARANTINE_BYTES = 1 << 20;
  private static final byte FRESH = (byte) 0xCD;
  private static final byte DEAD = (byte) 0xDD;

  private SlabAllocator allocator;
  private final Map<Long, Shadow> shadows = new HashMap<>();
  private final ArrayDeque<Long> quarantine = new ArrayDeque<>();
  private long quarantinedBytes;
  private @Nullable Thread owner;

  CheckedHeap(SlabAllocator allocator) {
    this.allocator = allocator;
  }

  void opened(long slab, long firstBlock, int blockBytes, int capacity) {
    Shadow shadow = new Shadow(this, firstBlock, blockBytes, capacity);
    CheckedMemory.register(slab, SlabHeap.SLAB_BYTES, shadow);
    shadows.put(slab, shadow);
  }

  /** What is allocated for a block of that length. */
  static long rawBytesFor(long bytes) {
    return usableBytesFor(bytes) + GUARD_BYTES;
  }

  long allocate(long bytes) {
    requireOwner();
    long usable = usableBytesFor(bytes);
    long block = allocator.rawAllocate(rawBytesFor(bytes));
    if (LargeBlocks.isLarge(block)) {
      // As long as may be used in the end, so that widening finds the room it promises.
      Shadow shadow = Shadow.single(this, block, usable);
      shadow.allocate(block, bytes);
      long base = block - LargeBlocks.HEADER_BYTES;
      CheckedMemory.register(base, LargeBlocks.mappedBytesOf(block), shadow);
      shadows.put(base, shadow);
    } else {
      shadow(block).allocate(block, bytes);
    }
    if (bytes <= SizeClass.MAX_BYTES) {
      Memory.rawFill(block, usable, FRESH);
    }
    return block;
  }

  /** Returns the length that the block was allocated with. */
  long free(long block) {
    requireOwner();
    Shadow shadow = shadow(block);
    long bytes = shadow.free(block);
    if (LargeBlocks.isLarge(block)) {
      shadows.remove(block - LargeBlocks.HEADER_BYTES);
      allocator.rawFree(block);
      return bytes;
    }
    long usable = usableBytesFor(bytes);
    Memory.rawFill(block, usable, DEAD);
    quarantine.add(block);
    quarantinedBytes += shadow.blockBytes;
    while (quarantine.size() > QUARANTINE_BLOCKS || quarantinedBytes > QUARANTINE_BYTES) {
      releaseOldest();
    }
    return bytes;
  }

  void releaseQuarantine() {
    while (!quarantine.isEmpty()) {
      releaseOldest();
    }
  }

  private void releaseOldest() {
    long block = quarantine.remove();
    Shadow shadow = shadow(block);
    quarantinedBytes -= shadow.blockBytes;
    // Accesses through segments and buffers escape the checks, but not this.
    if (Memory.rawLong(block) != 0xDDDDDDDDDDDDDDDDL) {
      throw shadow.fault(block, 8);
    }
    allocator.rawFree(block);
  }

  long requestedBytes(long block) {
    return shadow(block).requestedBytes(block);
  }

  /** Accepts accesses up to the usable length, and returns that. */
  long widen(long block) {
    long usable = usableBytesFor(requestedBytes(block));
    shadow(block).widen(block, usable);
    return usable;
  }

  void handOver() {
    owner = null;
  }

  /** Its blocks are another allocator's from now on, and so of another thread. */
  void belongTo(SlabAllocator newAllocator) {
    allocator = newAllocator;
    owner = null;
  }

  /** Forgets everything, whether it was freed or not. */
  void abandon() {
    quarantine.clear();
    quarantinedBytes = 0;
    shadows.values().forEach(Shadow::abandon);
    shadows.clear();
  }

  /** Forgets everything; returns the leaks in words, or nothing. */
  String close() {
    releaseQuarantine();
    Map<String, List<Long>> leaks = new LinkedHashMap<>();
    for (Shadow shadow : shadows.values()) {
      shadow.forEachLive((site, bytes) ->
          leaks.computeIfAbsent(String.valueOf(site), key -> new ArrayList<>()).add(bytes));
      shadow.abandon();
    }
    shadows.clear();
    StringBuilder text = new StringBuilder();
    leaks.forEach((site, lengths) ->
        text.append(text.isEmpty() ? "" : "\n")
            .append(lengths.size())
            .append(" allocations of ")
            .append(lengths.stream().mapToLong(Long::longValue).sum())
            .append(" bytes in all never freed, allocated")
            .append(site));
    return text.toString();
  }

  private Shadow shadow(long block) {
    Shadow shadow = CheckedMemory.shadowOf(block);
    if (shadow == null || shadow.owner != this) {
      throw new MemoryFaultError(
          Fault.NOT_AN_ALLOCATION,
          "0x" + Long.toHexString(block) + " was not allocated by this allocator");
    }
    return shadow;
  }

  private static long usableBytesFor(long bytes) {
    return bytes <= SizeClass.MAX_BYTES
        ? SizeClass.bytes(SizeClass.of(bytes))
        : LargeBlocks.mappedBytesFor(bytes) - LargeBlocks.HEADER_BYTES;
  }

  private void requireOwner() {
    Thread current = Thread.currentThread();
    if (owner == null) {
      owner = current;
    } else if (owner != current) {
      throw new MemoryFaultError(
          Fault.WRONG_THREAD,
          "the allocator belongs to thread "
              + owner.getName()
              + " and is used by "
              + current.getName()
              + "; handOver() passes it on");
    }
  }
}
