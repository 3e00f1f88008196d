package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.string.LongDouble;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.HashType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Commands that count in a field: HINCRBY, HINCRBYFLOAT. A sum of fractions goes to the replication
 * stream as the value that came out, lest another machine round it another way.
 *
 * <p>Owned by: executor thread.
 */
final class HashCounterCommands implements CommandGroup {
  private static final byte[] HSET = "HSET".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError NOT_AN_INTEGER =
      new CommandError("ERR hash value is not an integer");
  private static final CommandError NOT_A_FLOAT = new CommandError("ERR hash value is not a float");
  private static final CommandError OVERFLOW =
      new CommandError("ERR increment or decrement would overflow");
  private static final CommandError INFINITE_INCREMENT =
      new CommandError("ERR value is NaN or Infinity");
  private static final CommandError NOT_FINITE =
      new CommandError("ERR increment would produce NaN or Infinity");

  private final HashType hashes;
  private final Element value = new Element();

  HashCounterCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        counter("hincrby", "Adds a whole number to the number a field holds.")
            .since("2.0.0")
            .arguments(
                Argument.key("key"),
                Argument.of("field", "string"),
                Argument.of("increment", "integer"))
            .handledBy(this::add));
    table.add(
        counter("hincrbyfloat", "Adds a number with a fraction to the number a field holds.")
            .since("2.6.0")
            .arguments(
                Argument.key("key"),
                Argument.of("field", "string"),
                Argument.of("increment", "double"))
            .handledBy(this::addReal));
  }

  private static Command.Builder counter(String name, String summary) {
    return HashCommands.onHash(name, summary)
        .arity(4)
        .flags(WRITE, DENYOOM, FAST)
        .keys(1, 1, 1, "RW", "access", "update")
        .member(2)
        .complexity("O(1)");
  }

  private void add(Call call) {
    long increment = call.longArgument(3);
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = HashCommands.findForWrite(call);
    long before = isThere(call, entry) ? number() : 0;
    long after = before + increment;
    if (((before ^ after) & (increment ^ after)) < 0) {
      throw OVERFLOW;
    }
    entry = entry != 0 ? entry : hashes.create(database, call.address(1), call.length(1), hash);
    hashes.set(database, entry, hash, call.address(2), call.length(2), after);
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.HASH, "hincrby", 1);
    call.reply().integer(after);
  }

  /** Looks the field up; its value is then in {@link #value}. */
  private boolean isThere(Call call, long entry) {
    return entry != 0 && hashes.get(entry, call.address(2), call.length(2), value);
  }

  private long number() {
    if (value.isInteger()) {
      return value.integer();
    }
    if (!Decimal.isLong(value.address(), value.length())) {
      throw NOT_AN_INTEGER;
    }
    return Decimal.parse(value.address(), value.length());
  }

  private void addReal(Call call) {
    LongDouble increment = real(call.address(3), call.length(3));
    if (increment == null) {
      throw CommandError.NOT_A_FLOAT;
    }
    if (increment.isInfinite()) {
      throw INFINITE_INCREMENT;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = HashCommands.findForWrite(call);
    LongDouble sum = (isThere(call, entry) ? real() : LongDouble.of(0)).plus(increment);
    if (sum == null || sum.isInfinite()) {
      throw NOT_FINITE;
    }
    byte[] text = sum.toString().getBytes(StandardCharsets.US_ASCII);
    entry = entry != 0 ? entry : hashes.create(database, call.address(1), call.length(1), hash);
    hashes.set(database, entry, hash, call.address(2), call.length(2), text);
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.HASH, "hincrbyfloat", 1);
    call.reply().bulk(text);
    call.effect(4)
        .argument(HSET)
        .argument(call.address(1), call.length(1))
        .argument(call.address(2), call.length(2))
        .argument(text);
  }

  private LongDouble real() {
    if (value.isInteger()) {
      return LongDouble.of(value.integer());
    }
    LongDouble number = real(value.address(), value.length());
    if (number == null) {
      throw NOT_A_FLOAT;
    }
    return number;
  }

  private static @Nullable LongDouble real(long address, int length) {
    return length >= LongDouble.TEXT_BYTES_MAX
        ? null
        : LongDouble.parse(Memory.bytes(address, length));
  }
}
