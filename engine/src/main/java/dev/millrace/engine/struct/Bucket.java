package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The layout of a dict's buckets: one cache line each.
 *
 * <pre>
 *   0        4         8        16                           64
 *   | version | chained | slot 1 | slot 2 | ...... | slot 7 |
 *
 *   slot:  bits 63..48 fingerprint | bits 47..0 address of the entry;  0 = empty
 *   chained = 1: slot 7 is the address of a child bucket instead
 * </pre>
 *
 * Only the version of a chain's first bucket counts. In a chain every bucket but the last is full,
 * and the last holds at least two entries (a single one would fit its parent's slot 7); removals
 * while a scan visits the chain may leave holes until the scan closes them.
 */
final class Bucket {
  static final int BYTES = 64;
  static final int SHIFT = 6;
  static final int SLOTS = 7;
  static final int FINGERPRINT_SHIFT = 48;
  static final long ADDRESS_MASK = (1L << FINGERPRINT_SHIFT) - 1;
  private static final int CHAINED = 4;
  private static final int CHILD = SLOTS * 8;

  private Bucket() {}

  static int version(long head) {
    return Memory.getInt(head);
  }

  static void version(long head, int version) {
    Memory.putInt(head, version);
  }

  static boolean isChained(long bucket) {
    return Memory.getInt(bucket + CHAINED) != 0;
  }

  static long child(long bucket) {
    return Memory.getLong(bucket + CHILD);
  }

  /** Slots of this bucket that may hold entries. */
  static int slots(long bucket) {
    return isChained(bucket) ? SLOTS - 1 : SLOTS;
  }

  /** Content of slot 1 to 7. */
  static long slot(long bucket, int index) {
    return Memory.getLong(bucket + ((long) index << 3));
  }

  /**
   * The first entry of this bucket alone that has the fingerprint: most likely the one looked for;
   * 0 when none has.
   */
  static long likely(long bucket, long fingerprint) {
    int slots = slots(bucket);
    for (int i = 1; i <= slots; i++) {
      long slot = slot(bucket, i);
      if ((slot ^ fingerprint) >>> FINGERPRINT_SHIFT == 0 && slot != 0) {
        return slot & ADDRESS_MASK;
      }
    }
    return 0;
  }

  static void visit(long head, EntryVisitor visitor) {
    long bucket = head;
    while (true) {
      boolean chained = isChained(bucket);
      // Read before the visits, which may empty slots but never free a bucket.
      long child = chained ? child(bucket) : 0;
      for (int i = 1; i <= (chained ? SLOTS - 1 : SLOTS); i++) {
        long slot = slot(bucket, i);
        if (slot != 0) {
          visitor.visit(slot & ADDRESS_MASK);
        }
      }
      if (!chained) {
        return;
      }
      bucket = child;
    }
  }

  /**
   * Loads the first word of each entry, all at once as far as the processor can; returns a mixture.
   */
  static long touchEntries(long head) {
    long mixture = 0;
    for (int i = 1; i <= slots(head); i++) {
      long slot = slot(head, i);
      if (slot != 0) {
        mixture ^= Memory.getLong(slot & ADDRESS_MASK);
      }
    }
    return mixture;
  }

  static int count(long head) {
    int count = 0;
    long bucket = head;
    while (true) {
      int slots = slots(bucket);
      for (int i = 1; i <= slots; i++) {
        count += slot(bucket, i) != 0 ? 1 : 0;
      }
      if (slots == SLOTS) {
        return count;
      }
      bucket = child(bucket);
    }
  }

  /** The entry that comes {@code ordinal}-th (from 0) in the chain. */
  static long entryAt(long head, int ordinal) {
    int left = ordinal;
    long bucket = head;
    while (true) {
      int slots = slots(bucket);
      for (int i = 1; i <= slots; i++) {
        long slot = slot(bucket, i);
        if (slot != 0 && left-- == 0) {
          return slot & ADDRESS_MASK;
        }
      }
      if (slots == SLOTS) {
        throw new IllegalStateException("the chain has no entry number " + ordinal);
      }
      bucket = child(bucket);
    }
  }

  /** Address of the slot that holds exactly this entry, or 0. */
  static long slotOfEntry(long head, long entry) {
    long bucket = head;
    while (true) {
      int slots = slots(bucket);
      for (int i = 1; i <= slots; i++) {
        if ((slot(bucket, i) & ADDRESS_MASK) == entry) {
          return bucket + ((long) i << 3);
        }
      }
      if (slots == SLOTS) {
        return 0;
      }
      bucket = child(bucket);
    }
  }

  /**
   * Puts a slot's content into the chain.
   *
   * @return whether a child bucket had to be added
   */
  static boolean add(SlabAllocator memory, long head, long content) {
    long bucket = head;
    while (true) {
      int slots = slots(bucket);
      for (int i = 1; i <= slots; i++) {
        if (slot(bucket, i) == 0) {
          Memory.putLong(bucket + ((long) i << 3), content);
          return false;
        }
      }
      if (slots == SLOTS) {
        long child = memory.allocateZeroed(BYTES);
        Memory.putLong(child + 8, slot(bucket, SLOTS));
        Memory.putLong(child + 16, content);
        Memory.putLong(bucket + CHILD, child);
        Memory.putInt(bucket + CHAINED, 1);
        return true;
      }
      bucket = child(bucket);
    }
  }

  /**
   * Closes holes with the chain's last entries, and frees buckets that the chain can do without.
   *
   * @return how many buckets were freed
   */
  static int compact(SlabAllocator memory, long head) {
    int freed = 0;
    while (isChained(head)) {
      long parent = head;
      long last = child(head);
      long hole = firstHole(head);
      while (isChained(last)) {
        hole = hole == 0 ? firstHole(last) : hole;
        parent = last;
        last = child(last);
      }
      int left = 0;
      long filler = 0;
      for (int i = 1; i <= SLOTS; i++) {
        if (slot(last, i) != 0) {
          left++;
          filler = last + ((long) i << 3);
        }
      }
      long content = left == 0 ? 0 : Memory.getLong(filler);
      if (hole != 0 && left > 0) {
        Memory.putLong(hole, content);
        Memory.putLong(filler, 0);
      } else if (left <= 1) {
        Memory.putLong(parent + CHILD, content);
        Memory.putInt(parent + CHAINED, 0);
        memory.free(last);
        freed++;
      } else {
        return freed;
      }
    }
    return freed;
  }

  private static long firstHole(long chained) {
    for (int i = 1; i < SLOTS; i++) {
      if (slot(chained, i) == 0) {
        return chained + ((long) i << 3);
      }
    }
    return 0;
  }

  /**
   * Frees the chain behind a bucket; its slot 7 is empty afterwards. Returns how many were freed.
   */
  static int freeChildren(SlabAllocator memory, long head) {
    if (!isChained(head)) {
      return 0;
    }
    int freed = 0;
    long bucket = child(head);
    while (bucket != 0) {
      long next = isChained(bucket) ? child(bucket) : 0;
      memory.free(bucket);
      freed++;
      bucket = next;
    }
    Memory.putLong(head + CHILD, 0);
    Memory.putInt(head + CHAINED, 0);
    return freed;
  }
}
