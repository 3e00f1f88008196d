package dev.millrace.engine.command.script;

import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaError;
import dev.millrace.engine.script.LuaValues;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code redis.register_function} was given: a name and a function, or one table that names
 * its parts.
 *
 * @param callback where on the stack the function is
 */
record Registration(
    String name, @Nullable String description, Set<ScriptFlag> flags, int callback) {

  static LuaError refused(String why) {
    return LuaError.table("ERR " + why);
  }

  /**
   * Reads the arguments of a call.
   *
   * @param loading whether a library is being loaded
   */
  static Registration of(long lua, boolean loading) {
    int count = LuaApi.top(lua);
    if (count < 1 || count > 2) {
      throw refused("wrong number of arguments to redis.register_function");
    }
    if (!loading) {
      throw refused("redis.register_function can only be called on FUNCTION LOAD command");
    }
    Registration asked = count == 1 ? named(lua) : plain(lua);
    if (!Shebang.isName(asked.name)) {
      throw LuaError.table(Shebang.NAME_RULE);
    }
    return asked;
  }

  private static Registration plain(long lua) {
    if (!LuaValues.isText(lua, 1)) {
      throw refused("first argument to redis.register_function must be a string");
    }
    if (LuaApi.type(lua, 2) != LuaApi.TYPE_FUNCTION) {
      throw refused("second argument to redis.register_function must be a function");
    }
    return new Registration(LuaValues.text(lua, 1), null, EnumSet.noneOf(ScriptFlag.class), 2);
  }

  private static Registration named(long lua) {
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE) {
      throw refused(
          "calling redis.register_function with a single argument is only applicable to Lua table"
              + " (representing named arguments).");
    }
    String name = null;
    String description = null;
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    int callback = 0;
    LuaApi.checkStack(lua, 16);
    // The function stays at 2, below the walk.
    LuaApi.pushNil(lua);
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, 1)) {
      if (!LuaValues.isText(lua, 3)) {
        throw refused("named argument key given to redis.register_function is not a string");
      }
      LuaApi.pushValue(lua, 3);
      String key = LuaValues.text(lua, 5).toLowerCase(Locale.ROOT);
      LuaApi.setTop(lua, 4);
      switch (key) {
        case "function_name" -> {
          if (!LuaValues.isText(lua, 4)) {
            throw refused(
                "function_name argument given to redis.register_function must be a string");
          }
          name = LuaValues.text(lua, 4);
        }
        case "description" -> {
          if (!LuaValues.isText(lua, 4)) {
            throw refused("description argument given to redis.register_function must be a string");
          }
          description = LuaValues.text(lua, 4);
        }
        case "callback" -> {
          if (LuaApi.type(lua, 4) != LuaApi.TYPE_FUNCTION) {
            throw refused("callback argument given to redis.register_function must be a function");
          }
          LuaApi.pushValue(lua, 4);
          LuaApi.replace(lua, 2);
          callback = 2;
        }
        case "flags" -> {
          if (LuaApi.type(lua, 4) != LuaApi.TYPE_TABLE) {
            throw refused(
                "flags argument to redis.register_function must be a table representing function"
                    + " flags");
          }
          readFlags(lua, flags);
        }
        default -> throw refused("unknown argument given to redis.register_function");
      }
      LuaApi.setTop(lua, 3);
    }
    if (name == null) {
      throw refused("redis.register_function must get a function name argument");
    }
    if (callback == 0) {
      throw refused("redis.register_function must get a callback argument");
    }
    return new Registration(name, description, flags, callback);
  }

  private static void readFlags(long lua, Set<ScriptFlag> flags) {
    for (int i = 1; ; i++) {
      LuaApi.rawGetAt(lua, 4, i);
      if (LuaApi.type(lua, 5) == LuaApi.TYPE_NIL) {
        LuaApi.setTop(lua, 4);
        return;
      }
      ScriptFlag flag =
          LuaApi.type(lua, 5) == LuaApi.TYPE_STRING ? ScriptFlag.of(LuaValues.text(lua, 5)) : null;
      if (flag == null) {
        throw refused("unknown flag given");
      }
      flags.add(flag);
      LuaApi.setTop(lua, 4);
    }
  }
}
