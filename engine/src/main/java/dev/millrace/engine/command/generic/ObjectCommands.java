package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * OBJECT: how a value is kept.
 *
 * <p>Owned by: executor thread.
 */
final class ObjectCommands implements CommandGroup {
  /** Redis shares one object among all small numbers and tells this count of references to it. */
  private static final long SHARED_REFERENCES = Integer.MAX_VALUE;

  private static final long SHARED_NUMBERS = 10_000;

  private static final String SWITCHING =
      " Please note that when switching between policies at runtime LRU and LFU data will take some"
          + " time to adjust.";
  private static final CommandError IDLETIME_UNDER_LFU =
      new CommandError(
          "ERR An LFU maxmemory policy is selected, idle time not tracked." + SWITCHING);
  private static final CommandError FREQ_WITHOUT_LFU =
      new CommandError(
          "ERR An LFU maxmemory policy is not selected, access frequency not tracked." + SWITCHING);

  private static final List<String> HELP =
      List.of(
          "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "ENCODING <key>",
          "    Return the kind of internal representation used in order to store the value",
          "    associated with a <key>.",
          "FREQ <key>",
          "    Return the access frequency index of the <key>. The returned integer is",
          "    proportional to the logarithm of the recent access frequency of the key.",
          "IDLETIME <key>",
          "    Return the idle time of the <key>, that is the approximated number of",
          "    seconds elapsed since the last access to the key.",
          "REFCOUNT <key>",
          "    Return the number of references of the value associated with the specified",
          "    <key>.",
          "HELP",
          "    Prints this help.");

  private final BooleanSupplier limitsMemory;

  ObjectCommands(BooleanSupplier limitsMemory) {
    this.limitsMemory = limitsMemory;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("object")
            .group("generic")
            .since("2.2.3")
            .arity(-2)
            .summary("Tells how values are kept.")
            .complexity("It depends on the subcommand.")
            .subcommand(
                about("encoding", "2.2.3", "Names the form a value is kept in.", this::encoding))
            .subcommand(
                about("idletime", "2.2.3", "Tells how long ago a key was used.", this::idleTime))
            .subcommand(
                Command.named("help")
                    .since("6.2.0")
                    .arity(2)
                    .flags(LOADING, STALE)
                    .categories("keyspace")
                    .summary("Lists the subcommands.")
                    .complexity("O(1)")
                    .handledBy(this::help))
            .subcommand(about("freq", "4.0.0", "Tells how often a key is used.", this::frequency))
            .subcommand(
                about("refcount", "2.2.3", "Counts the references to a value.", this::references)));
  }

  private static Command.Builder about(
      String name, String since, String summary, CommandHandler handler) {
    return Command.named(name)
        .since(since)
        .arity(3)
        .flags(READONLY)
        .categories("keyspace")
        .keys(2, 2, 1, "RO")
        .tips("nondeterministic_output")
        .summary(summary)
        .complexity("O(1)")
        .arguments(Argument.key("key"))
        .handledBy(handler);
  }

  private void help(Call call) {
    ReplyWriter reply = call.reply();
    reply.array(HELP.size());
    for (String line : HELP) {
      reply.simple(line);
    }
  }

  /** The entry asked about; with none, null has been replied. */
  private static long find(Call call) {
    long entry = call.database().inspect(call.address(2), call.length(2), call.keyHash(2));
    if (entry == 0) {
      call.reply().nullBulk();
    }
    return entry;
  }

  private void encoding(Call call) {
    long entry = find(call);
    if (entry != 0) {
      call.reply().bulk(call.keyspace().inspection().encodingName(entry));
    }
  }

  private void idleTime(Call call) {
    long entry = find(call);
    if (entry == 0) {
      return;
    }
    if (call.keyspace().evictionPolicy().isLfu()) {
      throw IDLETIME_UNDER_LFU;
    }
    call.reply().integer(call.keyspace().inspection().idleSeconds(entry));
  }

  private void frequency(Call call) {
    long entry = find(call);
    if (entry == 0) {
      return;
    }
    if (!call.keyspace().evictionPolicy().isLfu()) {
      throw FREQ_WITHOUT_LFU;
    }
    call.reply().integer(call.keyspace().inspection().frequency(entry));
  }

  private void references(Call call) {
    long entry = find(call);
    if (entry == 0) {
      return;
    }
    boolean small =
        Entry.isInt(entry)
            && Entry.longValue(entry) >= 0
            && Entry.longValue(entry) < SHARED_NUMBERS;
    call.reply().integer(small && sharesNumbers(call.keyspace()) ? SHARED_REFERENCES : 1);
  }

  /** Redis stops sharing when memory is limited and each value's own age decides what must go. */
  private boolean sharesNumbers(Keyspace keyspace) {
    if (!limitsMemory.getAsBoolean()) {
      return true;
    }
    return switch (keyspace.evictionPolicy()) {
      case ALLKEYS_LRU, ALLKEYS_LFU, VOLATILE_LRU, VOLATILE_LFU -> false;
      case NOEVICTION, ALLKEYS_RANDOM, VOLATILE_RANDOM, VOLATILE_TTL -> true;
    };
  }
}
