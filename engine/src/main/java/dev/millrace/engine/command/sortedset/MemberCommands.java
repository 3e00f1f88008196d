package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;

/**
 * Commands on members that are named: ZADD, ZINCRBY, ZREM, ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK.
 *
 * <p>Owned by: executor thread.
 */
final class MemberCommands implements CommandGroup {
  private static final CommandError NX_AND_XX =
      new CommandError("ERR XX and NX options at the same time are not compatible");
  private static final CommandError GT_LT_NX =
      new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
  private static final CommandError ONE_INCREMENT =
      new CommandError("ERR INCR option supports a single increment-element pair");
  private static final String NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

  private static final int NX = 1;
  private static final int XX = 1 << 1;
  private static final int GT = 1 << 2;
  private static final int LT = 1 << 3;
  private static final int CH = 1 << 4;
  private static final int INCR = 1 << 5;
  private static final byte[][] OPTIONS = {
    ascii("nx"), ascii("xx"), ascii("gt"), ascii("lt"), ascii("ch"), ascii("incr")
  };

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

  /** Score after the last change. */
  private double score;

  /** Entry after the last change. */
  private long entry;

  MemberCommands(SortedSetKeys keys) {
    this.keys = keys;
    this.type = keys.type;
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(MemberDeclarations.zadd().handledBy(call -> add(call, 0)));
    table.add(MemberDeclarations.zincrby().handledBy(call -> add(call, INCR)));
    table.add(MemberDeclarations.zrem().handledBy(this::remove));
    table.add(MemberDeclarations.zcard().handledBy(this::count));
    table.add(MemberDeclarations.zscore().handledBy(this::score));
    table.add(MemberDeclarations.zmscore().handledBy(this::scores));
    table.add(MemberDeclarations.zrank().handledBy(call -> rank(call, false)));
    table.add(MemberDeclarations.zrevrank().handledBy(call -> rank(call, true)));
  }

  private void add(Call call, int given) {
    int options = given;
    int first = 2;
    for (int option = option(call, first); option != 0; option = option(call, first)) {
      options |= option;
      if (++first == call.argc()) {
        break;
      }
    }
    int arguments = call.argc() - first;
    if (arguments == 0 || (arguments & 1) != 0) {
      throw CommandError.SYNTAX;
    }
    requireCompatible(options, arguments / 2);
    readScores(call, first, arguments / 2);
    add(call, options, first, arguments / 2);
    if (scores.length > SCORES_KEPT) {
      scores = new double[SCORES_KEPT];
    }
  }

  private static int option(Call call, int argument) {
    for (int i = 0; i < OPTIONS.length; i++) {
      if (call.is(argument, OPTIONS[i])) {
        return 1 << i;
      }
    }
    return 0;
  }

  private static void requireCompatible(int options, int pairs) {
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

  private void readScores(Call call, int first, int pairs) {
    if (scores.length < pairs) {
      scores = new double[Math.max(pairs, scores.length * 2)];
    }
    for (int i = 0; i < pairs; i++) {
      scores[i] = keys.real(call, first + 2 * i, CommandError.NOT_A_FLOAT);
    }
  }

  private void add(Call call, int options, int first, int pairs) {
    Database database = call.database();
    long hash = call.keyHash(1);
    boolean increments = (options & INCR) != 0;
    entry = keys.findForWrite(call, 1);
    if (entry == 0 && (options & XX) != 0) {
      replyAdded(call, increments, false, 0);
      return;
    }
    if (entry == 0) {
      entry = type.create(database, call.address(1), call.length(1), hash, call.length(first + 1));
    }
    long added = 0;
    long updated = 0;
    boolean done = false;
    boolean failed = false;
    for (int i = 0; i < pairs && !failed; i++) {
      int member = first + 2 * i + 1;
      Outcome outcome = change(call, hash, scores[i], member, options);
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

  private void remove(Call call) {
    long current = keys.findForWrite(call, 1);
    if (current == 0) {
      call.reply().integer(0);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long removed = 0;
    for (int i = 2; i < call.argc() && type.size(current) > 0; i++) {
      if (type.find(current, call.address(i), call.length(i))) {
        current = type.remove(database, current, hash, call.address(i), call.length(i));
        removed++;
      }
    }
    if (removed > 0) {
      boolean emptied = type.size(current) == 0;
      if (emptied) {
        database.delete(current, hash);
      }
      keys.removed(call, 1, emptied, removed, "zrem");
    }
    call.reply().integer(removed);
  }

  private void count(Call call) {
    long set = keys.find(call, 1);
    call.reply().integer(set == 0 ? 0 : type.size(set));
  }

  private void score(Call call) {
    replyScore(call, keys.find(call, 1), 2);
  }

  private void scores(Call call) {
    long set = keys.find(call, 1);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      replyScore(call, set, i);
    }
  }

  private void replyScore(Call call, long set, int argument) {
    if (set != 0 && type.find(set, call.address(argument), call.length(argument))) {
      call.reply().doubleValue(type.score());
    } else {
      call.reply().nullBulk();
    }
  }

  private void rank(Call call, boolean fromHighest) {
    ReplyWriter reply = call.reply();
    long set = keys.find(call, 1);
    long rank = set == 0 ? -1 : type.rank(set, call.address(2), call.length(2));
    if (rank < 0) {
      reply.nullBulk();
    } else {
      reply.integer(fromHighest ? type.size(set) - 1 - rank : rank);
    }
  }
}
