package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;

/**
 * Commands that ask for keys or delete them: DEL, UNLINK, EXISTS, TOUCH, TYPE.
 *
 * <p>Owned by: executor thread.
 */
final class KeyCommands implements CommandGroup {
  @Override
  public void declare(CommandTable table) {
    table.add(
        several("del", "Deletes keys.")
            .since("1.0.0")
            .flags(WRITE)
            .keys(1, -1, 1, "RM", "delete")
            .handledBy(this::delete));
    table.add(
        several("unlink", "Deletes keys and gives their memory back later.")
            .since("4.0.0")
            .flags(WRITE, FAST)
            .keys(1, -1, 1, "RM", "delete")
            .handledBy(this::delete));
    table.add(
        several("exists", "Counts the keys named that exist.")
            .since("1.0.0")
            .flags(READONLY, FAST)
            .keys(1, -1, 1, "RO")
            .handledBy(this::exists));
    table.add(
        several("touch", "Marks keys as just used, and counts those that exist.")
            .since("3.2.1")
            .flags(READONLY, FAST)
            .keys(1, -1, 1, "RO")
            .handledBy(this::touch));
    table.add(
        Command.named("type")
            .group("generic")
            .since("1.0.0")
            .arity(2)
            .flags(READONLY, FAST)
            .categories("keyspace")
            .keys(1, 1, 1, "RO")
            .summary("Names the type of the value a key holds.")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::type));
  }

  private static Command.Builder several(String name, String summary) {
    return Command.named(name)
        .group("generic")
        .arity(-2)
        .categories("keyspace")
        .tips("request_policy:multi_shard", "response_policy:agg_sum")
        .summary(summary)
        .complexity("O(N) in the number of keys.")
        .arguments(Argument.key("key").multiple());
  }

  private void delete(Call call) {
    Database database = call.database();
    long deleted = 0;
    for (int i = 1; i < call.argc(); i++) {
      if (database.delete(call.address(i), call.length(i), call.keyHash(i))) {
        call.keyChanged(i);
        call.notify(KeyspaceEvents.GENERIC, "del", i);
        deleted++;
      }
    }
    call.changed(deleted);
    call.reply().integer(deleted);
  }

  private void exists(Call call) {
    Database database = call.database();
    long found = 0;
    for (int i = 1; i < call.argc(); i++) {
      if (database.peek(call.address(i), call.length(i), call.keyHash(i)) != 0) {
        found++;
      }
    }
    call.reply().integer(found);
  }

  private void touch(Call call) {
    Database database = call.database();
    long found = 0;
    for (int i = 1; i < call.argc(); i++) {
      if (database.find(call.address(i), call.length(i), call.keyHash(i)) != 0) {
        found++;
      }
    }
    call.reply().integer(found);
  }

  private void type(Call call) {
    Database database = call.database();
    long entry = database.peek(call.address(1), call.length(1), call.keyHash(1));
    call.reply().simple(entry == 0 ? "none" : call.keyspace().inspection().typeName(entry));
  }
}
