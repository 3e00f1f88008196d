package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;

/**
 * MurmurHash64A (Austin Appleby, public domain): what is hashed with it is stored, so it may never
 * change. Stateless; any thread.
 */
public final class MurmurHash {
  private static final long FACTOR = 0xc6a4a7935bd1e995L;

  private MurmurHash() {}

  /** The hash of some bytes under a seed. */
  public static long hash64(long address, long bytes, long seed) {
    long h = seed ^ bytes * FACTOR;
    long i = 0;
    for (; bytes - i >= 8; i += 8) {
      long k = Memory.getLong(address + i) * FACTOR;
      h = (h ^ (k ^ k >>> 47) * FACTOR) * FACTOR;
    }
    if (i < bytes) {
      long rest = 0;
      for (long j = bytes - 1; j >= i; j--) {
        rest = rest << 8 | (Memory.getByte(address + j) & 0xff);
      }
      h = (h ^ rest) * FACTOR;
    }
    h = (h ^ h >>> 47) * FACTOR;
    return h ^ h >>> 47;
  }
}
