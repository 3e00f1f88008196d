package dev.millrace.engine.struct;

import java.util.random.RandomGenerator;

/** Draws entries at random from the tables of a dict. */
final class DictSample {
  /**
   * Buckets of up to this many entries are drawn from with exactly equal chances. At the highest
   * load fewer than one bucket in a hundred has more.
   */
  private static final int FAIR = 12;

  private static final int TRIES = 100;

  private DictSample() {}

  /** One entry; there must be one. */
  static long one(DictSource tables, RandomGenerator random) {
    long buckets = buckets(tables);
    for (int tries = 0; tries < TRIES; tries++) {
      long head = headAt(tables, random.nextLong(buckets));
      int count = Bucket.count(head);
      // Taking a bucket in proportion to its entries makes the chance of each entry equal.
      int draw = random.nextInt(Math.max(FAIR, count));
      if (draw < count) {
        return Bucket.entryAt(head, draw);
      }
    }
    // A table that was emptied lately: the first entry after a random place.
    long start = random.nextLong(buckets);
    for (long i = 0; i < buckets; i++) {
      long head = headAt(tables, (start + i) % buckets);
      int count = Bucket.count(head);
      if (count > 0) {
        return Bucket.entryAt(head, random.nextInt(count));
      }
    }
    throw new IllegalStateException("a dict that is not empty has no entry");
  }

  /** Entries of consecutive buckets from a random one on; returns how many were put. */
  static int some(DictSource tables, RandomGenerator random, long[] into, int wanted) {
    long buckets = buckets(tables);
    long start = random.nextLong(buckets);
    long visits = Math.min(buckets, 10L * wanted);
    int n = 0;
    for (long i = 0; i < visits && n < wanted; i++) {
      long bucket = headAt(tables, (start + i) % buckets);
      while (bucket != 0 && n < wanted) {
        int slots = Bucket.slots(bucket);
        for (int s = 1; s <= slots && n < wanted; s++) {
          long slot = Bucket.slot(bucket, s);
          if (slot != 0) {
            into[n++] = slot & Bucket.ADDRESS_MASK;
          }
        }
        bucket = slots == Bucket.SLOTS ? 0 : Bucket.child(bucket);
      }
    }
    return n;
  }

  private static long buckets(DictSource tables) {
    long inCurrent = tables.current().buckets() - tables.firstOfCurrent();
    return inCurrent + (tables.next() == tables.current() ? 0 : tables.next().buckets());
  }

  /** The bucket at a place among all in use: first the current table's, then the next one's. */
  private static long headAt(DictSource tables, long place) {
    long inCurrent = tables.current().buckets() - tables.firstOfCurrent();
    return place < inCurrent
        ? tables.current().bucketAt(tables.firstOfCurrent() + place)
        : tables.next().bucketAt(place - inCurrent);
  }
}
