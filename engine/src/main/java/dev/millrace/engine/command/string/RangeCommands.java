package dev.millrace.engine.command.string;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
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
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.memory.Memory;
import java.util.function.LongSupplier;

/**
 * Commands on parts of a value: APPEND, STRLEN, SETRANGE, GETRANGE, SUBSTR.
 *
 * <p>Owned by: executor thread.
 */
final class RangeCommands implements CommandGroup {
  private static final CommandError TOO_LONG =
      new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  private static final CommandError BAD_OFFSET = new CommandError("ERR offset is out of range");
  private static final String SUBSTRING_COMPLEXITY = "O(N) in the length of the part.";
  private static final byte[] EMPTY = {};

  private final LongSupplier valueBytesMax;

  RangeCommands(LongSupplier valueBytesMax) {
    this.valueBytesMax = valueBytesMax;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("append")
            .group("string")
            .since("2.0.0")
            .arity(3)
            .flags(WRITE, DENYOOM, FAST)
            .categories("string")
            .keys(1, 1, 1, "RW", "insert")
            .summary("Adds bytes to the end of a string.")
            .complexity("O(1) amortized, for a value that grows gets room to grow further.")
            .arguments(Argument.key("key"), Argument.of("value", "string"))
            .handledBy(this::append));
    table.add(
        Command.named("strlen")
            .group("string")
            .since("2.2.0")
            .arity(2)
            .flags(READONLY, FAST)
            .categories("string")
            .keys(1, 1, 1, "RO")
            .summary("Returns the length of a string in bytes.")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::strlen));
    table.add(
        Command.named("setrange")
            .group("string")
            .since("2.2.0")
            .arity(4)
            .flags(WRITE, DENYOOM)
            .categories("string")
            .keys(1, 1, 1, "RW", "update")
            .summary("Overwrites a part of a string, which grows where it must.")
            .complexity("O(M) in the length of the part, and of what the string grows by.")
            .arguments(
                Argument.key("key"),
                Argument.of("offset", "integer"),
                Argument.of("value", "string"))
            .handledBy(this::setRange));
    table.add(substring("getrange", "2.4.0", "Returns a part of a string."));
    table.add(substring("substr", "1.0.0", "Returns a part of a string; GETRANGE's old name."));
  }

  private Command.Builder substring(String name, String since, String summary) {
    return Command.named(name)
        .group("string")
        .since(since)
        .arity(4)
        .flags(READONLY)
        .categories("string")
        .keys(1, 1, 1, "RO", "access")
        .summary(summary)
        .complexity(SUBSTRING_COMPLEXITY)
        .arguments(
            Argument.key("key"), Argument.of("start", "integer"), Argument.of("end", "integer"))
        .handledBy(this::getRange);
  }

  private void append(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    StringValue.require(entry);
    long added = call.length(2);
    long length = added;
    if (entry == 0) {
      database.setString(
          call.address(1), call.length(1), hash, call.address(2), added, Database.NO_EXPIRY);
    } else {
      long before = Entry.valueLength(entry);
      requireRoom(call, before, added);
      length = before + added;
      long changed = database.reserveString(entry, hash, length);
      Memory.copy(call.address(2), Entry.valueAddress(changed) + before, added);
    }
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.STRING, "append", 1);
    call.reply().integer(length);
  }

  private void strlen(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    StringValue.require(entry);
    call.reply().integer(entry == 0 ? 0 : Entry.valueLength(entry));
  }

  private void setRange(Call call) {
    long offset = call.longArgument(2);
    if (offset < 0) {
      throw BAD_OFFSET;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    StringValue.require(entry);
    long written = call.length(3);
    if (written == 0) {
      call.reply().integer(entry == 0 ? 0 : Entry.valueLength(entry));
      return;
    }
    requireRoom(call, offset, written);
    if (entry == 0) {
      entry =
          database.setString(
              call.address(1), call.length(1), hash, call.address(3), 0, Database.NO_EXPIRY);
    }
    entry = database.reserveString(entry, hash, offset + written);
    Memory.copy(call.address(3), Entry.valueAddress(entry) + offset, written);
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.STRING, "setrange", 1);
    call.reply().integer(Entry.valueLength(entry));
  }

  private void getRange(Call call) {
    long start = call.longArgument(2);
    long end = call.longArgument(3);
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    StringValue.require(entry);
    long length = entry == 0 ? 0 : Entry.valueLength(entry);
    if (start < 0 && end < 0 && start > end) {
      call.reply().bulk(EMPTY);
      return;
    }
    start = start < 0 ? Math.max(0, length + start) : start;
    end = end < 0 ? Math.max(0, length + end) : end;
    end = Math.min(end, length - 1);
    if (start > end || length == 0) {
      call.reply().bulk(EMPTY);
    } else if (Entry.isInt(entry)) {
      String digits = Long.toString(Entry.longValue(entry));
      call.reply().bulk(digits.substring((int) start, (int) end + 1));
    } else {
      call.reply().bulk(Entry.valueAddress(entry) + start, end - start + 1);
    }
  }

  /** What a master has accepted, its replica must accept too, whatever its own limit. */
  private void requireRoom(Call call, long before, long added) {
    long length = before + added;
    boolean overflows = length < before;
    if ((overflows || length > valueBytesMax.getAsLong())
        && call.keyspace().expiryMode() != ExpiryMode.IGNORE) {
      throw TOO_LONG;
    }
  }
}
