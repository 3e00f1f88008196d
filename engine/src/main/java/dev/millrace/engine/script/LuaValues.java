package dev.millrace.engine.script;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * Values on a Lua stack as Java sees them: strings with one char per byte (ISO-8859-1), the checks
 * of arguments with the messages of Lua's auxiliary library, and the places of calls.
 *
 * <p>{@code lua_Debug} of Lua 5.1 with 64-bit pointers: name at byte 8, namewhat 16, what 24,
 * source 32, currentline 40, short_src 56 (60 bytes); 120 bytes in all.
 */
public final class LuaValues {
  private static final Arena CONSTANTS = Arena.global();
  private static final long NAME = Native.cString(CONSTANTS, "n");
  private static final long PLACE = Native.cString(CONSTANTS, "Sl");
  private static final long ALL = Native.cString(CONSTANTS, "nSl");
  private static final int ACTIVATION_BYTES = 128;
  private static final String[] TYPE_NAMES = {
    "nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"
  };

  private LuaValues() {}

  /** Pushes a string. */
  public static void push(long lua, String text) {
    push(lua, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Pushes a string. */
  public static void push(long lua, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      LuaApi.pushLString(lua, Native.bytes(arena, bytes), bytes.length);
    }
  }

  /** Sets a field of the table at {@code index} (absolute) to the value on top, which is popped. */
  public static void setField(long lua, int index, String name) {
    push(lua, name);
    LuaApi.insert(lua, -2);
    LuaApi.rawSet(lua, index);
  }

  /** Pushes the field of the table at {@code index} (absolute), without metamethods. */
  public static int field(long lua, int index, String name) {
    push(lua, name);
    LuaApi.rawGet(lua, index);
    return LuaApi.type(lua, -1);
  }

  /** Pushes a table whose field {@code err} holds the text. */
  public static void pushError(long lua, String text, boolean counted) {
    LuaApi.createTable(lua, 0, 1);
    int table = LuaApi.top(lua);
    push(lua, text);
    setField(lua, table, "err");
    if (counted) {
      LuaApi.pushBoolean(lua, 1);
      setField(lua, table, "ignore_error_stats_update");
    }
  }

  /** The bytes of a string or number; a number on the stack becomes a string. */
  public static byte[] bytes(long lua, int index) {
    long address = LuaApi.toLString(lua, index, 0);
    return address == 0
        ? new byte[0]
        : Native.bytes(address, (int) LuaApi.objectLength(lua, index));
  }

  /** A string or number as text. */
  public static String text(long lua, int index) {
    return new String(bytes(lua, index), StandardCharsets.ISO_8859_1);
  }

  /** Any value as text, roughly as {@code tostring} gives it. */
  static String describe(long lua, int index) {
    int type = LuaApi.type(lua, index);
    return switch (type) {
      case LuaApi.TYPE_STRING, LuaApi.TYPE_NUMBER -> text(lua, index);
      case LuaApi.TYPE_BOOLEAN -> Boolean.toString(LuaApi.toBoolean(lua, index));
      case LuaApi.TYPE_NIL, LuaApi.TYPE_NONE -> "nil";
      default -> typeName(type) + ": 0x" + Long.toHexString(LuaApi.toPointer(lua, index));
    };
  }

  /** The name of a type. */
  public static String typeName(int type) {
    return type == LuaApi.TYPE_NONE ? "no value" : TYPE_NAMES[type];
  }

  /** True for a string, or a number, which is as good. */
  public static boolean isText(long lua, int index) {
    int type = LuaApi.type(lua, index);
    return type == LuaApi.TYPE_STRING || type == LuaApi.TYPE_NUMBER;
  }

  /** An argument's bytes. */
  static byte[] checkBytes(long lua, int index) {
    if (!isText(lua, index)) {
      throw wrongType(lua, index, "string");
    }
    return bytes(lua, index);
  }

  /** An argument as a number; a string that spells one will do. */
  public static double checkNumber(long lua, int index) {
    if (!LuaApi.isNumber(lua, index)) {
      throw wrongType(lua, index, "number");
    }
    return LuaApi.toNumber(lua, index);
  }

  /** An argument as C's 32-bit integer. */
  static int checkInt(long lua, int index) {
    return (int) toLong(checkNumber(lua, index));
  }

  /**
   * As C converts a double to a 64-bit integer on most processors: what does not fit is the least.
   */
  public static long toLong(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (long) value : Long.MIN_VALUE;
  }

  static LuaError wrongType(long lua, int index, String expected) {
    return LuaError.argument(
        index, expected + " expected, got " + typeName(LuaApi.type(lua, index)));
  }

  /** The place of a level as Lua writes it before messages: {@code user_script:1: }. */
  static String place(long lua, int level) {
    try (Arena arena = Arena.ofConfined()) {
      long activation = Native.allocate(arena, ACTIVATION_BYTES);
      if (LuaApi.getStack(lua, level, activation)) {
        LuaApi.getInfo(lua, PLACE, activation);
        int line = Native.getInt(activation + 40);
        if (line > 0) {
          return Native.text(activation + 56) + ":" + line + ": ";
        }
      }
      return "";
    }
  }

  /** The message about a wrong argument of the function that runs. */
  static String badArgument(long lua, int argument, String why) {
    try (Arena arena = Arena.ofConfined()) {
      long activation = Native.allocate(arena, ACTIVATION_BYTES);
      String place = place(lua, 1);
      if (!LuaApi.getStack(lua, 0, activation)) {
        return place + "bad argument #" + argument + " (" + why + ")";
      }
      LuaApi.getInfo(lua, NAME, activation);
      long named = Native.getLong(activation + 8);
      String name = named == 0 ? "?" : Native.text(named);
      int shown = argument;
      if (Native.text(Native.getLong(activation + 16)).equals("method")) {
        shown--;
        if (shown == 0) {
          return place + "calling '" + name + "' on bad self (" + why + ")";
        }
      }
      return place + "bad argument #" + shown + " to '" + name + "' (" + why + ")";
    }
  }

  /**
   * Notes in the error table at {@code index} where it was raised: by the function one level up, or
   * when that is C, by its caller.
   */
  static void notePlace(long lua, int index) {
    try (Arena arena = Arena.ofConfined()) {
      long activation = Native.allocate(arena, ACTIVATION_BYTES);
      if (!LuaApi.getStack(lua, 1, activation)) {
        return;
      }
      LuaApi.getInfo(lua, ALL, activation);
      if (Native.text(Native.getLong(activation + 24)).equals("C")) {
        if (!LuaApi.getStack(lua, 2, activation)) {
          return;
        }
        LuaApi.getInfo(lua, ALL, activation);
      }
      push(lua, Native.text(Native.getLong(activation + 32)));
      setField(lua, index, "source");
      LuaApi.pushNumber(lua, Native.getInt(activation + 40));
      setField(lua, index, "line");
    }
  }
}
