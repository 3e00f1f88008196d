package dev.millrace.engine.command.bitmap;

import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Scratch;
import java.nio.charset.StandardCharsets;

/**
 * Commands on a range of bits: BITCOUNT and BITPOS.
 *
 * <p>Owned by: executor thread.
 */
final class BitRangeCommands implements CommandGroup {
  private static final byte[] BYTE = "byte".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BIT = "bit".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError BAD_BIT =
      new CommandError("ERR The bit argument must be 1 or 0.");

  private final Scratch scratch;

  // The range of the command that runs, in bits, both ends included; empty when first > last.
  private long first;
  private long last;

  BitRangeCommands(Scratch scratch) {
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    Argument unit =
        Argument.oneOf("index_unit", Argument.token("byte", "BYTE"), Argument.token("bit", "BIT"))
            .since("7.0.0")
            .optional();
    table.add(
        Command.named("bitcount")
            .group("bitmap")
            .since("2.6.0")
            .arity(-2)
            .flags(READONLY)
            .categories("bitmap")
            .keys(1, 1, 1, "RO", "access")
            .summary("Counts the bits that are set in a string, or in a part of it.")
            .complexity("O(N) in the length of the part.")
            .arguments(
                Argument.key("key"),
                Argument.block(
                        "index",
                        Argument.of("start", "integer"),
                        Argument.of("end", "integer"),
                        unit)
                    .optional())
            .handledBy(this::count));
    table.add(
        Command.named("bitpos")
            .group("bitmap")
            .since("2.8.7")
            .arity(-3)
            .flags(READONLY)
            .categories("bitmap")
            .keys(1, 1, 1, "RO", "access")
            .summary("Finds the first bit of a string that is set, or clear.")
            .complexity("O(N) in the length of the part that is searched.")
            .arguments(
                Argument.key("key"),
                Argument.of("bit", "integer"),
                Argument.block(
                        "index",
                        Argument.of("start", "integer"),
                        Argument.block("end_index", Argument.of("end", "integer"), unit).optional())
                    .optional())
            .handledBy(this::position));
  }

  private void count(Call call) {
    long entry = BitString.find(call);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long length = BitString.length(entry);
    if (call.argc() == 2) {
      range(length * 8, 0, length * 8 - 1);
    } else if (call.argc() == 4 || call.argc() == 5) {
      long start = call.longArgument(2);
      long end = call.longArgument(3);
      if (start < 0 && end < 0 && start > end) {
        call.reply().integer(0);
        return;
      }
      range(length, start, end, call.argc() == 5 && isInBits(call, 4));
    } else {
      throw CommandError.SYNTAX;
    }
    long address = BitString.address(entry, scratch.room(Decimal.MAX_LENGTH));
    call.reply().integer(first > last ? 0 : Bits.count(address, first, last));
  }

  private void position(Call call) {
    long bit = call.longArgument(2);
    if (bit != 0 && bit != 1) {
      throw BAD_BIT;
    }
    long entry = BitString.find(call);
    if (entry == 0) {
      call.reply().integer(bit == 1 ? -1 : 0);
      return;
    }
    long length = BitString.length(entry);
    boolean endGiven = call.argc() >= 5;
    if (call.argc() == 3) {
      range(length * 8, 0, length * 8 - 1);
    } else if (call.argc() <= 6) {
      long start = call.longArgument(3);
      boolean inBits = call.argc() == 6 && isInBits(call, 5);
      range(length, start, endGiven ? call.longArgument(4) : length - 1, inBits);
    } else {
      throw CommandError.SYNTAX;
    }
    if (first > last) {
      call.reply().integer(-1);
      return;
    }
    long address = BitString.address(entry, scratch.room(Decimal.MAX_LENGTH));
    long found = Bits.find(address, first, last, (int) bit);
    // Without an end the string is taken to go on with zeros for ever.
    call.reply().integer(found == -1 && bit == 0 && !endGiven ? last + 1 : found);
  }

  private static boolean isInBits(Call call, int argument) {
    if (call.is(argument, BIT)) {
      return true;
    }
    if (call.is(argument, BYTE)) {
      return false;
    }
    throw CommandError.SYNTAX;
  }

  /** Sets the range from indexes that count from the end when negative. */
  private void range(long length, long start, long end, boolean inBits) {
    if (inBits) {
      range(length * 8, start, end);
      return;
    }
    range(length, start, end);
    first *= 8;
    last = last * 8 + 7;
  }

  private void range(long total, long start, long end) {
    first = Math.max(0, start < 0 ? total + start : start);
    last = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
    if (first > last) {
      first = 1;
      last = 0;
    }
  }
}
