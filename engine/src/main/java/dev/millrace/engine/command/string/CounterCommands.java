package dev.millrace.engine.command.string;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;

/**
 * Commands that count: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT. A sum of fractions goes to the
 * replication stream as the value that came out, lest another machine round it another way.
 *
 * <p>Owned by: executor thread.
 */
final class CounterCommands implements CommandGroup {
  private static final byte[] SET = "SET".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEEPTTL = "KEEPTTL".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError OVERFLOW =
      new CommandError("ERR increment or decrement would overflow");
  private static final CommandError DECREMENT_OVERFLOW =
      new CommandError("ERR decrement would overflow");
  private static final CommandError NOT_FINITE =
      new CommandError("ERR increment would produce NaN or Infinity");

  @Override
  public void declare(CommandTable table) {
    table.add(
        counter("incr", "Adds one to the number a key holds.")
            .since("1.0.0")
            .arity(2)
            .arguments(Argument.key("key"))
            .handledBy(call -> add(call, 1)));
    table.add(
        counter("decr", "Takes one from the number a key holds.")
            .since("1.0.0")
            .arity(2)
            .arguments(Argument.key("key"))
            .handledBy(call -> add(call, -1)));
    table.add(
        counter("incrby", "Adds a whole number to the number a key holds.")
            .since("1.0.0")
            .arity(3)
            .arguments(Argument.key("key"), Argument.of("increment", "integer"))
            .handledBy(call -> add(call, call.longArgument(2))));
    table.add(
        counter("decrby", "Takes a whole number from the number a key holds.")
            .since("1.0.0")
            .arity(3)
            .arguments(Argument.key("key"), Argument.of("decrement", "integer"))
            .handledBy(this::decrBy));
    table.add(
        counter("incrbyfloat", "Adds a number with a fraction to the number a key holds.")
            .since("2.6.0")
            .arity(3)
            .arguments(Argument.key("key"), Argument.of("increment", "double"))
            .handledBy(this::incrByFloat));
  }

  private static Command.Builder counter(String name, String summary) {
    return Command.named(name)
        .group("string")
        .flags(WRITE, DENYOOM, FAST)
        .categories("string")
        .keys(1, 1, 1, "RW", "access", "update")
        .summary(summary)
        .complexity("O(1)");
  }

  private void decrBy(Call call) {
    long decrement = call.longArgument(2);
    if (decrement == Long.MIN_VALUE) {
      throw DECREMENT_OVERFLOW;
    }
    add(call, -decrement);
  }

  private static void add(Call call, long increment) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    StringValue.require(entry);
    long before = entry == 0 ? 0 : number(entry);
    long after = before + increment;
    if (((before ^ after) & (increment ^ after)) < 0) {
      throw OVERFLOW;
    }
    if (entry != 0 && Entry.isInt(entry)) {
      database.changeLong(entry, hash, after);
    } else {
      database.setLong(call.address(1), call.length(1), hash, after, Database.KEEP_EXPIRY);
    }
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.STRING, "incrby", 1);
    call.reply().integer(after);
  }

  private static long number(long entry) {
    if (Entry.isInt(entry)) {
      return Entry.longValue(entry);
    }
    long address = Entry.valueAddress(entry);
    long length = Entry.valueLength(entry);
    if (!Decimal.isLong(address, length)) {
      throw CommandError.NOT_AN_INTEGER;
    }
    return Decimal.parse(address, length);
  }

  private void incrByFloat(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    StringValue.require(entry);
    LongDouble before = entry == 0 ? LongDouble.of(0) : real(entry);
    LongDouble increment = real(call.address(2), call.length(2));
    LongDouble sum = before.plus(increment);
    if (sum == null || sum.isInfinite()) {
      throw NOT_FINITE;
    }
    byte[] text = sum.toString().getBytes(StandardCharsets.US_ASCII);
    // Stored as text even when it is a whole number, which is what OBJECT ENCODING then tells.
    int encoding = text.length <= Entry.EMBSTR_BYTES ? Entry.EMBSTR : Entry.RAW;
    long changed =
        database.put(
            call.address(1),
            call.length(1),
            hash,
            Entry.STRING,
            encoding,
            false,
            text.length,
            Database.KEEP_EXPIRY);
    Memory.put(Entry.inlineAddress(changed), text, 0, text.length);
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.STRING, "incrbyfloat", 1);
    call.reply().bulk(text);
    call.effect(4)
        .argument(SET)
        .argument(call.address(1), call.length(1))
        .argument(text)
        .argument(KEEPTTL);
  }

  private static LongDouble real(long entry) {
    if (Entry.isInt(entry)) {
      return LongDouble.of(Entry.longValue(entry));
    }
    return real(Entry.valueAddress(entry), Entry.valueLength(entry));
  }

  private static LongDouble real(long address, long length) {
    if (length >= LongDouble.TEXT_BYTES_MAX) {
      throw CommandError.NOT_A_FLOAT;
    }
    LongDouble value = LongDouble.parse(Memory.bytes(address, (int) length));
    if (value == null) {
      throw CommandError.NOT_A_FLOAT;
    }
    return value;
  }
}
