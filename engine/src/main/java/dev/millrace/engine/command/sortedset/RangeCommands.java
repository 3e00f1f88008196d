package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.sortedset.RangeArguments.By;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.SortedSetBuilder;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Commands on the members between two ranks, scores or members: the ZRANGE family, which returns or
 * stores them, ZCOUNT and ZLEXCOUNT, which count them, ZREMRANGEBY…, which remove them.
 *
 * <p>Owned by: executor thread.
 */
final class RangeCommands implements CommandGroup {
  private static final CommandError LIMIT_OF_RANKS =
      new CommandError(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  private static final CommandError SCORES_BY_LEX =
      new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

  private static final byte[] WITHSCORES = ascii("withscores");
  private static final byte[] LIMIT = ascii("limit");
  private static final byte[] REV = ascii("rev");
  private static final byte[] BYLEX = ascii("bylex");
  private static final byte[] BYSCORE = ascii("byscore");

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final RangeArguments range;
  private final SortedSetCursor cursor;
  private final SortedSetBuilder stored;

  // Options of the command that runs; what is null or false at first may be given by a word.
  private @Nullable By by;
  private boolean reverse;
  private boolean withScores;
  private long offset;
  private long limit;

  RangeCommands(SortedSetKeys keys) {
    this.keys = keys;
    this.type = keys.type;
    this.range = new RangeArguments(keys);
    this.cursor = type.cursor();
    this.stored = type.builder();
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(RangeDeclarations.zrange().handledBy(this::range));
    table.add(RangeDeclarations.zrangestore().handledBy(this::rangeStore));
    table.add(RangeDeclarations.zrangebyscore().handledBy(c -> fixedRange(c, By.SCORE, false)));
    table.add(RangeDeclarations.zrevrangebyscore().handledBy(c -> fixedRange(c, By.SCORE, true)));
    table.add(RangeDeclarations.zrangebylex().handledBy(c -> fixedRange(c, By.LEX, false)));
    table.add(RangeDeclarations.zrevrangebylex().handledBy(c -> fixedRange(c, By.LEX, true)));
    table.add(RangeDeclarations.zrevrange().handledBy(c -> fixedRange(c, By.RANK, true)));
    table.add(RangeDeclarations.zcount().handledBy(c -> count(c, By.SCORE)));
    table.add(RangeDeclarations.zlexcount().handledBy(c -> count(c, By.LEX)));
    table.add(
        RangeDeclarations.zremrangebyrank().handledBy(c -> remove(c, By.RANK, "zremrangebyrank")));
    table.add(
        RangeDeclarations.zremrangebyscore()
            .handledBy(c -> remove(c, By.SCORE, "zremrangebyscore")));
    table.add(
        RangeDeclarations.zremrangebylex().handledBy(c -> remove(c, By.LEX, "zremrangebylex")));
  }

  private void range(Call call) {
    by = null;
    reverse = false;
    readOptions(call, 4, true, true);
    reply(call);
  }

  private void fixedRange(Call call, By what, boolean highestFirst) {
    by = what;
    reverse = highestFirst;
    readOptions(call, 4, false, true);
    reply(call);
  }

  /**
   * Reads the options and then the ends of the range.
   *
   * @param first index of the first option, behind the two ends
   * @param free whether order and kind of range are options
   * @param replies whether WITHSCORES is one
   */
  private void readOptions(Call call, int first, boolean free, boolean replies) {
    withScores = false;
    offset = 0;
    limit = -1;
    for (int i = first; i < call.argc(); i++) {
      if (replies && call.is(i, WITHSCORES)) {
        withScores = true;
      } else if (call.argc() - i > 2 && call.is(i, LIMIT)) {
        offset = call.longArgument(i + 1);
        limit = call.longArgument(i + 2);
        i += 2;
      } else if (free && !reverse && call.is(i, REV)) {
        reverse = true;
      } else if (free && by == null && call.is(i, BYLEX)) {
        by = By.LEX;
      } else if (free && by == null && call.is(i, BYSCORE)) {
        by = By.SCORE;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    By what = by == null ? By.RANK : by;
    if (limit != -1 && what == By.RANK) {
      throw LIMIT_OF_RANKS;
    }
    if (what == By.RANK) {
      offset = 0; // LIMIT with a count of -1 is let pass, and means nothing
    }
    if (withScores && what == By.LEX) {
      throw SCORES_BY_LEX;
    }
    boolean swapped = reverse && what != By.RANK;
    range.read(call, what, first - (swapped ? 1 : 2), first - (swapped ? 2 : 1));
  }

  private void reply(Call call) {
    long entry = keys.find(call, 1);
    ReplyWriter reply = call.reply();
    long members = entry == 0 ? 0 : begin(entry);
    boolean pairs = withScores && reply.protocol() == 3;
    reply.array(withScores && !pairs ? members * 2 : members);
    for (long i = 0; i < members; i++) {
      if (pairs) {
        reply.array(2);
      }
      Elements.reply(reply, cursor.member());
      if (withScores) {
        reply.doubleValue(cursor.score());
      }
      cursor.step(reverse);
    }
  }

  /** Puts the cursor on the first member wanted, if there is one; returns how many there are. */
  private long begin(long entry) {
    range.apply(entry, reverse);
    long members = range.to - range.from;
    if (offset < 0 || offset >= members) {
      return 0;
    }
    members -= offset;
    if (limit >= 0) {
      members = Math.min(members, limit);
    }
    if (members > 0) {
      type.at(entry, reverse ? range.to - 1 - offset : range.from + offset, cursor);
    }
    return members;
  }

  private void rangeStore(Call call) {
    by = null;
    reverse = false;
    readOptions(call, 5, true, false);
    long entry = keys.find(call, 2);
    long members = entry == 0 ? 0 : begin(entry);
    stored.begin(members);
    // Of other ranges Redis does not know beforehand how many there will be.
    long expected = by == null || by == By.RANK ? members : 0;
    for (long i = 0; i < members; i++) {
      stored.addToGrowing(cursor.score(), cursor.member(), expected);
      cursor.step(reverse);
    }
    stored.order();
    keys.store(call, 1, stored, "zrangestore");
  }

  private void count(Call call, By what) {
    range.read(call, what, 2, 3);
    long entry = keys.find(call, 1);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    range.apply(entry, false);
    call.reply().integer(Math.max(0, range.to - range.from));
  }

  private void remove(Call call, By what, String event) {
    range.read(call, what, 2, 3);
    long entry = keys.findForWrite(call, 1);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    range.apply(entry, false);
    long members = range.to - range.from;
    if (members > 0) {
      keys.removeRange(call, 1, entry, range.from, members, event);
    }
    call.reply().integer(Math.max(0, members));
  }
}
