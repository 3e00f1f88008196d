package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.HashType;

/**
 * Commands on fields by name: HSET, HSETNX, HMSET, HGET, HMGET, HDEL, HEXISTS, HSTRLEN.
 *
 * <p>Owned by: executor thread.
 */
final class FieldCommands implements CommandGroup {
  private final HashType hashes;
  private final Element value = new Element();

  FieldCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    Argument key = Argument.key("key");
    Argument field = Argument.of("field", "string");
    table.add(
        HashCommands.onHash("hset", "Sets fields of a hash.")
            .since("2.0.0")
            .arity(-4)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "update")
            .member(2)
            .complexity("O(N) in the number of fields set.")
            .arguments(key, HashCommands.pairs())
            .handledBy(call -> call.reply().integer(set(call))));
    table.add(
        HashCommands.onHash("hmset", "Sets fields of a hash.")
            .since("2.0.0")
            .arity(-4)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "update")
            .member(2)
            .complexity("O(N) in the number of fields set.")
            .arguments(key, HashCommands.pairs())
            .handledBy(call -> {
              set(call);
              call.reply().ok();
            }));
    table.add(
        HashCommands.onHash("hsetnx", "Sets a field of a hash unless it is there already.")
            .since("2.0.0")
            .arity(4)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "insert")
            .member(2)
            .complexity("O(1)")
            .arguments(key, field, Argument.of("value", "string"))
            .handledBy(this::setIfAbsent));
    table.add(
        HashCommands.onHash("hdel", "Removes fields from a hash, and the hash with the last.")
            .since("2.0.0")
            .arity(-3)
            .flags(WRITE, FAST)
            .keys(1, 1, 1, "RW", "delete")
            .member(2)
            .complexity("O(N) in the number of fields named.")
            .arguments(key, field.multiple())
            .handledBy(this::delete));
    declareReading(table, key, field);
  }

  private void declareReading(CommandTable table, Argument key, Argument field) {
    table.add(
        HashCommands.onHash("hget", "Returns the value of a field.")
            .since("2.0.0")
            .arity(3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO", "access")
            .member(2)
            .complexity("O(1)")
            .arguments(key, field)
            .handledBy(call -> replyValue(call, HashCommands.find(call), 2)));
    table.add(
        HashCommands.onHash("hmget", "Returns the values of fields.")
            .since("2.0.0")
            .arity(-3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO", "access")
            .member(2)
            .complexity("O(N) in the number of fields named.")
            .arguments(key, field.multiple())
            .handledBy(this::getSeveral));
    table.add(
        HashCommands.onHash("hexists", "Tells whether a hash has a field.")
            .since("2.0.0")
            .arity(3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .member(2)
            .complexity("O(1)")
            .arguments(key, field)
            .handledBy(this::exists));
    table.add(
        HashCommands.onHash("hstrlen", "Returns the length of a field's value.")
            .since("3.2.0")
            .arity(3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .member(2)
            .complexity("O(1)")
            .arguments(key, field)
            .handledBy(this::valueLength));
  }

  /** Returns how many fields are new. */
  private long set(Call call) {
    if (call.argc() % 2 != 0) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().name() + "' command");
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = findOrCreate(call, hash);
    long longest = 0;
    long together = 0;
    for (int i = 2; i < call.argc(); i++) {
      longest = Math.max(longest, call.length(i));
      together += call.length(i);
    }
    entry = hashes.prepare(database, entry, hash, longest, together);
    long created = 0;
    for (int i = 2; i < call.argc(); i += 2) {
      entry = set(call, entry, hash, i);
      created += hashes.changed() ? 1 : 0;
    }
    call.changed(call.argc() / 2 - 1);
    call.keyChanged(1);
    call.notify(KeyspaceEvents.HASH, "hset", 1);
    return created;
  }

  private long findOrCreate(Call call, long hash) {
    long entry = HashCommands.findForWrite(call);
    return entry != 0
        ? entry
        : hashes.create(call.database(), call.address(1), call.length(1), hash);
  }

  private long set(Call call, long entry, long hash, int field) {
    return hashes.set(
        call.database(),
        entry,
        hash,
        call.address(field),
        call.length(field),
        call.address(field + 1),
        call.length(field + 1));
  }

  private void setIfAbsent(Call call) {
    long hash = call.keyHash(1);
    long entry = HashCommands.findForWrite(call);
    if (entry != 0 && hashes.contains(entry, call.address(2), call.length(2))) {
      call.reply().integer(0);
      return;
    }
    if (entry == 0) {
      entry = hashes.create(call.database(), call.address(1), call.length(1), hash);
    }
    set(call, entry, hash, 2);
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.HASH, "hset", 1);
    call.reply().integer(1);
  }

  private void delete(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = HashCommands.findForWrite(call);
    long deleted = 0;
    boolean emptied = false;
    for (int i = 2; entry != 0 && i < call.argc() && !emptied; i++) {
      entry = hashes.remove(database, entry, hash, call.address(i), call.length(i));
      deleted += hashes.changed() ? 1 : 0;
      // Not only then: a field past its expiry is deleted on the way without being counted.
      emptied = hashes.length(entry) == 0;
    }
    if (emptied) {
      database.delete(entry, hash);
    }
    if (deleted > 0) {
      call.changed(deleted);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.HASH, "hdel", 1);
      if (emptied) {
        call.notify(KeyspaceEvents.GENERIC, "del", 1);
      }
    }
    call.reply().integer(deleted);
  }

  private void getSeveral(Call call) {
    long entry = HashCommands.find(call);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      replyValue(call, entry, i);
    }
  }

  private void replyValue(Call call, long entry, int field) {
    if (isThere(call, entry, field)) {
      Elements.reply(call.reply(), value);
    } else {
      call.reply().nullBulk();
    }
  }

  /** Looks a field up; its value is then in {@link #value}. */
  private boolean isThere(Call call, long entry, int field) {
    return entry != 0 && hashes.get(entry, call.address(field), call.length(field), value);
  }

  private void exists(Call call) {
    call.reply().integer(isThere(call, HashCommands.find(call), 2) ? 1 : 0);
  }

  private void valueLength(Call call) {
    call.reply().integer(isThere(call, HashCommands.find(call), 2) ? value.length() : 0);
  }
}
