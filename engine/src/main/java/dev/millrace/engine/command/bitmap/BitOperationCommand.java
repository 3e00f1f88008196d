package dev.millrace.engine.command.bitmap;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.string.StringValue;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Scratch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * BITOP: combines strings into another, each as if it went on with zeros to the longest one's end.
 *
 * <p>Owned by: executor thread.
 */
final class BitOperationCommand implements CommandGroup {
  private static final byte[] AND = "and".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OR = "or".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XOR = "xor".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOT = "not".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError ONE_SOURCE =
      new CommandError("ERR BITOP NOT must be called with a single source key.");
  private static final int DESTINATION = 2;
  private static final int FIRST_SOURCE = 3;
  private static final int SOURCES_KEPT = 1024;

  private final Scratch scratch;
  private long[] sources = new long[16];

  BitOperationCommand(Scratch scratch) {
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("bitop")
            .group("bitmap")
            .since("2.6.0")
            .arity(-4)
            .flags(WRITE, DENYOOM)
            .categories("bitmap")
            .keys(2, 2, 1, "OW", "update")
            .keys(3, -1, 1, "RO", "access")
            .summary("Combines strings bit by bit and stores the result.")
            .complexity("O(N) in the lengths of all strings.")
            .arguments(
                Argument.of("operation", "string"),
                Argument.key("destkey"),
                new Argument(
                    "key", "key", "", 1, "", java.util.List.of("multiple"), java.util.List.of()))
            .handledBy(this::run));
  }

  private void run(Call call) {
    Bits.@Nullable Operation operation = operation(call);
    int count = call.argc() - FIRST_SOURCE;
    if (operation == null && count != 1) {
      throw ONE_SOURCE;
    }
    long length = findSources(call, count);
    if (length > 0) {
      long result = scratch.room(length + Decimal.MAX_LENGTH);
      combine(operation, count, result, length);
      store(call, result, length);
      scratch.done();
      call.changed();
      call.keyChanged(DESTINATION);
      call.notify(KeyspaceEvents.STRING, "set", DESTINATION);
    } else if (call.database()
        .delete(call.address(DESTINATION), call.length(DESTINATION), call.keyHash(DESTINATION))) {
      call.changed();
      call.keyChanged(DESTINATION);
      call.notify(KeyspaceEvents.GENERIC, "del", DESTINATION);
    }
    call.reply().integer(length);
  }

  /** What to do; null for NOT. */
  private static Bits.@Nullable Operation operation(Call call) {
    if (call.is(1, AND)) {
      return Bits.Operation.AND;
    }
    if (call.is(1, OR)) {
      return Bits.Operation.OR;
    }
    if (call.is(1, XOR)) {
      return Bits.Operation.XOR;
    }
    if (call.is(1, NOT)) {
      return null;
    }
    throw CommandError.SYNTAX;
  }

  /** Notes the sources' entries; returns the longest one's length. */
  private long findSources(Call call, int count) {
    if (count > sources.length || sources.length > SOURCES_KEPT) {
      sources = new long[Math.max(16, count)];
    }
    long longest = 0;
    Arrays.fill(sources, 0, count, 0);
    for (int i = 0; i < count; i++) {
      int key = FIRST_SOURCE + i;
      long entry = call.database().find(call.address(key), call.length(key), call.keyHash(key));
      StringValue.require(entry);
      sources[i] = entry;
      longest = Math.max(longest, BitString.length(entry));
    }
    return longest;
  }

  private void combine(Bits.@Nullable Operation operation, int count, long result, long length) {
    long digits = result + length;
    long n = BitString.length(sources[0]);
    Memory.copy(BitString.address(sources[0], digits), result, n);
    Memory.fill(result + n, length - n, (byte) 0);
    if (operation == null) {
      Bits.invert(result, length);
      return;
    }
    for (int i = 1; i < count; i++) {
      n = BitString.length(sources[i]);
      Bits.combine(operation, result, BitString.address(sources[i], digits), n);
      if (operation == Bits.Operation.AND) {
        Memory.fill(result + n, length - n, (byte) 0);
      }
    }
  }

  /** The result is kept as bytes even where it spells a number. */
  private static void store(Call call, long result, long length) {
    Database database = call.database();
    long hash = call.keyHash(DESTINATION);
    long entry =
        database.setString(
            call.address(DESTINATION),
            call.length(DESTINATION),
            hash,
            result,
            0,
            Database.NO_EXPIRY);
    entry = database.reserveString(entry, hash, length);
    Memory.copy(result, Entry.valueAddress(entry), length);
  }
}
