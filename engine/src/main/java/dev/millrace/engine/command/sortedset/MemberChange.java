package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.SortedSetType;

/**
 * What ZADD does, and what ZINCRBY and GEOADD are forms of: gives members scores, under conditions.
 *
 * <p>Owned by: executor thread.
 */
public final class MemberChange {
  /** Only adds members. */
  public static final int NX = 1;

  /** Only changes members. */
  public static final int XX = 1 << 1;

  /** Changes a score to a higher one only. */
  public static final int GT = 1 << 2;

  /** Changes a score to a lower one only. */
  public static final int LT = 1 << 3;

  /** The reply counts changed members too. */
  public static final int CH = 1 << 4;

  /** The score given is added, and the reply is the sum. */
  public static final int INCR = 1 << 5;

  private static final CommandError NX_AND_XX =
      new CommandError("ERR XX and NX options at the same time are not compatible");
  private static final CommandError GT_LT_NX =
      new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
  private static final CommandError ONE_INCREMENT =
      new CommandError("ERR INCR option supports a single increment-element pair");
  private static final String NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";
  private static final int SCORES_KEPT = 1024;

  private enum Outcome {
    ADDED,
    UPDATED,
    SAME,
    SKIPPED,
    NOT_A_NUMBER
  }

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private double[] scores = new double[16];
  private int count;

  /** Score after the last change. */
  private double score;

  /** Entry after the last change. */
  private long entry;

  public MemberChange(SortedSetKeys keys) {
    this.keys = keys;
    this.type = keys.type;
  }

  /**
   * Refuses options that contradict each other.
   *
   * @throws CommandError as ZADD refuses them
   */
  static void requireCompatible(int options, int pairs) {
    if ((options & (NX | XX)) == (NX | XX)) {
      throw NX_AND_XX;
    }
    if (Integer.bitCount(options & (NX | GT | LT)) > 1) {
      throw GT_LT_NX;
    }
    if ((options & INCR) != 0 && pairs > 1) {
      throw ONE_INCREMENT;
    }
  }

  /** Begins with room for the scores of so many members. */
  public void begin(int members) {
    count = members;
    if (scores.length < members) {
      scores = new double[Math.max(members, scores.length * 2)];
    } else if (scores.length > SCORES_KEPT && members <= SCORES_KEPT) {
      scores = new double[SCORES_KEPT];
    }
  }

  /** Gives the score, or the increment, of a member, counted from 0. */
  public void score(int member, double itsScore) {
    scores[member] = itsScore;
  }

  /** The score given for a member. */
  public double score(int member) {
    return scores[member];
  }

  /**
   * Adds and changes the members in the sorted set of argument 1, replies, and tells everybody.
   *
   * @param options {@link #NX} and so on
   * @param first index of the first member among the arguments
   * @param step distance from one member to the next
   * @return how many were added or changed
   */
  public long apply(Call call, int options, int first, int step) {
    Database database = call.database();
    long hash = call.keyHash(1);
    boolean increments = (options & INCR) != 0;
    entry = keys.findForWrite(call, 1);
    if (entry == 0 && (options & XX) != 0) {
      replyAdded(call, increments, false, 0);
      return 0;
    }
    if (entry == 0) {
      entry = type.create(database, call.address(1), call.length(1), hash, call.length(first));
    }
    long added = 0;
    long updated = 0;
    boolean done = false;
    boolean failed = false;
    for (int i = 0; i < count && !failed; i++) {
      Outcome outcome = change(call, hash, scores[i], first + i * step, options);
      added += outcome == Outcome.ADDED ? 1 : 0;
      updated += outcome == Outcome.UPDATED ? 1 : 0;
      done |= outcome != Outcome.SKIPPED;
      failed = outcome == Outcome.NOT_A_NUMBER;
    }
    if (added + updated > 0) {
      call.changed(added + updated);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.ZSET, increments ? "zincr" : "zadd", 1);
    }
    if (failed) {
      call.reply().error(NOT_A_NUMBER);
    } else {
      replyAdded(call, increments, done, (options & CH) != 0 ? added + updated : added);
    }
    return added + updated;
  }

  private void replyAdded(Call call, boolean increments, boolean done, long count) {
    if (!increments) {
      call.reply().integer(count);
    } else if (done) {
      call.reply().doubleValue(score);
    } else {
      call.reply().nullBulk();
    }
  }

  private Outcome change(Call call, long hash, double given, int argument, int options) {
    long address = call.address(argument);
    int length = call.length(argument);
    Database database = call.database();
    score = given;
    if (!type.find(entry, address, length)) {
      if ((options & XX) != 0) {
        return Outcome.SKIPPED;
      }
      entry = type.add(database, entry, hash, given, address, length);
      return Outcome.ADDED;
    }
    if ((options & NX) != 0) {
      return Outcome.SKIPPED;
    }
    double before = type.score();
    if ((options & INCR) != 0) {
      score = given + before;
      if (Double.isNaN(score)) {
        return Outcome.NOT_A_NUMBER;
      }
    }
    if (((options & LT) != 0 && score >= before) || ((options & GT) != 0 && score <= before)) {
      return Outcome.SKIPPED;
    }
    if (score == before) {
      return Outcome.SAME;
    }
    entry = type.changeScore(database, entry, hash, score, address, length);
    return Outcome.UPDATED;
  }
}
