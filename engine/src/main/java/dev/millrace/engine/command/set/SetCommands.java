package dev.millrace.engine.command.set;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.value.SetType;
import java.util.List;

/**
 * All commands on sets.
 *
 * <p>Owned by: executor thread.
 */
public final class SetCommands implements CommandGroup {
  private final SetType sets;

  public SetCommands(SetType sets) {
    this.sets = sets;
  }

  @Override
  public void declare(CommandTable table) {
    table.addAll(
        new MemberCommands(sets),
        new WholeSetCommands(sets),
        new PopCommands(sets),
        new IntersectionCommands(sets),
        new UnionCommands(sets));
  }

  static Command.Builder onSet(String name, String summary) {
    return Command.named(name).group("set").categories("set").summary(summary);
  }

  /** A key that the command's second key spec finds. */
  static Argument second(String name) {
    return new Argument(name, "key", "", 1, "", List.of(), List.of());
  }

  /**
   * The set a command reads, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  static long find(Call call, int key) {
    return require(call.database().find(call.address(key), call.length(key), call.keyHash(key)));
  }

  /**
   * The set a command changes, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  static long findForWrite(Call call, int key) {
    return require(
        call.database().findForWrite(call.address(key), call.length(key), call.keyHash(key)));
  }

  /**
   * Refuses an entry of another type; no entry (0) passes.
   *
   * @throws CommandError WRONGTYPE
   */
  static long require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.SET) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }
}
