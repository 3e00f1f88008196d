package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.snapshot.StoredTypes;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEBUG, for tests and for looking inside; {@code enable-debug-command} guards it. SLEEP, DIGEST
 * and POPULATE hold up the whole server on purpose, as in Redis: nothing else here breaks law L6.
 *
 * <p>Owned by: executor thread.
 */
public final class DebugCommands implements CommandGroup {
  private static final Logger LOG = LoggerFactory.getLogger(DebugCommands.class);
  private static final CommandError NOT_ALLOWED =
      new CommandError(
          "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\","
              + " you can run it from a local connection, otherwise you need to set this option in"
              + " the configuration file, and then restart the server.");
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");
  private static final CommandError BAD_RELOAD =
      new CommandError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
  private static final CommandError BAD_THRESHOLD =
      new CommandError("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  private static final CommandError NOT_HERE =
      new CommandError("ERR DEBUG RELOAD and LOADAOF are not possible inside a transaction");
  private static final int PAYLOAD_FRAME_BYTES = 11;
  private static final long LRU_CLOCK_MAX = (1 << 24) - 1;

  private final Config config;
  private final Clients clients;
  private final DebugActions actions;
  private final DumpPayload payload;
  private final DebugProtocol protocol = new DebugProtocol();
  private final DebugReplicate replicate = new DebugReplicate();
  private final DatasetDigest digest;
  private final CommandHandler rewriteAll;
  private final CommandHandler help =
      HelpText.of(
          "DEBUG",
          "CONFIG-REWRITE-FORCE-ALL",
          "    Rewrites the configuration file with a line for every directive.",
          "CHANGE-REPL-ID",
          "    Takes a new replication ID.",
          "DIGEST",
          "    A digest of the whole dataset.",
          "DIGEST-VALUE <key> [<key> ...]",
          "    Digests of the values of keys.",
          "ERROR <text>",
          "    Answers that error.",
          "HTSTATS <db>",
          "    The tables of a database.",
          "HTSTATS-KEY <key>",
          "    The tables of a key's value.",
          "LISTPACK <key>",
          "    Writes the size of a key's listpack to the server's log.",
          "LOADAOF",
          "    Loads the dataset from the log again.",
          "LOG <message>",
          "    Writes to the server's log.",
          "OBJECT <key>",
          "    How a key's value is kept.",
          "PAUSE-CRON <0|1>",
          "    Stops what the server does by the clock, or lets it go on.",
          "POPULATE <count> [<prefix>] [<size>]",
          "    Creates string keys; they are not replicated.",
          "PROTOCOL <type>",
          "    Answers a value of that type.",
          "QUICKLIST-PACKED-THRESHOLD <size>",
          "    Accepted; there is no such threshold.",
          "REPLICATE <command> [<argument> ...]",
          "    Replicas and the log get that command, which is not run here.",
          "REPLYBUFFER (PEAK-RESET-TIME <time>|RESIZING <0|1>)",
          "    Accepted; reply buffers are shared by all clients and never resized.",
          "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
          "    Saves the dataset and loads it again.",
          "SET-ACTIVE-EXPIRE <0|1>",
          "    Whether keys nobody asks for expire.",
          "SET-DISABLE-DENY-SCRIPTS <0|1>",
          "    Whether scripts may run CLIENT, DEBUG and their like.",
          "SLEEP <seconds>",
          "    Stops the server for a time.");

  /**
   * The command.
   *
   * @param payload tells the size of a value in a dump
   * @param rewriteAll CONFIG REWRITE of every directive
   */
  public DebugCommands(
      Config config,
      Clients clients,
      DebugActions actions,
      DumpPayload payload,
      CommandHandler rewriteAll) {
    this.rewriteAll = rewriteAll;
    this.config = config;
    this.clients = clients;
    this.actions = actions;
    this.payload = payload;
    this.digest = new DatasetDigest(payload);
  }

  @Override
  public void declare(CommandTable table) {
    replicate.commands(table);
    table.add(ServerDeclarations.debug().handledBy(this::debug));
  }

  private void debug(Call call) {
    if (!Permissions.allows(config.server.enableDebugCommand, call.client())) {
      throw NOT_ALLOWED;
    }
    String word = call.text(1).toLowerCase(Locale.ROOT);
    int argc = call.argc();
    if (word.equals("digest-value") && argc >= 2) {
      digestValues(call);
    } else if (word.equals("reload")) {
      reload(call);
    } else if (word.equals("populate") && argc >= 3 && argc <= 5) {
      populate(call);
    } else if (word.equals("replicate") && argc >= 3) {
      replicate.run(call);
    } else if (word.equals("replybuffer") && argc == 4) {
      replyBuffer(call);
    } else if (argc == 2) {
      plain(call, word);
    } else if (argc == 3) {
      withArgument(call, word);
    } else {
      throw unknown(call);
    }
  }

  private static CommandError unknown(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + call.text(1)
            + "'. Try DEBUG HELP.");
  }

  /** Checked as in Redis; reply buffers are shared by all clients and never resized. */
  private static void replyBuffer(Call call) {
    String time = call.text(3).toLowerCase(Locale.ROOT);
    switch (call.text(2).toLowerCase(Locale.ROOT)) {
      case "peak-reset-time" -> {
        if (!time.equals("never") && !time.equals("reset")) {
          call.longArgument(3);
        }
      }
      case "resizing" -> {}
      default -> throw unknown(call);
    }
    call.reply().ok();
  }

