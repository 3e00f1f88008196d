package dev.millrace.engine.value;

import dev.millrace.engine.memory.RealParser;
import dev.millrace.engine.memory.RealText;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;

/**
 * The small form of sorted sets: a listpack of members, each followed by its score, in the order of
 * scores and then of members. A score that is a whole number is kept as one, another as the text
 * that reads back as the same double; so it is Redis's form.
 *
 * <p>Owned by: executor thread.
 */
final class ScoredPack {
  /** Redis keeps a double as a number up to half of what a long can be, rounded to a double. */
  private static final double WHOLE_MAX = 0x1p62;

  private final SlabAllocator memory;
  private final RealParser parser = new RealParser();
  private final Element element = new Element();

  ScoredPack(SlabAllocator memory) {
    this.memory = memory;
  }

  static int size(long lp) {
    return Listpack.count(lp) >>> 1;
  }

  /** Position of a member, or 0. */
  static int find(long lp, long address, int length) {
    return Listpack.find(lp, Listpack.first(lp), address, length, 1);
  }

  /** Position of the member of a rank. */
  static int at(long lp, long rank) {
    return Listpack.seek(lp, 2 * rank);
  }

  /** Position of the next member, or 0. */
  static int next(long lp, int pos) {
    return Listpack.next(lp, Listpack.next(lp, pos));
  }

  static long rank(long lp, int pos) {
    long rank = 0;
    for (int at = Listpack.first(lp); at != pos; at = next(lp, at)) {
      rank++;
    }
    return rank;
  }

  /** The score of the member at a position. */
  double score(long lp, int pos) {
    Listpack.read(lp, Listpack.next(lp, pos), element);
    if (element.isInteger()) {
      return element.integer();
    }
    parser.parse(element.address(), element.length());
    return parser.value();
  }

  /** Number of members with a lower score (or the same, when {@code after}). */
  long countBelow(long lp, double score, boolean after) {
    long rank = 0;
    for (int pos = Listpack.first(lp); pos != 0; pos = next(lp, pos)) {
      double other = score(lp, pos);
      if (after ? other > score : other >= score) {
        return rank;
      }
      rank++;
    }
    return rank;
  }

  /** Number of members before a place, those below a rank being so for certain. */
  long countBefore(long lp, MemberPlace place, long from) {
    long rank = from;
    for (int pos = at(lp, from); pos != 0; pos = next(lp, pos)) {
      Listpack.read(lp, pos, element);
      if (place.compareTo(element) <= 0) {
        return rank;
      }
      rank++;
    }
    return rank;
  }

  /** By how many bytes a member with its score would lengthen a listpack. */
  int pairBytes(double score, long address, int length) {
    int memberBytes = Listpack.encodedBytes(address, length);
    if (isWhole(score)) {
      return memberBytes + Listpack.encodedBytes((long) score);
    }
    long text = memory.allocate(RealText.MAX_LENGTH);
    int scoreBytes = Listpack.encodedBytes(text, RealText.write(score, text));
    memory.free(text);
    return memberBytes + scoreBytes;
  }

  /** Puts a member that is absent where it belongs; there must be room. */
  void insert(long lp, double score, long address, int length) {
    insertAt(lp, position(lp, score, address, length), score, address, length);
  }

  /** Puts a member with its score before a position, or at the end; there must be room. */
  void insertAt(long lp, int pos, double score, long address, int length) {
    Listpack.insert(lp, pos, address, length);
    int at = pos + Listpack.elementBytes(lp, pos);
    if (isWhole(score)) {
      Listpack.insert(lp, at, (long) score);
      return;
    }
    long text = memory.allocate(RealText.MAX_LENGTH);
    Listpack.insert(lp, at, text, RealText.write(score, text));
    memory.free(text);
  }

  private int position(long lp, double score, long address, int length) {
    for (int pos = Listpack.first(lp); pos != 0; pos = next(lp, pos)) {
      double other = score(lp, pos);
      if (other > score) {
        return pos;
      }
      if (other == score) {
        Listpack.read(lp, pos, element);
        if (MemberPlace.compare(element, address, length) > 0) {
          return pos;
        }
      }
    }
    return Listpack.end(lp);
  }

  static boolean isWhole(double score) {
    return Math.abs(score) <= WHOLE_MAX && score == (long) score;
  }

  /** Takes consecutive members out. */
  static void remove(long lp, long firstRank, long members) {
    Listpack.remove(lp, at(lp, firstRank), (int) (2 * members));
  }

  /** Whether a listpack has members and scores in pairs, and no member twice. */
  boolean isSoundPairs(long lp) {
    if ((Listpack.count(lp) & 1) != 0) {
      return false;
    }
    for (int pos = Listpack.first(lp); pos != 0; pos = next(lp, pos)) {
      Listpack.read(lp, pos, element);
      int following = next(lp, pos);
      int again =
          element.isInteger()
              ? Listpack.findInteger(lp, following, element.integer(), 1)
              : Listpack.find(lp, following, element.address(), element.length(), 1);
      if (again != 0) {
        return false;
      }
    }
    return true;
  }
}
