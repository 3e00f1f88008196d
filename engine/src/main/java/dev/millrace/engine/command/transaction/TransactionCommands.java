package dev.millrace.engine.command.transaction;

import static dev.millrace.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.SKIP_SLOWLOG;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;

/**
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH. The queueing in between, and the running of the queue, are
 * the dispatcher's.
 *
 * <p>Owned by: executor thread.
 */
public final class TransactionCommands implements CommandGroup {
  private static final CommandError NESTED = new CommandError("ERR MULTI calls can not be nested");
  private static final CommandError EXEC_WITHOUT_MULTI = new CommandError("ERR EXEC without MULTI");
  private static final CommandError DISCARD_WITHOUT_MULTI =
      new CommandError("ERR DISCARD without MULTI");
  private static final CommandError WATCH_INSIDE_MULTI =
      new CommandError("ERR WATCH inside MULTI is not allowed");

  private final TransactionRunner runner;

  /** The commands, whose EXEC is the runner's. */
  public TransactionCommands(TransactionRunner runner) {
    this.runner = runner;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        plain("multi", "1.2.0", "Begins a transaction: what follows is queued.")
            .arity(1)
            .complexity("O(1)")
            .handledBy(this::multi));
    table.add(
        Command.named("exec")
            .group("transactions")
            .since("1.2.0")
            .arity(1)
            .flags(NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
            .categories("transaction")
            .summary("Runs what a transaction queued.")
            .complexity("It depends on the commands queued.")
            .handledBy(this::exec));
    table.add(
        plain("discard", "2.0.0", "Ends a transaction and forgets what it queued.")
            .arity(1)
            .complexity("O(N) in the number of commands queued.")
            .handledBy(this::discard));
    table.add(
        plain("watch", "2.2.0", "Makes the next EXEC depend on keys that nobody else changes.")
            .arity(-2)
            .keys(1, -1, 1, "RO")
            .complexity("O(1) for every key.")
            .arguments(Argument.key("key").multiple())
            .handledBy(this::watch));
    table.add(
        plain("unwatch", "2.2.0", "Forgets all keys watched.")
            .arity(1)
            .complexity("O(1)")
            .handledBy(this::unwatch));
  }

  private static Command.Builder plain(String name, String since, String summary) {
    return Command.named(name)
        .group("transactions")
        .since(since)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .categories("transaction")
        .summary(summary);
  }

  private void multi(Call call) {
    if (call.client().transaction().isOpen()) {
      throw NESTED;
    }
    call.client().transaction().open();
    call.reply().ok();
  }

  private void exec(Call call) {
    if (!call.client().transaction().isOpen()) {
      throw EXEC_WITHOUT_MULTI;
    }
    runner.exec(call);
  }

  private void discard(Call call) {
    Client client = call.client();
    if (!client.transaction().isOpen()) {
      throw DISCARD_WITHOUT_MULTI;
    }
    client.transaction().close();
    call.watches().unwatch(client.watcher());
    call.reply().ok();
  }

  private void watch(Call call) {
    Client client = call.client();
    if (client.transaction().isOpen()) {
      throw WATCH_INSIDE_MULTI;
    }
    for (int i = 1; i < call.argc(); i++) {
      call.watches()
          .watch(
              client.watcher(), call.database(), call.address(i), call.length(i), call.keyHash(i));
    }
    call.reply().ok();
  }

  private void unwatch(Call call) {
    call.watches().unwatch(call.client().watcher());
    call.reply().ok();
  }
}
