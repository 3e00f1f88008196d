package dev.millrace.engine.value;

/**
 * How many nodes Redis's compressed radix tree has over the IDs of a stream's nodes, which XINFO
 * STREAM tells: a node where IDs part, one for each run of bytes without a choice, one for each
 * end. It is kept up to date by the difference one ID makes, which its neighbours tell.
 */
final class RadixShape {
  private static final int ID_BYTES = 16;

  private final StreamId low = new StreamId();
  private final StreamId high = new StreamId();

  /**
   * How many radix nodes more there are with an ID than without it.
   *
   * @param others the IDs without that one
   */
  int difference(IdTree others, long millis, long sequence) {
    long before = others.floor(millis, sequence);
    long behind = others.ceiling(millis, sequence);
    if (before == 0 && behind == 0) {
      return 1; // a run and an end, where an empty root was
    }
    // Where the ID parts from its nearest neighbour.
    int depth = Math.max(shared(before, millis, sequence), shared(behind, millis, sequence));
    range(depth, millis, sequence);
    long first = others.ceiling(low.millis, low.sequence);
    long outerBefore = others.previous();
    long last = others.floor(high.millis, high.sequence);
    long outerBehind = others.next();
    int added = 1 + run(depth + 1, ID_BYTES);
    int lower =
        first == last ? ID_BYTES : shared(first, IdTree.millisOf(last), IdTree.sequenceOf(last));
    if (lower == depth) {
      return added; // others part there already
    }
    int upper =
        Math.max(shared(outerBefore, millis, sequence), shared(outerBehind, millis, sequence));
    int runBefore = run(upper + 1, lower);
    return added + run(upper + 1, depth) + 1 + run(depth + 1, lower) - runBefore;
  }

  private static int run(int from, int to) {
    return to > from ? 1 : 0;
  }

  /** Sets the bounds of the IDs that begin with so many bytes of this one. */
  private void range(int bytes, long millis, long sequence) {
    long keptOfMillis = bytes >= 8 ? -1 : bytes == 0 ? 0 : -1L << (64 - 8 * bytes);
    long keptOfSequence = bytes <= 8 ? 0 : -1L << (128 - 8 * bytes);
    low.set(millis & keptOfMillis, sequence & keptOfSequence);
    high.set(millis | ~keptOfMillis, sequence | ~keptOfSequence);
  }

  /** How many bytes a block's ID begins with that this ID begins with too; -1 for no block. */
  private static int shared(long block, long millis, long sequence) {
    if (block == 0) {
      return -1;
    }
    long byTime = IdTree.millisOf(block) ^ millis;
    if (byTime != 0) {
      return Long.numberOfLeadingZeros(byTime) >>> 3;
    }
    return 8 + (Long.numberOfLeadingZeros(IdTree.sequenceOf(block) ^ sequence) >>> 3);
  }
}
