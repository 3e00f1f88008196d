package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.DoubleText;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaError;
import dev.millrace.engine.script.LuaState;
import dev.millrace.engine.script.LuaValues;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code redis.call} and its like: makes a request of a script's arguments, asks whether it may
 * run, has it run by a client of the scripts' own, and turns the reply into a Lua value.
 *
 * <p>Owned by: executor thread.
 */
final class ScriptCalls implements AutoCloseable {
  private static final String NO_ARGUMENTS =
      "ERR Please specify at least one argument for this redis lib call";
  private static final String WRONG_ARGUMENTS =
      "ERR Lua redis lib command arguments must be strings or integers";
  private static final String UNKNOWN = "ERR Unknown Redis command called from script";
  private static final String WRONG_COUNT =
      "ERR Wrong number of args calling Redis command from script";
  private static final String NOT_ALLOWED = "ERR This Redis command is not allowed from script";
  private static final String READ_ONLY =
      "ERR Write commands are not allowed from read-only scripts.";
  private static final String STALE = "ERR Can not execute the command on a stale replica";
  private static final byte[] BLOCK = "block".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] GROUP = "group".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] STREAMS = "streams".getBytes(StandardCharsets.US_ASCII);
  private static final int CALLS_PER_LOOK = 256;
  private static final int BUFFER_BYTES = 16 * 1024;

  private static final ReplySink NOWHERE =
      new ReplySink() {
        @Override
        public void send(
            @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
          if (first != null) {
            first.discardChain();
          }
        }

        @Override
        public void released(int bytes) {}
      };

  private final CommandLookup commands;
  private final Client client;
  private final RequestBuffer arguments = new RequestBuffer(BUFFER_BYTES);
  private final Request request = new Request();
  private final LuaReplies replies = new LuaReplies();
  private final Region length = new Region(Long.BYTES);
  private int callsMade;
  private boolean unrestricted;
  private @Nullable ScriptRunner runner;
  private @Nullable ScriptRun run;

  ScriptCalls(CommandLookup commands, ReplyPool pool) {
    this.commands = commands;
    this.client = new Client(0, null, new ReplyWriter(pool, NOWHERE), 0);
    client.authenticate(true);
  }

  /** A script begins, in the database of its caller. */
  void begin(ScriptRun script, ScriptRunner runsCommands) {
    run = script;
    runner = runsCommands;
    client.select(script.caller.database());
    client.reply().protocol(2);
  }

  /** The script has ended. */
  void end() {
    run = null;
  }

  /**
   * Whether scripts may run commands that look at the server and that they else may not, for tests.
   */
  void unrestricted(boolean value) {
    unrestricted = value;
  }

  /** The script under way, or null. */
  @Nullable ScriptRun run() {
    return run;
  }

  private ScriptRun current() {
    ScriptRun script = run;
    if (script == null) {
      throw LuaError.table("ERR redis.call/pcall can only be called inside a script invocation");
    }
    return script;
  }

  /** {@code redis.setresp}. */
  void protocol(int version) {
    current().protocol = version;
    client.reply().protocol(version);
  }

  /** {@code redis.set_repl}. */
  void propagates(boolean value) {
    current().propagates = value;
  }

  /** {@code redis.call}: errors are raised. */
  int call(LuaState state, long lua) {
    if (!invoke(state, lua)) {
      throw LuaError.replied(errorText(lua));
    }
    return 1;
  }

  /** {@code redis.pcall}: errors are values. */
  int protectedCall(LuaState state, long lua) {
    try {
      invoke(state, lua);
    } catch (LuaError error) {
      LuaApi.checkStack(lua, 8);
      LuaValues.pushError(lua, error.text(), error.isReplied());
    }
    return 1;
  }

  private static String errorText(long lua) {
    LuaValues.field(lua, LuaApi.top(lua), "err");
    return LuaValues.text(lua, -1);
  }

  /** Runs a command and pushes its reply; false when that is an error. */
  private boolean invoke(LuaState state, long lua) {
    ScriptRun script = current();
    takeArguments(lua);
    arguments.endMade(commands);
    arguments.select(0, request);
    Command command = command();
    require(command, script);
    ReplyWriter reply = client.reply();
    assert reply.bytesPending() == 0;
    Objects.requireNonNull(runner)
        .run(client, request, command, script.nowMillis, script.propagates);
    callsMade++;
    if (callsMade % CALLS_PER_LOOK == 0) {
      state.look(lua);
    }
    ReplyBuffer first = Objects.requireNonNull(reply.take(), "a command without a reply");
    if (!state.hasRoom(first.chainBytes())) {
      first.discardChain();
      throw LuaError.plain("not enough memory");
    }
    return replies.push(lua, first);
  }

  private void takeArguments(long lua) {
    int count = LuaApi.top(lua);
    if (count == 0) {
      throw LuaError.table(NO_ARGUMENTS);
    }
    arguments.clear();
    for (int i = 1; i <= count; i++) {
      int type = LuaApi.type(lua, i);
      if (type == LuaApi.TYPE_STRING) {
        long address = LuaApi.toLString(lua, i, length.address());
        int bytes = (int) Memory.getLong(length.address());
        if (bytes == 0) {
          arguments.argument(new byte[0]);
          continue;
        }
        Memory.adopt(address, bytes);
        arguments.argument(address, bytes);
        Memory.disown(address);
      } else if (type == LuaApi.TYPE_NUMBER) {
        arguments.argument(digits(LuaApi.toNumber(lua, i)));
      } else {
        throw LuaError.table(WRONG_ARGUMENTS);
      }
    }
    // A C function's stack holds 8000 values: with that many arguments there is no room for a
    // reply.
    LuaApi.setTop(lua, 0);
  }

  private static byte[] digits(double value) {
    String text;
    if (value == Math.rint(value) && Math.abs(value) < 1e17 && (value != 0 || 1 / value > 0)) {
      text = Long.toString((long) value);
    } else if (Double.isNaN(value)) {
      text = Double.doubleToRawLongBits(value) < 0 ? "-nan" : "nan";
    } else if (Double.isInfinite(value)) {
      text = value > 0 ? "inf" : "-inf";
    } else {
      text = DoubleText.percent17g(value);
    }
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private Command command() {
    Command command = (Command) request.command();
    if (command != null && command.isContainer() && request.argc() > 1) {
      command = command.subcommands().get(request.text(1).toLowerCase(Locale.ROOT));
    }
    if (command == null) {
      throw refused(UNKNOWN);
    }
    return command;
  }

  private void require(Command command, ScriptRun script) {
    if (!command.accepts(request.argc()) || command.handler() == null) {
      throw refused(command, WRONG_COUNT);
    }
    if (command.has(CommandFlag.NOSCRIPT) && !(unrestricted && answersAtOnce(command))) {
      throw refused(command, NOT_ALLOWED);
    }
    String denial = Objects.requireNonNull(runner).denial(script.caller, request, command);
    if (denial != null) {
      throw refused(command, denial);
    }
    if (mayWait(command)) {
      throw refused(
          "ERR " + request.text(0) + " command is not allowed with BLOCK option from scripts");
    }
    boolean mayWrite = command.isWrite() || command.has(CommandFlag.MAY_REPLICATE);
    if (mayWrite && script.readOnly) {
      throw refused(command, READ_ONLY);
    }
    // What began with a write is not stopped half-way.
    if (!script.wrote) {
      String refusal = Objects.requireNonNull(runner).refusal(command);
      if (refusal != null && !(script.allowOom && refusal.startsWith("OOM "))) {
        throw refused(command, refusal.startsWith("MASTERDOWN ") ? STALE : refusal);
      }
    }
    script.wrote |= command.isWrite();
  }

  /** Whether a command that scripts may not run only looks at the server or at a connection. */
  private static boolean answersAtOnce(Command command) {
    return switch (command.group()) {
      case "connection", "server" -> !command.has(CommandFlag.BLOCKING);
      default -> false;
    };
  }

  /** Whether a command that reads streams asks to wait for them. */
  private boolean mayWait(Command command) {
    if (!command.has(CommandFlag.BLOCKING) || !command.name().startsWith("xread")) {
      return false;
    }
    for (int i = 1; i < request.argc() && !request.is(i, STREAMS); i++) {
      if (request.is(i, GROUP)) {
        i += 2;
      } else if (request.is(i, BLOCK)) {
        return true;
      }
    }
    return false;
  }

  private LuaError refused(Command command, String text) {
    command.statistics().rejected();
    return refused(text);
  }

  private LuaError refused(String text) {
    Objects.requireNonNull(runner).errorReplied(text);
    return LuaError.replied(text);
  }

  /** {@code redis.acl_check_cmd}. */
  int mayRun(long lua) {
    takeArguments(lua);
    arguments.endMade(commands);
    arguments.select(0, request);
    Command command = (Command) request.command();
    if (command == null) {
      throw LuaError.table("ERR Invalid command passed to redis.acl_check_cmd()");
    }
    if (command.isContainer() && request.argc() > 1) {
      Command child = command.subcommands().get(request.text(1).toLowerCase(Locale.ROOT));
      command = child == null ? command : child;
    }
    boolean allowed = Objects.requireNonNull(runner).mayRun(current().caller, request, command);
    LuaApi.pushBoolean(lua, allowed ? 1 : 0);
    return 1;
  }

  /** Bytes kept for arguments. */
  long memoryBytes() {
    return arguments.memoryBytes();
  }

  @Override
  public void close() {
    client.transaction().close();
    client.reply().flush(null, false);
    arguments.close();
    length.close();
  }
}
