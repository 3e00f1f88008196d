package dev.millrace.engine.script;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A table of functions and constants to be offered to scripts.
 *
 * <p>Belongs to one state, and does not change once it is given to a {@link Sandbox}.
 */
public final class LuaModule {
  private final String name;
  private final Map<String, LuaFunction> functions = new LinkedHashMap<>();
  private final Map<String, Long> addresses = new LinkedHashMap<>();
  private final Map<String, Object> constants = new LinkedHashMap<>();

  public LuaModule(String name) {
    this.name = name;
  }

  /** The global variable that holds it. */
  public String name() {
    return name;
  }

  public LuaModule function(String field, LuaFunction function) {
    functions.put(field, function);
    return this;
  }

  public LuaModule number(String field, double value) {
    constants.put(field, value);
    return this;
  }

  public LuaModule text(String field, String value) {
    constants.put(field, value);
    return this;
  }

  /** A null pointer, which no other value equals. */
  LuaModule nullPointer(String field) {
    constants.put(field, Void.class);
    return this;
  }

  /** Pushes a new table with all of it. */
  void push(LuaState state, long lua) {
    LuaApi.createTable(lua, 0, functions.size() + constants.size());
    int table = LuaApi.top(lua);
    functions.forEach((field, function) -> {
      long address = addresses.computeIfAbsent(field, each -> state.address(function));
      LuaApi.pushClosure(lua, address, 0);
      LuaValues.setField(lua, table, field);
    });
    constants.forEach((field, value) -> {
      if (value instanceof Double number) {
        LuaApi.pushNumber(lua, number);
      } else if (value instanceof String text) {
        LuaValues.push(lua, text);
      } else {
        LuaApi.pushLightUserData(lua, 0);
      }
      LuaValues.setField(lua, table, field);
    });
  }
}
