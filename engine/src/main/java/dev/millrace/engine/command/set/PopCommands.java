package dev.millrace.engine.command.set;

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
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.MemberVisitor;
import dev.millrace.engine.value.SetType;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands that draw members at random: SPOP, SRANDMEMBER. What SPOP took goes to the replication
 * stream as SREM of just that.
 *
 * <p>Owned by: executor thread.
 */
final class PopCommands implements CommandGroup {
  private static final byte[] SREM = "SREM".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError COUNT_RANGE =
      new CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and"
              + " 9223372036854775807");
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");

  private final SetType sets;
  private final Element drawn = new Element();
  private final MemberVisitor show = this::show;
  private @Nullable ReplyWriter reply;

  PopCommands(SetType sets) {
    this.sets = sets;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        SetCommands.onSet("spop", "Removes and returns members drawn at random.")
            .since("1.0.0")
            .arity(-2)
            .flags(WRITE, FAST)
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RW", "access", "delete")
            .complexity("O(N) in the number of members asked for.")
            .arguments(
                Argument.key("key"), Argument.of("count", "integer").since("3.2.0").optional())
            .handledBy(this::pop));
    table.add(
        SetCommands.onSet("srandmember", "Returns members drawn at random.")
            .since("1.0.0")
            .arity(-2)
            .flags(READONLY)
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RO", "access")
            .complexity("O(N) in the number of members asked for.")
            .arguments(
                Argument.key("key"), Argument.of("count", "integer").since("2.6.0").optional())
            .handledBy(this::random));
  }

  private void pop(Call call) {
    if (call.argc() > 2) {
      popSeveral(call);
      return;
    }
    long entry = SetCommands.findForWrite(call, 1);
    if (entry == 0) {
      call.reply().nullBulk();
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    entry = popOne(call, database, entry, hash);
    boolean emptied = sets.size(entry) == 0;
    if (emptied) {
      database.delete(entry, hash);
    }
    popped(call, 1, emptied);
  }

  private void popSeveral(Call call) {
    if (call.argc() > 3) {
      throw CommandError.SYNTAX;
    }
    long count = positive(call, 2);
    long entry = SetCommands.findForWrite(call, 1);
    if (entry == 0 || count == 0) {
      call.reply().set(0);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long size = sets.size(entry);
    if (count >= size) {
      call.reply().set(size);
      reply = call.reply();
      sets.forEach(entry, show);
      reply = null;
      database.delete(entry, hash);
      call.effect(2).argument(DEL).argument(call.address(1), call.length(1));
      popped(call, size, true);
      return;
    }
    call.reply().set(count);
    for (long i = 0; i < count; i++) {
      entry = popOne(call, database, entry, hash);
    }
    popped(call, count, false);
  }

  private static void popped(Call call, long count, boolean emptied) {
    call.changed(count);
    call.keyChanged(1);
    call.notify(KeyspaceEvents.SET, "spop", 1);
    if (emptied) {
      call.notify(KeyspaceEvents.GENERIC, "del", 1);
    }
  }

  /** Takes a member out and tells client and stream which; returns the entry. */
  private long popOne(Call call, Database database, long entry, long hash) {
    sets.random(entry, drawn);
    Elements.reply(call.reply(), drawn);
    Elements.argument(
        call.effect(3).argument(SREM).argument(call.address(1), call.length(1)), drawn);
    return sets.remove(database, entry, hash, drawn);
  }

  private static long positive(Call call, int argument) {
    long count = call.longArgument(argument, NOT_POSITIVE);
    if (count < 0) {
      throw NOT_POSITIVE;
    }
    return count;
  }

  private void random(Call call) {
    if (call.argc() > 2) {
      randomSeveral(call);
      return;
    }
    long entry = SetCommands.find(call, 1);
    if (entry == 0) {
      call.reply().nullBulk();
    } else {
      sets.random(entry, drawn);
      Elements.reply(call.reply(), drawn);
    }
  }

  private void randomSeveral(Call call) {
    if (call.argc() > 3) {
      throw CommandError.SYNTAX;
    }
    long count = call.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw COUNT_RANGE;
    }
    long entry = SetCommands.find(call, 1);
    if (entry == 0 || count == 0) {
      call.reply().array(0);
      return;
    }
    long shown = count < 0 ? -count : Math.min(count, sets.size(entry));
    call.reply().array(shown);
    if (count < 0) {
      for (long i = 0; i < shown && !call.reply().isOverflowed(); i++) {
        sets.random(entry, drawn);
        Elements.reply(call.reply(), drawn);
      }
      return;
    }
    reply = call.reply();
    sets.sample(entry, shown, show);
    reply = null;
  }

  private void show(Element member) {
    Elements.reply(Objects.requireNonNull(reply), member);
  }
}
