package dev.millrace.engine.command.string;

import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * LCS: what two strings have in common, in order. Its work is refused where Redis would refuse the
 * memory for it, so the answer depends on the same limit.
 *
 * <p>Owned by: executor thread.
 */
final class LcsCommand implements CommandGroup {
  private static final byte[] LEN = "len".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] IDX = "idx".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MINMATCHLEN = "minmatchlen".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WITHMATCHLEN = "withmatchlen".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError NOT_STRINGS =
      new CommandError("ERR The specified keys must contain string values");
  private static final CommandError AMBIGUOUS =
      new CommandError("ERR If you want both the length and indexes, please just use IDX.");
  private static final CommandError STRING_TOO_LONG =
      new CommandError("ERR String too long for LCS");
  private static final CommandError TABLE_TOO_LARGE =
      new CommandError(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");

  private static final long STRING_BYTES_MAX = 0xFFFFFFFFL - 1;
  private static final int CELL_BYTES = 4;

  private final LongSupplier tableBytesMax;

  private boolean wantsLength;
  private boolean wantsMatches;
  private boolean wantsMatchLengths;
  private long matchLengthMin;

  LcsCommand(LongSupplier tableBytesMax) {
    this.tableBytesMax = tableBytesMax;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("lcs")
            .group("string")
            .since("7.0.0")
            .arity(-3)
            .flags(READONLY)
            .categories("string")
            .keys(1, 2, 1, "RO", "access")
            .summary("Finds the longest subsequence two strings have in common.")
            .complexity("O(N*M) in the lengths of the two strings.")
            .arguments(
                Argument.key("key1"),
                Argument.key("key2"),
                Argument.token("len", "LEN").optional(),
                Argument.token("idx", "IDX").optional(),
                Argument.of("len", "integer").after("MINMATCHLEN").optional(),
                Argument.token("withmatchlen", "WITHMATCHLEN").optional())
            .handledBy(this::lcs));
  }

  private void lcs(Call call) {
    long first = find(call, 1);
    long second = find(call, 2);
    readOptions(call);
    try (Region digits = new Region(2L * Decimal.MAX_LENGTH)) {
      long a = text(first, digits.address());
      long b = text(second, digits.address() + Decimal.MAX_LENGTH);
      long aLength = first == 0 ? 0 : Entry.valueLength(first);
      long bLength = second == 0 ? 0 : Entry.valueLength(second);
      requireRoom(aLength, bLength);
      boolean needsPath = wantsMatches || !wantsLength;
      try (LongestCommonSubsequence common =
          new LongestCommonSubsequence(a, aLength, b, bLength, needsPath)) {
        reply(call.reply(), common, a, aLength, bLength);
      }
    }
  }

  private static long find(Call call, int key) {
    long entry = call.database().find(call.address(key), call.length(key), call.keyHash(key));
    if (entry != 0 && Entry.type(entry) != Entry.STRING) {
      throw NOT_STRINGS;
    }
    return entry;
  }

  private void readOptions(Call call) {
    wantsLength = false;
    wantsMatches = false;
    wantsMatchLengths = false;
    matchLengthMin = 0;
    for (int i = 3; i < call.argc(); i++) {
      if (call.is(i, IDX)) {
        wantsMatches = true;
      } else if (call.is(i, LEN)) {
        wantsLength = true;
      } else if (call.is(i, WITHMATCHLEN)) {
        wantsMatchLengths = true;
      } else if (i + 1 < call.argc() && call.is(i, MINMATCHLEN)) {
        matchLengthMin = Math.max(0, call.longArgument(++i));
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (wantsMatches && wantsLength) {
      throw AMBIGUOUS;
    }
  }

  private void requireRoom(long aLength, long bLength) {
    if (aLength >= STRING_BYTES_MAX || bLength >= STRING_BYTES_MAX) {
      throw STRING_TOO_LONG;
    }
    long cells =
        Math.multiplyHigh(aLength + 1, bLength + 1) == 0 ? (aLength + 1) * (bLength + 1) : -1;
    if (cells < 0 || cells > tableBytesMax.getAsLong() / CELL_BYTES) {
      throw TABLE_TOO_LARGE;
    }
  }

  private static long text(long entry, long digits) {
    if (entry == 0) {
      return digits;
    }
    if (Entry.isInt(entry)) {
      Decimal.format(Entry.longValue(entry), digits);
      return digits;
    }
    return Entry.valueAddress(entry);
  }

  private void reply(
      ReplyWriter reply, LongestCommonSubsequence common, long a, long aLength, long bLength) {
    if (wantsMatches) {
      reply.map(2);
      reply.bulk("matches");
      reply.begin();
      reply.endArray(matches(reply, common, aLength, bLength));
      reply.bulk("len");
      reply.integer(common.length());
    } else if (wantsLength) {
      reply.integer(common.length());
    } else {
      reply.bulk(subsequence(common, a, aLength, bLength));
    }
  }

  private static byte[] subsequence(
      LongestCommonSubsequence common, long a, long aLength, long bLength) {
    byte[] result = new byte[common.length()];
    int left = result.length;
    long i = aLength;
    long j = bLength;
    while (left > 0) {
      if (common.matches(i, j)) {
        result[--left] = Memory.getByte(a + i - 1);
        i--;
        j--;
      } else if (common.isLongerWithoutLastOfA(i, j)) {
        i--;
      } else {
        j--;
      }
    }
    return result;
  }

  /** Writes the runs in common, the last one first; returns how many there were. */
  private long matches(
      ReplyWriter reply, LongestCommonSubsequence common, long aLength, long bLength) {
    long count = 0;
    long i = aLength;
    long j = bLength;
    while (i > 0 && j > 0) {
      if (common.matches(i, j)) {
        long length = 0;
        while (i > 0 && j > 0 && common.matches(i, j)) {
          length++;
          i--;
          j--;
        }
        if (length >= matchLengthMin) {
          match(reply, i, j, length);
          count++;
        }
      } else if (common.isLongerWithoutLastOfA(i, j)) {
        i--;
      } else {
        j--;
      }
    }
    return count;
  }

  private void match(ReplyWriter reply, long aStart, long bStart, long length) {
    reply.array(wantsMatchLengths ? 3 : 2);
    reply.array(2);
    reply.integer(aStart);
    reply.integer(aStart + length - 1);
    reply.array(2);
    reply.integer(bStart);
    reply.integer(bStart + length - 1);
    if (wantsMatchLengths) {
      reply.integer(length);
    }
  }
}
