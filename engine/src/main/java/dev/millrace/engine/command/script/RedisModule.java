package dev.millrace.engine.command.script;

import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaError;
import dev.millrace.engine.script.LuaFunction;
import dev.millrace.engine.script.LuaModule;
import dev.millrace.engine.script.LuaState;
import dev.millrace.engine.script.LuaValues;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table {@code redis} that scripts see.
 *
 * <p>Owned by: executor thread.
 */
final class RedisModule {
  private static final Logger LOG = LoggerFactory.getLogger("script");
  private static final String VERSION = "7.0.15";
  private static final int VERSION_NUMBER = (7 << 16) | 15;
  private static final int LOG_WARNING = 3;
  private static final int REPLICATE_ALL = 3;

  private final LuaState state;
  private final ScriptCalls calls;

  RedisModule(LuaState state, ScriptCalls calls) {
    this.state = state;
    this.calls = calls;
  }

  /** What a script called by EVAL sees. */
  LuaModule forScripts() {
    return forFunctions()
        .function("breakpoint", RedisModule::no)
        .function("debug", lua -> 0)
        .function("replicate_commands", RedisModule::yes);
  }

  /** What a function of a library sees. */
  LuaModule forFunctions() {
    return common()
        .function("call", lua -> calls.call(state, lua))
        .function("pcall", lua -> calls.protectedCall(state, lua))
        .function("setresp", this::setProtocol)
        .function("set_repl", this::setReplication)
        .function("sha1hex", RedisModule::sha1)
        .function("error_reply", RedisModule::errorReply)
        .function("status_reply", lua -> reply(lua, "ok"))
        .function("acl_check_cmd", calls::mayRun)
        .number("REPL_NONE", 0)
        .number("REPL_AOF", 1)
        .number("REPL_SLAVE", 2)
        .number("REPL_REPLICA", 2)
        .number("REPL_ALL", REPLICATE_ALL);
  }

  /** What the code of a library sees while it is loaded. */
  LuaModule forLoading(LuaFunction register) {
    return common().function("register_function", register);
  }

  private static LuaModule common() {
    return new LuaModule("redis")
        .function("log", RedisModule::log)
        .number("LOG_DEBUG", 0)
        .number("LOG_VERBOSE", 1)
        .number("LOG_NOTICE", 2)
        .number("LOG_WARNING", LOG_WARNING)
        .text("REDIS_VERSION", VERSION)
        .number("REDIS_VERSION_NUM", VERSION_NUMBER);
  }

  private static int yes(long lua) {
    LuaApi.pushBoolean(lua, 1);
    return 1;
  }

  private static int no(long lua) {
    LuaApi.pushBoolean(lua, 0);
    return 1;
  }

  private int setProtocol(long lua) {
    if (LuaApi.top(lua) != 1) {
      throw LuaError.table("ERR redis.setresp() requires one argument.");
    }
    double version = LuaApi.toNumber(lua, 1);
    if ((int) version != 2 && (int) version != 3) {
      throw LuaError.table("ERR RESP version must be 2 or 3.");
    }
    calls.protocol((int) version);
    return 0;
  }

  private int setReplication(long lua) {
    if (LuaApi.top(lua) != 1) {
      throw LuaError.table("ERR redis.set_repl() requires two arguments.");
    }
    long flags = LuaValues.toLong(LuaApi.toNumber(lua, 1));
    if ((flags & ~REPLICATE_ALL) != 0) {
      throw LuaError.table(
          "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    // The log is the stream: what goes to one of the two goes to both (L1).
    calls.propagates(flags != 0);
    return 0;
  }

  private static int sha1(long lua) {
    if (LuaApi.top(lua) != 1) {
      throw LuaError.table("ERR wrong number of arguments");
    }
    LuaValues.push(lua, sha1(LuaValues.bytes(lua, 1)));
    return 1;
  }

  /** The SHA-1 of some bytes, in lower-case hexadecimal digits. */
  static String sha1(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int reply(long lua, String field) {
    if (LuaApi.top(lua) != 1 || LuaApi.type(lua, 1) != LuaApi.TYPE_STRING) {
      LuaValues.pushError(lua, "ERR wrong number or type of arguments", false);
      return 1;
    }
    LuaApi.createTable(lua, 0, 1);
    LuaApi.pushValue(lua, 1);
    LuaValues.setField(lua, 2, field);
    return 1;
  }

  /** A text that begins with a dash brings its own code; another has none. */
  private static int errorReply(long lua) {
    if (LuaApi.top(lua) != 1 || LuaApi.type(lua, 1) != LuaApi.TYPE_STRING) {
      LuaValues.pushError(lua, "ERR wrong number or type of arguments", false);
      return 1;
    }
    String text = LuaValues.text(lua, 1);
    String own = text.startsWith("-") ? text.substring(1) : text;
    boolean coded = own.indexOf(' ') >= 0;
    LuaValues.pushError(lua, coded ? own : "ERR " + own, false);
    return 1;
  }

  private static int log(long lua) {
    int count = LuaApi.top(lua);
    if (count < 2) {
      throw LuaError.table("ERR redis.log() requires two arguments or more.");
    }
    if (!LuaApi.isNumber(lua, 1)) {
      throw LuaError.table("ERR First argument must be a number (log level).");
    }
    long level = LuaValues.toLong(LuaApi.toNumber(lua, 1));
    if (level < 0 || level > LOG_WARNING) {
      throw LuaError.table("ERR Invalid debug level.");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 2; i <= count; i++) {
      if (LuaValues.isText(lua, i)) {
        text.append(i > 2 ? " " : "").append(LuaValues.text(lua, i));
      }
    }
    switch ((int) level) {
      case 0 -> LOG.debug("{}", text);
      case LOG_WARNING -> LOG.warn("{}", text);
      default -> LOG.info("{}", text);
    }
    return 0;
  }
}
