package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE and SHUTDOWN. SAVE holds up its caller alone: the dataset is
 * written as for BGSAVE, and the reply comes when that is done.
 *
 * <p>Owned by: executor thread.
 */
public final class PersistenceCommands implements CommandGroup {
  private static final CommandError SAVING =
      new CommandError("ERR Background save already in progress");
  private static final CommandError BUSY =
      new CommandError(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE"
              + " in order to schedule a BGSAVE whenever possible.");
  private static final CommandError REWRITING =
      new CommandError("ERR Background append only file rewriting already in progress");
  private static final CommandError NO_LOG =
      new CommandError("ERR There is no log to rewrite: appendonly is no");
  private static final CommandError NOT_SHUTTING_DOWN =
      new CommandError("ERR No shutdown in progress.");
  private static final CommandError SHUTDOWN_FAILED =
      new CommandError("ERR Errors trying to SHUTDOWN. Check logs.");

  private static final CommandError NOT_HERE =
      new CommandError("ERR Command not allowed inside a transaction");

  private final Persistence persistence;
  private final Lifecycle lifecycle;
  private final Clients clients;

  /** The commands. */
  public PersistenceCommands(Persistence persistence, Lifecycle lifecycle, Clients clients) {
    this.persistence = persistence;
    this.lifecycle = lifecycle;
    this.clients = clients;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        ServerDeclarations.lastsave()
            .handledBy(call -> call.reply().integer(persistence.lastSaveMillis() / 1000)));
    table.add(ServerDeclarations.save().handledBy(this::save));
    table.add(ServerDeclarations.bgsave().handledBy(this::backgroundSave));
    table.add(ServerDeclarations.bgrewriteaof().handledBy(this::rewriteLog));
    table.add(ServerDeclarations.shutdown().handledBy(this::shutdown));
  }

  private void save(Call call) {
    if (call.client().mayNotBlock()) {
      throw NOT_HERE;
    }
    SaveReply reply = new SaveReply();
    Persistence.Answer answer = persistence.save(true, reply::ended);
    if (answer == Persistence.Answer.ALREADY) {
      throw SAVING;
    }
    if (answer != Persistence.Answer.STARTED && answer != Persistence.Answer.SCHEDULED) {
      throw BUSY;
    }
    reply.begin(clients, call);
  }

  /** Answers SAVE when the snapshot has ended, which may be before or after the command has. */
  private static final class SaveReply {
    private @Nullable Waiting waiting;
    private @Nullable Boolean saved;

    void begin(Clients clients, Call call) {
      if (saved != null) {
        write(call.client(), saved);
      } else {
        waiting = Waiting.begin(clients, call);
      }
    }

    void ended(boolean ok) {
      saved = ok;
      if (waiting != null) {
        waiting.end(client -> write(client, ok));
      }
    }

    private static void write(Client client, boolean ok) {
      if (ok) {
        client.reply().ok();
      } else {
        client.reply().error("ERR The dataset could not be saved. Check logs.");
      }
    }
  }

  private void backgroundSave(Call call) {
    boolean schedule = false;
    if (call.argc() > 1) {
      schedule = call.argc() == 2 && call.text(1).equalsIgnoreCase("schedule");
      if (!schedule) {
        throw CommandError.SYNTAX;
      }
    }
    switch (persistence.save(schedule, saved -> {})) {
      case STARTED -> call.reply().simple("Background saving started");
      case SCHEDULED -> call.reply().simple("Background saving scheduled");
      case ALREADY -> throw SAVING;
      case BUSY, IMPOSSIBLE -> throw BUSY;
    }
  }

  private void rewriteLog(Call call) {
    switch (persistence.takeBase()) {
      case STARTED -> call.reply().simple("Background append only file rewriting started");
      case SCHEDULED, BUSY ->
          call.reply().simple("Background append only file rewriting scheduled");
      case ALREADY -> throw REWRITING;
      case IMPOSSIBLE -> throw NO_LOG;
    }
  }

  private void shutdown(Call call) {
    Boolean save = null;
    boolean now = false;
    boolean force = false;
    boolean abort = false;
    for (int i = 1; i < call.argc(); i++) {
      switch (call.text(i).toLowerCase(Locale.ROOT)) {
        case "nosave" -> save = onlyOnce(save, false);
        case "save" -> save = onlyOnce(save, true);
        case "now" -> now = true;
        case "force" -> force = true;
        case "abort" -> abort = true;
        default -> throw CommandError.SYNTAX;
      }
    }
    if (abort) {
      if (call.argc() > 2) {
        throw CommandError.SYNTAX;
      }
      if (!lifecycle.abortShutdown()) {
        throw NOT_SHUTTING_DOWN;
      }
      call.reply().ok();
      return;
    }
    if (call.client().mayNotBlock()) {
      throw SHUTDOWN_FAILED;
    }
    Waiting waiting = Waiting.begin(clients, call);
    lifecycle.shutdown(
        new Lifecycle.Shutdown(save, now, force),
        why -> waiting.end(client -> client.reply().error(SHUTDOWN_FAILED.reply())));
  }

  private static Boolean onlyOnce(@Nullable Boolean before, boolean save) {
    if (before != null && before != save) {
      throw CommandError.SYNTAX;
    }
    return save;
  }
}
