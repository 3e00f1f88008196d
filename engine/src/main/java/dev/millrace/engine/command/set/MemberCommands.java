package dev.millrace.engine.command.set;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.SetType;

/**
 * Commands on members by name: SADD, SREM, SMOVE, SISMEMBER, SMISMEMBER.
 *
 * <p>Owned by: executor thread.
 */
final class MemberCommands implements CommandGroup {
  private final SetType sets;

  MemberCommands(SetType sets) {
    this.sets = sets;
  }

  @Override
  public void declare(CommandTable table) {
    Argument key = Argument.key("key");
    Argument member = Argument.of("member", "string");
    table.add(
        SetCommands.onSet("sadd", "Adds members to a set.")
            .since("1.0.0")
            .arity(-3)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "insert")
            .member(2)
            .complexity("O(N) in the number of members named.")
            .arguments(key, member.multiple())
            .handledBy(this::add));
    table.add(
        SetCommands.onSet("srem", "Removes members from a set, and the set with the last.")
            .since("1.0.0")
            .arity(-3)
            .flags(WRITE, FAST)
            .keys(1, 1, 1, "RW", "delete")
            .member(2)
            .complexity("O(N) in the number of members named.")
            .arguments(key, member.multiple())
            .handledBy(this::remove));
    table.add(
        SetCommands.onSet("smove", "Moves a member from one set to another.")
            .since("1.0.0")
            .arity(4)
            .flags(WRITE, FAST)
            .keys(1, 1, 1, "RW", "access", "delete")
            .keys(2, 2, 1, "RW", "insert")
            .complexity("O(1)")
            .arguments(Argument.key("source"), SetCommands.second("destination"), member)
            .handledBy(this::move));
    table.add(
        SetCommands.onSet("sismember", "Tells whether a set has a member.")
            .since("1.0.0")
            .arity(3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .member(2)
            .complexity("O(1)")
            .arguments(key, member)
            .handledBy(
                call -> call.reply().integer(has(call, SetCommands.find(call, 1), 2) ? 1 : 0)));
    table.add(
        SetCommands.onSet("smismember", "Tells of several members whether a set has them.")
            .since("6.2.0")
            .arity(-3)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO", "access")
            .member(2)
            .complexity("O(N) in the number of members named.")
            .arguments(key, member.multiple())
            .handledBy(this::hasEach));
  }

  private void add(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = SetCommands.findForWrite(call, 1);
    if (entry == 0) {
      entry = create(call, 1, hash, 2);
    }
    long added = 0;
    for (int i = 2; i < call.argc(); i++) {
      entry = sets.add(database, entry, hash, call.address(i), call.length(i));
      added += sets.changed() ? 1 : 0;
    }
    if (added > 0) {
      call.changed(added);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.SET, "sadd", 1);
    }
    call.reply().integer(added);
  }

  private long create(Call call, int key, long hash, int member) {
    return sets.create(
        call.database(),
        call.address(key),
        call.length(key),
        hash,
        call.address(member),
        call.length(member));
  }

  private void remove(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = SetCommands.findForWrite(call, 1);
    long removed = 0;
    boolean emptied = false;
    for (int i = 2; entry != 0 && i < call.argc() && !emptied; i++) {
      entry = sets.remove(database, entry, hash, call.address(i), call.length(i));
      if (sets.changed()) {
        removed++;
        emptied = sets.size(entry) == 0;
      }
    }
    if (emptied) {
      database.delete(entry, hash);
    }
    if (removed > 0) {
      call.changed(removed);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.SET, "srem", 1);
      if (emptied) {
        call.notify(KeyspaceEvents.GENERIC, "del", 1);
      }
    }
    call.reply().integer(removed);
  }

  private void move(Call call) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long targetHash = call.keyHash(2);
    long source = database.findForWrite(call.address(1), call.length(1), hash);
    long target = database.findForWrite(call.address(2), call.length(2), targetHash);
    if (source == 0) {
      call.reply().integer(0);
      return;
    }
    SetCommands.require(source);
    SetCommands.require(target);
    if (source == target) {
      call.reply().integer(has(call, source, 3) ? 1 : 0);
      return;
    }
    source = sets.remove(database, source, hash, call.address(3), call.length(3));
    if (!sets.changed()) {
      call.reply().integer(0);
      return;
    }
    boolean emptied = sets.size(source) == 0;
    if (emptied) {
      database.delete(source, hash);
    }
    call.notify(KeyspaceEvents.SET, "srem", 1);
    if (emptied) {
      call.notify(KeyspaceEvents.GENERIC, "del", 1);
    }
    call.changed();
    call.keyChanged(1);
    target = target != 0 ? target : create(call, 2, targetHash, 3);
    sets.add(database, target, targetHash, call.address(3), call.length(3));
    if (sets.changed()) {
      call.changed();
      call.keyChanged(2);
      call.notify(KeyspaceEvents.SET, "sadd", 2);
    }
    call.reply().integer(1);
  }

  private boolean has(Call call, long entry, int member) {
    return entry != 0 && sets.contains(entry, call.address(member), call.length(member));
  }

  private void hasEach(Call call) {
    long entry = SetCommands.find(call, 1);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      call.reply().integer(has(call, entry, i) ? 1 : 0);
    }
  }
}
