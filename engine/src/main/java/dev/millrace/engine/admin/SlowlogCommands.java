package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.Iterator;

/**
 * SLOWLOG.
 *
 * <p>Owned by: executor thread.
 */
public final class SlowlogCommands implements CommandGroup {
  private static final int ENTRIES_UNLESS_SAID = 10;
  private static final CommandError BAD_COUNT =
      new CommandError("ERR count should be greater than or equal to -1");

  private final Slowlog log;

  /** The commands over this log. */
  public SlowlogCommands(Slowlog log) {
    this.log = log;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        MonitorDeclarations.slowlog()
            .subcommand(
                MonitorDeclarations.slowlogReset()
                    .handledBy(call -> {
                      log.clear();
                      call.reply().ok();
                    }))
            .subcommand(
                MonitorDeclarations.slowlogLen()
                    .handledBy(call -> call.reply().integer(log.size())))
            .subcommand(
                MonitorDeclarations.slowlogHelp()
                    .handledBy(
                        HelpText.of(
                            "SLOWLOG",
                            "GET [<count>]",
                            "    The newest entries: 10, or so many, or with -1 all. Each is its",
                            "    number, unix time, microseconds, arguments, client's address and",
                            "    client's name.",
                            "LEN",
                            "    The number of entries.",
                            "RESET",
                            "    Forgets all entries.")))
            .subcommand(MonitorDeclarations.slowlogGet().handledBy(this::get)));
  }

  private void get(Call call) {
    if (call.argc() > 3) {
      throw new CommandError(
          "ERR unknown subcommand or wrong number of arguments for '"
              + call.text(1)
              + "'. Try SLOWLOG HELP.");
    }
    long wanted = call.argc() == 2 ? ENTRIES_UNLESS_SAID : call.longArgument(2, BAD_COUNT);
    if (wanted < -1) {
      throw BAD_COUNT;
    }
    long count = wanted == -1 ? log.size() : Math.min(wanted, log.size());
    ReplyWriter reply = call.reply();
    reply.array(count);
    Iterator<Slowlog.Entry> entries = log.newestFirst();
    for (long i = 0; i < count; i++) {
      Slowlog.Entry entry = entries.next();
      reply.array(6);
      reply.integer(entry.id());
      reply.integer(entry.unixSeconds());
      reply.integer(entry.micros());
      reply.array(entry.arguments().size());
      for (byte[] argument : entry.arguments()) {
        reply.bulk(argument);
      }
      reply.bulk(entry.address());
      reply.bulk(entry.name());
    }
  }
}
