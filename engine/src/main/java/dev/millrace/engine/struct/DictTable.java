package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * One power-of-two array of buckets. The bucket is chosen by the lowest {@code log2} bits of the
 * hash. The fingerprint is 16 bits of the hash from {@link #fingerprintShift} on, the multiple of 8
 * at or below {@code log2}: so index and fingerprint together tell the lowest {@code
 * fingerprintShift + 16} bits, and an entry moves to a table of the next size without being read
 * (seven times in eight), while at least 9 bits of the fingerprint tell the entries of one bucket
 * apart.
 *
 * <p>Owned by: executor thread.
 */
final class DictTable {
  private static final long DISCARD_BYTES = 2L << 20;

  long base;
  int log2;
  long mask;
  int fingerprintShift;

  void set(long base, int log2) {
    assert (base & (Bucket.BYTES - 1)) == 0 : "a bucket must be one cache line";
    this.base = base;
    this.log2 = log2;
    this.mask = (1L << log2) - 1;
    this.fingerprintShift = fingerprintShift(log2);
  }

  void allocate(SlabAllocator memory, int newLog2) {
    set(memory.allocateZeroed(bytes(newLog2)), newLog2);
  }

  /** Length of a table's memory. */
  static long bytes(int log2) {
    return (long) Bucket.BYTES << log2;
  }

  void free(SlabAllocator memory) {
    memory.free(base);
    base = 0;
  }

  long buckets() {
    return mask + 1;
  }

  long bucket(long hash) {
    return base + ((hash & mask) << Bucket.SHIFT);
  }

  long bucketAt(long index) {
    return base + (index << Bucket.SHIFT);
  }

  /** The fingerprint in its place at the top of a slot. */
  long fingerprint(long hash) {
    return (hash >>> fingerprintShift) << Bucket.FINGERPRINT_SHIFT;
  }

  /** {@link #fingerprint(long)} in a table of that length. */
  static long fingerprint(long hash, int log2) {
    return (hash >>> fingerprintShift(log2)) << Bucket.FINGERPRINT_SHIFT;
  }

  private static int fingerprintShift(int log2) {
    return log2 & ~7;
  }

  /** The lowest {@code fingerprintShift + 16} bits of the hash of a slot's entry. */
  long knownHash(long index, long slot) {
    return index | ((slot >>> Bucket.FINGERPRINT_SHIFT) << fingerprintShift);
  }

  long accountedBytes() {
    return SlabAllocator.accountedBytes((long) Bucket.BYTES << log2);
  }

  /**
   * Called when the bucket at {@code index} was left for good, in rising order: gives the memory of
   * the buckets behind back in pieces, so that the table's end is not one long unmapping.
   */
  void passed(SlabAllocator memory, long index) {
    long end = (index + 1) << Bucket.SHIFT;
    if ((end & (DISCARD_BYTES - 1)) == 0) {
      // The table begins one line into its mapping: pieces shifted by a line are whole huge pages.
      long from = Math.max(0, end - DISCARD_BYTES - Bucket.BYTES);
      memory.discard(base, from, end - Bucket.BYTES - from);
    }
  }

  /** Frees the chains of all buckets from {@code index} on, not the entries. */
  void freeAllChildren(SlabAllocator memory, long index) {
    for (long i = index; i <= mask; i++) {
      Bucket.freeChildren(memory, bucketAt(i));
    }
  }

  /** Reads the bucket's line so that it is in the cache soon. */
  long touch(long hash) {
    return Memory.getLong(bucket(hash));
  }
}
