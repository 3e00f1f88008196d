package dev.millrace.engine.command.generic;

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
import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Commands that put a value under another key or into another database: RENAME, RENAMENX, COPY,
 * MOVE.
 *
 * <p>Owned by: executor thread.
 */
final class RenameCommands implements CommandGroup {
  private static final byte[] DB = "db".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REPLACE = "replace".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError SAME_OBJECT =
      new CommandError("ERR source and destination objects are the same");
  private static final CommandError NO_SUCH_DATABASE =
      new CommandError("ERR DB index is out of range");
  private static final CommandError NOT_AN_INT =
      new CommandError("ERR value is out of range, value must between -2147483648 and 2147483647");

  @Override
  public void declare(CommandTable table) {
    table.add(
        renaming("rename", "Gives a value another key, in place of what that key held.", "update")
            .flags(WRITE)
            .handledBy(this::rename));
    table.add(
        renaming("renamenx", "Gives a value another key unless that key exists.", "insert")
            .flags(WRITE, FAST)
            .handledBy(this::renameNx));
    table.add(
        Command.named("copy")
            .group("generic")
            .since("6.2.0")
            .arity(-3)
            .flags(WRITE, DENYOOM)
            .categories("keyspace")
            .keys(1, 1, 1, "RO", "access")
            .keys(2, 2, 1, "OW", "update")
            .summary("Copies a value to another key, perhaps of another database.")
            .complexity("O(N) in the size of the value.")
            .arguments(
                Argument.key("source"),
                second("destination"),
                Argument.of("destination-db", "integer").after("DB").optional(),
                Argument.token("replace", "REPLACE").optional())
            .handledBy(this::copy));
    table.add(
        Command.named("move")
            .group("generic")
            .since("1.0.0")
            .arity(3)
            .flags(WRITE, FAST)
            .categories("keyspace")
            .keys(1, 1, 1, "RW", "access", "update")
            .summary("Moves a key to another database.")
            .complexity("O(1)")
            .arguments(Argument.key("key"), Argument.of("db", "integer"))
            .handledBy(this::move));
  }

  private static Command.Builder renaming(String name, String summary, String targetFlag) {
    return Command.named(name)
        .group("generic")
        .since("1.0.0")
        .arity(3)
        .categories("keyspace")
        .keys(1, 1, 1, "RW", "access", "delete")
        .keys(2, 2, 1, "OW", targetFlag)
        .summary(summary)
        .complexity("O(1)")
        .arguments(Argument.key("key"), second("newkey"));
  }

  /** A key that the command's second key spec finds. */
  private static Argument second(String name) {
    return new Argument(name, "key", "", 1, "", List.of(), List.of());
  }

  private void rename(Call call) {
    rename(call, false);
    call.reply().ok();
  }

  private void renameNx(Call call) {
    call.reply().integer(rename(call, true) ? 1 : 0);
  }

  /** Returns whether the value has another key now. */
  private static boolean rename(Call call, boolean onlyIfAbsent) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    if (isSameKey(call)) {
      return false;
    }
    long newHash = call.keyHash(2);
    long replaced = database.findForWrite(call.address(2), call.length(2), newHash);
    if (replaced != 0) {
      if (onlyIfAbsent) {
        return false;
      }
      database.delete(replaced, newHash);
    }
    database.rename(entry, hash, database, call.address(2), call.length(2), newHash);
    call.changed();
    call.keyChanged(1);
    call.keyChanged(2);
    call.notify(KeyspaceEvents.GENERIC, "rename_from", 1);
    call.notify(KeyspaceEvents.GENERIC, "rename_to", 2);
    return true;
  }

  private static boolean isSameKey(Call call) {
    int length = call.length(1);
    return length == call.length(2) && Memory.equal(call.address(1), call.address(2), length);
  }

  private void copy(Call call) {
    Database source = call.database();
    Database target = source;
    boolean replaces = false;
    for (int i = 3; i < call.argc(); i++) {
      if (call.is(i, REPLACE)) {
        replaces = true;
      } else if (i + 1 < call.argc() && call.is(i, DB)) {
        target = databaseArgument(call, ++i);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (target == source && isSameKey(call)) {
      throw SAME_OBJECT;
    }
    long entry = source.find(call.address(1), call.length(1), call.keyHash(1));
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long targetHash = call.keyHash(2);
    long replaced = target.findForWrite(call.address(2), call.length(2), targetHash);
    if (replaced != 0) {
      if (!replaces) {
        call.reply().integer(0);
        return;
      }
      target.delete(replaced, targetHash);
    }
    source.copy(entry, target, call.address(2), call.length(2), targetHash);
    call.changed();
    call.keyChanged(target, call.address(2), call.length(2), targetHash);
    call.notify(KeyspaceEvents.GENERIC, "copy_to", target, call.address(2), call.length(2));
    call.reply().integer(1);
  }

  private void move(Call call) {
    Database source = call.database();
    Database target = databaseArgument(call, 2);
    if (target == source) {
      throw SAME_OBJECT;
    }
    long hash = call.keyHash(1);
    long entry = source.findForWrite(call.address(1), call.length(1), hash);
    if (entry == 0 || target.findForWrite(call.address(1), call.length(1), hash) != 0) {
      call.reply().integer(0);
      return;
    }
    source.move(entry, hash, target);
    call.changed();
    call.keyChanged(1);
    call.keyChanged(target, call.address(1), call.length(1), hash);
    call.notify(KeyspaceEvents.GENERIC, "move_from", 1);
    call.notify(KeyspaceEvents.GENERIC, "move_to", target, call.address(1), call.length(1));
    call.reply().integer(1);
  }

  private static Database databaseArgument(Call call, int argument) {
    long index = call.longArgument(argument);
    if (index != (int) index) {
      throw NOT_AN_INT;
    }
    if (index < 0 || index >= call.keyspace().databases()) {
      throw NO_SUCH_DATABASE;
    }
    return call.keyspace().database((int) index);
  }
}
