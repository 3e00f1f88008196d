package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.script.Interrupt;
import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaState;
import dev.millrace.engine.script.LuaValues;
import dev.millrace.engine.script.RandomNumbers;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one script at a time, of whichever kind: prepares what its commands go through, limits its
 * time, and answers its caller.
 *
 * <p>Owned by: executor thread.
 */
public final class ScriptEngine implements Interrupt, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScriptEngine.class);

  /** What a script's states may take together with their garbage, each. */
  static final long MEMORY_BYTES_MAX = 512L << 20;

  /**
   * Stack that the thread needs which runs scripts: nested values are walked by recursion, as deep
   * as Lua's own stack lets them be, and a Java stack that overflows below C ends the process.
   */
  public static final long STACK_BYTES = 64L << 20;

  private static final int SCRIPTS_PER_COLLECTION = 50;

  private final ScriptCalls calls;
  private final RandomNumbers random = new RandomNumbers();
  private final Supplier<ScriptRunner> runner;
  private final LongSupplier busyMillis;
  private OtherClients others = OtherClients.NONE;
  private volatile boolean ending;
  private int untilCollection = SCRIPTS_PER_COLLECTION;

  /**
   * An engine.
   *
   * @param runner runs commands; asked for when the first script runs
   * @param busyMillis how long a script may run before others are told; 0 for ever
   */
  public ScriptEngine(
      CommandTable commands,
      ReplyPool replies,
      Supplier<ScriptRunner> runner,
      LongSupplier busyMillis) {
    this.calls = new ScriptCalls(commands.typed(), replies);
    this.runner = runner;
    this.busyMillis = busyMillis;
  }

  /** Sets who serves the other clients in the midst of a slow script. Before the first runs. */
  public void others(OtherClients value) {
    others = value;
  }

  /** Lets scripts run CLIENT, DEBUG and their like; tests ask for it by DEBUG. */
  public void unrestricted(boolean value) {
    calls.unrestricted(value);
  }

  /** The server ends: a slow script is stopped, and what it did is not propagated. Any thread. */
  public void end() {
    ending = true;
  }

  /** What {@code math.random} draws from, for scripts and functions alike. */
  RandomNumbers random() {
    return random;
  }

  ScriptCalls calls() {
    return calls;
  }

  /** The script under way, or null. */
  @Nullable ScriptRun running() {
    return calls.run();
  }

  @Override
  public boolean look() {
    ScriptRun run = calls.run();
    if (run == null) {
      return false;
    }
    long limit = busyMillis.getAsLong();
    if (limit > 0 && run.caller.connection() != null && run.millis() >= limit) {
      if (!run.slow) {
        run.slow = true;
        LOG.warn(
            "Slow script detected: still in execution after {} milliseconds. You can try killing"
                + " the script using the {} KILL command. Script name is: {}.",
            run.millis(),
            run.isFunction ? "FUNCTION" : "SCRIPT",
            run.name);
      }
      if (!run.killed) {
        others.serve(run.caller, run.busyText());
      }
      if (ending) {
        run.killed = true;
        run.abandoned = true;
      }
    }
    return run.killed;
  }

  /** SCRIPT KILL and FUNCTION KILL. */
  void kill(boolean function) {
    ScriptRun run = calls.run();
    if (run == null) {
      throw new CommandError("NOTBUSY No scripts in execution right now.");
    }
    if (run.isFunction != function) {
      throw new CommandError(run.busyText());
    }
    if (run.caller.connection() == null) {
      throw new CommandError(
          "UNKILLABLE The busy script was sent by a master instance in the context of replication"
              + " and cannot be killed.");
    }
    if (run.wrote) {
      throw new CommandError(
          "UNKILLABLE Sorry the script already executed write commands against the dataset. You"
              + " can either wait the script termination or kill the server in a hard way using the"
              + " SHUTDOWN NOSAVE command.");
    }
    run.killed = true;
  }

  /** Refuses a script whose flags do not go with how it is called or how the server stands. */
  void require(@Nullable Set<ScriptFlag> flags, boolean onlyReads) {
    Command kind = flags == null ? ScriptKinds.ofSilent() : ScriptKinds.of(flags);
    String refusal = runner.get().refusal(kind);
    if (refusal == null || flags == null) {
      requireReads(kind, onlyReads);
    }
    if (refusal == null) {
      return;
    }
    if (flags == null) {
      throw new CommandError(refusal);
    }
    throw new CommandError(
        switch (refusal.substring(0, refusal.indexOf(' '))) {
          case "MISCONF" ->
              refusal.contains("RDB snapshots")
                  ? "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to"
                      + " persist to disk. Writable scripts are blocked. Use 'no-writes' flag for"
                      + " read only scripts."
                  : "MISCONF Redis is configured to persist data to AOF, but it's currently unable to"
                      + " persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read"
                      + " only scripts. AOF error: "
                      + refusal.substring(refusal.lastIndexOf(':') + 2);
          case "MASTERDOWN" ->
              "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and"
                  + " 'allow-stale' flag is not set on the script.";
          case "READONLY" -> "READONLY Can not run script with write flag on readonly replica";
          case "OOM" -> {
            requireReads(kind, onlyReads);
            yield "OOM allow-oom flag is not set on the script, can not run it when used memory >"
                + " 'maxmemory'";
          }
          default -> refusal;
        });
  }

  private static void requireReads(Command kind, boolean onlyReads) {
    if (onlyReads && kind.isWrite()) {
      throw new CommandError("ERR Can not execute a script with write flag using *_ro command.");
    }
  }

  /**
   * Calls the Lua function that lies on the main stack below its arguments, and answers the caller.
   *
   * @param name what messages call it
   * @param flags what it says of itself; null for a script that says nothing
   */
  void run(
      Call call,
      LuaState state,
      String name,
      boolean function,
      @Nullable Set<ScriptFlag> flags,
      boolean onlyReads,
      int arguments) {
    Client client = call.client();
    Request request = call.request();
    Command command = call.command();
    long nowMillis = call.nowMillis();
    ScriptRunner runs = runner.get();
    ScriptRun run =
        new ScriptRun(client, request, name, function, flags, onlyReads, nowMillis, runs.effects());
    boolean wellEnded;
    calls.begin(run, runs);
    client.runsScript(true);
    try {
      boolean timed = client.connection() != null && busyMillis.getAsLong() > 0;
      wellEnded = state.call(arguments, 1, timed);
    } finally {
      client.runsScript(false);
      calls.end();
      call.begin(client, request, command, nowMillis);
    }
    if (run.abandoned) {
      runs.forgetEffects(run.effectsBefore);
    }
    long lua = state.main();
    if (wellEnded) {
      LuaReplies.write(lua, client.reply(), run.protocol, runs);
    } else {
      answerError(lua, client.reply(), name, runs);
    }
    LuaApi.setTop(lua, LuaState.BASE);
    collect(state);
  }

  private static void answerError(long lua, ReplyWriter reply, String name, ScriptRunner runs) {
    int top = LuaApi.top(lua);
    if (LuaApi.type(lua, top) != LuaApi.TYPE_TABLE) {
      String text = LuaValues.isText(lua, top) ? LuaValues.text(lua, top) : "execution failure";
      String error = "ERR Error running script " + name + ", " + text;
      runs.errorReplied(error);
      reply.error(error);
      return;
    }
    LuaValues.field(lua, top, "err");
    StringBuilder text =
        new StringBuilder(
            LuaValues.isText(lua, -1) ? LuaValues.text(lua, -1) : "ERR unknown error");
    if (LuaValues.field(lua, top, "source") != LuaApi.TYPE_NIL) {
      String source = LuaValues.text(lua, -1);
      if (LuaValues.field(lua, top, "line") != LuaApi.TYPE_NIL) {
        text.append(" script: ").append(name);
        text.append(", on ").append(source);
        text.append(':').append(LuaValues.text(lua, -1)).append('.');
      }
    }
    LuaValues.field(lua, top, "ignore_error_stats_update");
    if (!LuaApi.toBoolean(lua, -1)) {
      runs.errorReplied(text.toString());
    }
    reply.error(text.toString());
  }

  private void collect(LuaState state) {
    untilCollection--;
    if (untilCollection == 0) {
      untilCollection = SCRIPTS_PER_COLLECTION;
      state.collectSome();
    }
  }

  /** Pushes some arguments as a table. */
  static void pushArguments(long lua, Call call, int from, int count) {
    LuaApi.createTable(lua, count, 0);
    for (int i = 0; i < count; i++) {
      LuaApi.pushLString(lua, call.address(from + i), call.length(from + i));
      LuaApi.rawSetAt(lua, -2, i + 1);
    }
  }

  /** Closes a state that nobody uses any more, on a thread of its own, for it may be large. */
  static void discard(LuaState state) {
    Thread.ofPlatform().name("lua-close").daemon(true).start(state::close);
  }

  /** The number of keys that a call says it has. */
  static int keyCount(Call call, CommandError notANumber) {
    long keys = call.longArgument(2, notANumber);
    if (keys > call.argc() - 3) {
      throw new CommandError("ERR Number of keys can't be greater than number of args");
    }
    if (keys < 0) {
      throw new CommandError("ERR Number of keys can't be negative");
    }
    return (int) keys;
  }

  @Override
  public void close() {
    calls.close();
  }
}