  private void plain(Call call, String word) {
    switch (word) {
      case "help" -> help.run(call);
      case "digest" -> call.reply().simple(digest.of(call.keyspace()));
      case "change-repl-id" -> {
        actions.changeReplicationId();
        call.reply().ok();
      }
      case "config-rewrite-force-all" -> rewriteAll.run(call);
      case "loadaof" -> {
        Waiting waiting = waiting(call);
        actions.loadLog(answerTo(waiting));
      }
      default -> throw unknown(call);
    }
  }

  private void withArgument(Call call, String word) {
    switch (word) {
      case "sleep" -> sleep(call);
      case "object" -> object(call);
      case "protocol" -> protocol.reply(call.reply(), call.text(2).toLowerCase(Locale.ROOT));
      case "error" -> call.reply().error(call.text(2));
      case "log" -> {
        LOG.warn("DEBUG LOG: {}", call.text(2));
        call.reply().ok();
      }
      case "set-active-expire" -> {
        actions.activeExpiry(!call.text(2).equals("0"));
        call.reply().ok();
      }
      case "pause-cron" -> {
        actions.clockwork(call.text(2).equals("0"));
        call.reply().ok();
      }
      case "htstats" -> DebugInsides.database(call);
      case "htstats-key" -> DebugInsides.value(call);
      case "listpack" -> DebugInsides.listpack(call);
      case "dict-resizing" -> call.reply().ok();
      case "set-disable-deny-scripts" -> {
        actions.unrestrictedScripts(!call.text(2).equals("0"));
        call.reply().ok();
      }
      case "quicklist-packed-threshold" -> {
        if (!call.text(2).toLowerCase(Locale.ROOT).matches("[0-9]{1,10}(b|kb?|mb?|gb?)?")) {
          throw BAD_THRESHOLD;
        }
        call.reply().ok();
      }
      default -> throw unknown(call);
    }
  }

  private static void sleep(Call call) {
    double seconds;
    try {
      seconds = Double.parseDouble(call.text(2));
    } catch (NumberFormatException none) {
      seconds = 0;
    }
    long end = System.nanoTime() + (long) (Math.max(0, seconds) * 1e9);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    call.reply().ok();
  }

  private void object(Call call) {
    long hash = Memory.hash(call.address(2), call.length(2));
    long entry = call.database().present(call.address(2), call.length(2), hash);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    boolean compress = config.persistence.rdbcompression.value();
    boolean encoded = payload.encode(entry, new StoredTypes(call.keyspace()), compress);
    long idle = call.keyspace().inspection().idleSeconds(entry);
    call.reply()
        .simple(
            "Value at:0x"
                + Long.toHexString(entry)
                + " refcount:1 encoding:"
                + call.keyspace().inspection().encodingName(entry)
                + " serializedlength:"
                + (encoded ? payload.length() - PAYLOAD_FRAME_BYTES : Integer.MAX_VALUE)
                + " lru:"
                + ((call.nowMillis() / 1000 - idle) & LRU_CLOCK_MAX)
                + " lru_seconds_idle:"
                + idle);
  }

  private void digestValues(Call call) {
    call.reply().array(call.argc() - 2L);
    for (int i = 2; i < call.argc(); i++) {
      long hash = Memory.hash(call.address(i), call.length(i));
      long entry = call.database().inspect(call.address(i), call.length(i), hash);
      call.reply().simple(digest.ofValue(entry, call.keyspace()));
    }
  }

  private void reload(Call call) {
    boolean save = true;
    boolean flush = true;
    boolean merge = false;
    for (int i = 2; i < call.argc(); i++) {
      switch (call.text(i).toLowerCase(Locale.ROOT)) {
        case "nosave" -> save = false;
        case "noflush" -> flush = false;
        // Keys that are there already are replaced in any case.
        case "merge" -> merge = true;
        default -> throw BAD_RELOAD;
      }
    }
    Waiting waiting = waiting(call);
    actions.reload(save, flush, merge, answerTo(waiting));
  }

  private Waiting waiting(Call call) {
    if (call.client().mayNotBlock()) {
      throw NOT_HERE;
    }
    return Waiting.begin(clients, call);
  }

  private static Consumer<@Nullable String> answerTo(Waiting waiting) {
    return failure ->
        waiting.end(client -> {
          if (failure == null) {
            client.reply().ok();
          } else {
            client.reply().error("ERR " + failure);
          }
        });
  }

  private static void populate(Call call) {
    long count = call.longArgument(2, NOT_POSITIVE);
    long size = call.argc() == 5 ? call.longArgument(4, NOT_POSITIVE) : 0;
    if (count < 0 || size < 0 || size > Integer.MAX_VALUE) {
      throw NOT_POSITIVE;
    }
    String prefix = call.argc() >= 4 ? call.text(3) : "key";
    Database database = call.database();
    try (Region scratch = new Region(Math.max(64, size) + prefix.length() + 64)) {
      for (long i = 0; i < count; i++) {
        byte[] key = (prefix + ":" + i).getBytes(StandardCharsets.ISO_8859_1);
        byte[] value = ("value:" + i).getBytes(StandardCharsets.US_ASCII);
        long length = size == 0 ? value.length : size;
        long valueAt = scratch.address() + key.length;
        Memory.put(scratch.address(), key, 0, key.length);
        long hash = Memory.hash(scratch.address(), key.length);
        if (database.peek(scratch.address(), key.length, hash) != 0) {
          continue;
        }
        Memory.fill(valueAt, length, (byte) 0);
        Memory.put(valueAt, value, 0, (int) Math.min(length, value.length));
        database.setString(
            scratch.address(), key.length, hash, valueAt, length, Database.NO_EXPIRY);
      }
    }
    call.reply().ok();
  }
}
