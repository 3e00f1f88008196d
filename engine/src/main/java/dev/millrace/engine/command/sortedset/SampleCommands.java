package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.generic.ScanOptions;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.ScoredMemberVisitor;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Commands that return some members in no order: ZRANDMEMBER, ZSCAN.
 *
 * <p>Owned by: executor thread.
 */
final class SampleCommands implements CommandGroup {
  /** A sample is sparse when it is less than this part of the set. */
  private static final int SPARSE = 8;

  private static final byte[] WITHSCORES = "withscores".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError BELOW_RANGE =
      new CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and"
              + " 9223372036854775807");
  private static final CommandError OUT_OF_RANGE = new CommandError("ERR value is out of range");

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final SortedSetCursor cursor;
  private final RandomGenerator random;
  private final ScanOptions options = new ScanOptions();
  private final ScoredMemberVisitor count = this::count;
  private final ScoredMemberVisitor show = this::show;
  private @Nullable ReplyWriter shownTo;
  private boolean scansListpack;
  private long seen;
  private long shown;
  private long steps;

  SampleCommands(SortedSetKeys keys, RandomGenerator random) {
    this.keys = keys;
    this.type = keys.type;
    this.cursor = type.cursor();
    this.random = random;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(MemberDeclarations.zrandmember().handledBy(this::randomMember));
    table.add(MemberDeclarations.zscan().handledBy(this::scan));
  }

  private void randomMember(Call call) {
    if (call.argc() == 2) {
      long entry = keys.find(call, 1);
      if (entry == 0) {
        call.reply().nullBulk();
      } else {
        type.at(entry, random.nextLong(type.size(entry)), cursor);
        Elements.reply(call.reply(), cursor.member());
      }
      return;
    }
    long count = call.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw BELOW_RANGE;
    }
    boolean withScores = call.argc() == 4 && call.is(3, WITHSCORES);
    if (call.argc() > 3 && !withScores) {
      throw CommandError.SYNTAX;
    }
    if (withScores && Math.abs(count) > Long.MAX_VALUE / 2) {
      throw OUT_OF_RANGE;
    }
    long entry = keys.find(call, 1);
    if (entry == 0 || count == 0) {
      call.reply().array(0);
    } else if (count < 0) {
      repeatedly(call.reply(), entry, -count, withScores);
    } else {
      differently(call.reply(), entry, count, withScores);
    }
  }

  /** The same member may come again. */
  private void repeatedly(ReplyWriter reply, long entry, long count, boolean withScores) {
    header(reply, count, withScores);
    long size = type.size(entry);
    for (long i = 0; i < count && !reply.isOverflowed(); i++) {
      type.at(entry, random.nextLong(size), cursor);
      reply(reply, withScores);
    }
  }

  /** Every member comes once at most; all come from the highest down, as in Redis. */
  private void differently(ReplyWriter reply, long entry, long count, boolean withScores) {
    long size = type.size(entry);
    long wanted = Math.min(count, size);
    header(reply, wanted, withScores);
    if (wanted > size / SPARSE) {
      walkOver(reply, entry, size, wanted, withScores);
    } else {
      drawRanks(reply, entry, size, (int) wanted, withScores);
    }
  }

  /** Takes each member that passes with the chance that makes all samples equally likely. */
  private void walkOver(ReplyWriter reply, long entry, long size, long wanted, boolean withScores) {
    type.at(entry, size - 1, cursor);
    long left = wanted;
    for (long rank = size - 1; left > 0; rank--) {
      if (random.nextLong(rank + 1) < left) {
        reply(reply, withScores);
        left--;
      }
      cursor.previous();
    }
  }

  /** Draws ranks until enough different ones have come, which they soon have. */
  private void drawRanks(ReplyWriter reply, long entry, long size, int wanted, boolean withScores) {
    LongSet drawn = new LongSet(wanted);
    int left = wanted;
    while (left > 0) {
      long rank = random.nextLong(size);
      if (drawn.add(rank)) {
        type.at(entry, rank, cursor);
        reply(reply, withScores);
        left--;
      }
    }
  }

  /** The ranks drawn for one command, none of them twice: open addressing, half empty. */
  private static final class LongSet {
    private final long[] slots;

    LongSet(int most) {
      slots = new long[Math.max(16, Integer.highestOneBit(most) * 4)];
    }

    boolean add(long rank) {
      int slot = (int) ((rank * 0x9E3779B97F4A7C15L) >>> 32) & (slots.length - 1);
      while (slots[slot] != 0) {
        if (slots[slot] == rank + 1) {
          return false;
        }
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = rank + 1;
      return true;
    }
  }

  private static void header(ReplyWriter reply, long members, boolean withScores) {
    reply.array(withScores && reply.protocol() == 2 ? members * 2 : members);
  }

  private void reply(ReplyWriter reply, boolean withScores) {
    if (withScores && reply.protocol() == 3) {
      reply.array(2);
    }
    Elements.reply(reply, cursor.member());
    if (withScores) {
      reply.doubleValue(cursor.score());
    }
  }

  private void scan(Call call) {
    long cursorFrom = ScanOptions.cursor(call, 2);
    long entry = keys.find(call, 1);
    ReplyWriter reply = call.reply();
    if (entry == 0) {
      reply.array(2);
      reply.bulkInteger(0);
      reply.array(0);
      return;
    }
    options.read(call, 3, false);
    scansListpack = type.isListpack(entry);
    // Once to see where it ends, which the reply begins with, and once more to show what is there.
    seen = 0;
    steps = 0;
    long end = cursorFrom;
    do {
      end = type.scan(entry, end, count);
      steps++;
    } while (end != 0 && steps <= options.steps() && seen < options.count());
    reply.array(2);
    reply.bulk(Long.toUnsignedString(end));
    reply.begin();
    shown = 0;
    shownTo = reply;
    long at = cursorFrom;
    for (long i = 0; i < steps; i++) {
      at = type.scan(entry, at, show);
    }
    reply.endArray(shown);
  }

  private void count(Element member, double score) {
    seen++;
  }

  private void show(Element member, double score) {
    ReplyWriter reply = Objects.requireNonNull(shownTo);
    if (options.matches(member)) {
      Elements.reply(reply, member);
      // A small set keeps whole scores as numbers, which ZSCAN shows with all their digits.
      if (scansListpack && SortedSetType.isKeptAsNumber(score)) {
        reply.bulkInteger((long) score);
      } else {
        reply.bulkDouble(score);
      }
      shown += 2;
    }
  }
}
