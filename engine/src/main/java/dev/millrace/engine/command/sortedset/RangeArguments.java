package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.MemberPlace;

/**
 * Which members a command is about: those between two ranks, scores or members. Read first from the
 * arguments, then applied to a sorted set, where it becomes a range of ranks.
 *
 * <p>Owned by: executor thread.
 */
final class RangeArguments {
  private static final CommandError NOT_SCORES = new CommandError("ERR min or max is not a float");
  private static final CommandError NOT_MEMBERS =
      new CommandError("ERR min or max not valid string range item");

  /** What the two ends are. */
  enum By {
    RANK,
    SCORE,
    LEX
  }

  private final SortedSetKeys keys;
  private final MemberPlace start = new MemberPlace();
  private final MemberPlace end = new MemberPlace();
  private By by = By.RANK;
  private long firstRank;
  private long lastRank;
  private double lowest;
  private double highest;
  private boolean aboveLowest;
  private boolean belowHighest;

  /** The first rank of the range in the sorted set it was applied to, counted from the lowest. */
  long from;

  /** The rank after the last one; not above {@link #from} when the range is empty. */
  long to;

  RangeArguments(SortedSetKeys keys) {
    this.keys = keys;
  }

  /** Reads the two ends, lower one first. */
  void read(Call call, By what, int min, int max) {
    by = what;
    switch (what) {
      case RANK -> {
        firstRank = call.longArgument(min);
        lastRank = call.longArgument(max);
      }
      case SCORE -> {
        aboveLowest = isExclusive(call, min);
        lowest = score(call, min, aboveLowest);
        belowHighest = isExclusive(call, max);
        highest = score(call, max, belowHighest);
      }
      case LEX -> {
        place(call, min, start, true);
        place(call, max, end, false);
      }
    }
  }

  private static boolean isExclusive(Call call, int argument) {
    return call.length(argument) > 0 && Memory.getByte(call.address(argument)) == '(';
  }

  private double score(Call call, int argument, boolean exclusive) {
    int skipped = exclusive ? 1 : 0;
    return keys.rangeEnd(
        call.address(argument) + skipped, call.length(argument) - skipped, NOT_SCORES);
  }

  private static void place(Call call, int argument, MemberPlace place, boolean lower) {
    long address = call.address(argument);
    int length = call.length(argument);
    boolean alone = length == 1 || (length > 1 && Memory.getByte(address + 1) == 0);
    switch (length == 0 ? 0 : Memory.getByte(address)) {
      case '-' -> {
        requireAlone(alone);
        place.start();
      }
      case '+' -> {
        requireAlone(alone);
        place.end();
      }
      case '[' -> put(place, address + 1, length - 1, lower);
      case '(' -> put(place, address + 1, length - 1, !lower);
      default -> throw NOT_MEMBERS;
    }
  }

  private static void requireAlone(boolean alone) {
    if (!alone) {
      throw NOT_MEMBERS;
    }
  }

  private static void put(MemberPlace place, long address, int length, boolean before) {
    if (before) {
      place.before(address, length);
    } else {
      place.after(address, length);
    }
  }

  /**
   * Finds the range in a sorted set.
   *
   * @param reverse whether ranks count from the highest score
   */
  void apply(long entry, boolean reverse) {
    switch (by) {
      case RANK -> applyRanks(keys.type.size(entry), reverse);
      case SCORE -> {
        from = keys.type.countBelow(entry, lowest, aboveLowest);
        to = keys.type.countBelow(entry, highest, !belowHighest);
      }
      case LEX -> {
        from = keys.type.countBefore(entry, start, 0);
        to = end.isAtOrAfter(start) ? keys.type.countBefore(entry, end, from) : from;
      }
    }
  }

  private void applyRanks(long size, boolean reverse) {
    long first = firstRank < 0 ? Math.max(0, size + firstRank) : firstRank;
    long last = Math.min(lastRank < 0 ? size + lastRank : lastRank, size - 1);
    if (first > last || first >= size) {
      from = 0;
      to = 0;
    } else {
      from = reverse ? size - 1 - last : first;
      to = (reverse ? size - 1 - first : last) + 1;
    }
  }
}
