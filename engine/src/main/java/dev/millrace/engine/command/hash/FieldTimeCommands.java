package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.value.HashType;

/**
 * Commands of Redis 7.4 that tell when fields expire: HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME.
 *
 * <p>Owned by: executor thread.
 */
final class FieldTimeCommands implements CommandGroup {
  private final HashType hashes;

  FieldTimeCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        telling("httl", "Returns how many seconds fields have to live.")
            .tips("nondeterministic_output")
            .handledBy(call -> reply(call, 1000, true)));
    table.add(
        telling("hpttl", "Returns how many milliseconds fields have to live.")
            .tips("nondeterministic_output")
            .handledBy(call -> reply(call, 1, true)));
    table.add(
        telling("hexpiretime", "Returns the moment fields expire at, in seconds.")
            .handledBy(call -> reply(call, 1000, false)));
    table.add(
        telling("hpexpiretime", "Returns the moment fields expire at, in milliseconds.")
            .handledBy(call -> reply(call, 1, false)));
  }

  private static Command.Builder telling(String name, String summary) {
    return HashCommands.onHash(name, summary)
        .since("7.4.0")
        .arity(-5)
        .flags(READONLY, FAST)
        .keys(1, 1, 1, "RO", "access")
        .complexity("O(N) in the number of fields named.")
        .arguments(Argument.key("key"), NamedFields.argument());
  }

  private void reply(Call call, int unit, boolean relative) {
    long entry = HashCommands.find(call);
    int first = NamedFields.first(call, 2, NamedFields.COUNT_NOT_POSITIVE);
    if (entry == 0) {
      NamedFields.replyEach(call, first, HashType.NO_FIELD);
      return;
    }
    call.reply().array(call.argc() - first);
    for (int i = first; i < call.argc(); i++) {
      long at = hashes.expireAt(entry, call.address(i), call.length(i));
      if (at < 0) {
        call.reply().integer(at);
      } else {
        long millis = relative ? Math.max(0, at - call.nowMillis()) : at;
        call.reply().integer((millis + unit - 1) / unit);
      }
    }
  }
}
