package dev.millrace.engine.value;

import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.EntryVisitor;
import java.util.random.RandomGenerator;

/** Draws different items of a dict at random. Stateless; executor thread. */
final class Sample {
  /** When more than one in so many is wanted, the whole dict is walked instead of drawn from. */
  private static final int WALK_RATIO = 3;

  private Sample() {}

  /**
   * Shows so many different items, every selection with about the same chance.
   *
   * @param count less than the dict's size
   */
  static void of(Dict dict, long count, RandomGenerator random, EntryVisitor to) {
    if (count * WALK_RATIO > dict.size()) {
      walk(dict, count, random, to);
    } else {
      draw(dict, (int) count, random, to);
    }
  }

  /** Takes each item with the chance that the rest of the selection still needs it. */
  private static void walk(Dict dict, long count, RandomGenerator random, EntryVisitor to) {
    long[] left = {dict.size(), count};
    dict.forEach(item -> {
      if (random.nextLong(left[0]--) < left[1]) {
        left[1]--;
        to.visit(item);
      }
    });
  }

  private static void draw(Dict dict, int count, RandomGenerator random, EntryVisitor to) {
    if (count == 1) {
      to.visit(dict.randomEntry(random));
      return;
    }
    // Open addressing, at most half full; an item's address is never 0.
    int mask = Integer.highestOneBit(Math.max(2, count * 2 - 1)) * 2 - 1;
    long[] seen = new long[mask + 1];
    for (int drawn = 0; drawn < count; ) {
      long item = dict.randomEntry(random);
      int place = (int) ((item * 0x9e3779b97f4a7c15L) >>> 32) & mask;
      while (seen[place] != 0 && seen[place] != item) {
        place = place + 1 & mask;
      }
      if (seen[place] == 0) {
        seen[place] = item;
        drawn++;
        to.visit(item);
      }
    }
  }
}
