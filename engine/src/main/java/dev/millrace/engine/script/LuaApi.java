package dev.millrace.engine.script;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * The functions of Lua's C interface that Millrace calls, one to one; pointers are plain addresses.
 * What each does stands in the reference manual of Lua 5.1, chapter 3.
 *
 * <p>Some of them raise Lua errors when misused (a nil key, a stack that was not reserved). Such an
 * error jumps over the Java frames between here and the protected call, which ends the process, so
 * that callers make sure beforehand.
 *
 * <p>Owned by: the thread that runs the state.
 */
public final class LuaApi {
  public static final int REGISTRY = -10000;
  public static final int GLOBALS = -10002;

  public static final int TYPE_NONE = -1;
  public static final int TYPE_NIL = 0;
  public static final int TYPE_BOOLEAN = 1;
  public static final int TYPE_LIGHT_USER_DATA = 2;
  public static final int TYPE_NUMBER = 3;
  public static final int TYPE_STRING = 4;
  public static final int TYPE_TABLE = 5;
  public static final int TYPE_FUNCTION = 6;

  public static final int MULTIPLE_RESULTS = -1;
  public static final int MASK_RETURN = 1 << 1;
  public static final int MASK_LINE = 1 << 2;
  public static final int MASK_COUNT = 1 << 3;
  public static final int COLLECT_ALL = 2;
  public static final int COLLECT_STEP = 5;

  private static final MethodHandle NEW_STATE =
      LuaLibrary.handle("lua_newstate", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle CLOSE =
      LuaLibrary.handle("lua_close", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle TOP =
      LuaLibrary.quickHandle("lua_gettop", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  private static final MethodHandle SET_TOP =
      LuaLibrary.quickHandle("lua_settop", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle PUSH_VALUE =
      LuaLibrary.quickHandle("lua_pushvalue", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle REMOVE =
      LuaLibrary.quickHandle("lua_remove", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle INSERT =
      LuaLibrary.quickHandle("lua_insert", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle REPLACE =
      LuaLibrary.handle("lua_replace", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle CHECK_STACK =
      LuaLibrary.handle("lua_checkstack", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TYPE =
      LuaLibrary.quickHandle("lua_type", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TO_NUMBER =
      LuaLibrary.quickHandle(
          "lua_tonumber", FunctionDescriptor.of(JAVA_DOUBLE, JAVA_LONG, JAVA_INT));
  private static final MethodHandle IS_NUMBER =
      LuaLibrary.quickHandle("lua_isnumber", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TO_BOOLEAN =
      LuaLibrary.quickHandle("lua_toboolean", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TO_LSTRING =
      LuaLibrary.handle(
          "lua_tolstring", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle TO_POINTER =
      LuaLibrary.quickHandle(
          "lua_topointer", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TO_USER_DATA =
      LuaLibrary.quickHandle(
          "lua_touserdata", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle TO_CFUNCTION =
      LuaLibrary.quickHandle(
          "lua_tocfunction", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle OBJECT_LENGTH =
      LuaLibrary.handle("lua_objlen", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle PUSH_NIL =
      LuaLibrary.quickHandle("lua_pushnil", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle PUSH_NUMBER =
      LuaLibrary.quickHandle("lua_pushnumber", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_DOUBLE));
  private static final MethodHandle PUSH_BOOLEAN =
      LuaLibrary.quickHandle("lua_pushboolean", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle PUSH_LSTRING =
      LuaLibrary.handle(
          "lua_pushlstring", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle PUSH_CLOSURE =
      LuaLibrary.handle(
          "lua_pushcclosure", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle PUSH_LIGHT_USER_DATA =
      LuaLibrary.quickHandle(
          "lua_pushlightuserdata", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle RAW_GET =
      LuaLibrary.quickHandle("lua_rawget", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle RAW_GET_AT =
      LuaLibrary.quickHandle(
          "lua_rawgeti", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle RAW_SET =
      LuaLibrary.handle("lua_rawset", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle RAW_SET_AT =
      LuaLibrary.handle("lua_rawseti", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle CREATE_TABLE =
      LuaLibrary.handle(
          "lua_createtable", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle GET_METATABLE =
      LuaLibrary.quickHandle(
          "lua_getmetatable", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SET_METATABLE =
      LuaLibrary.handle("lua_setmetatable", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle NEXT =
      LuaLibrary.handle("lua_next", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle PROTECTED_CALL =
      LuaLibrary.handle(
          "lua_pcall", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle COLLECT =
      LuaLibrary.handle("lua_gc", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle SET_HOOK =
      LuaLibrary.quickHandle(
          "lua_sethook", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle GET_STACK =
      LuaLibrary.quickHandle(
          "lua_getstack", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle GET_INFO =
      LuaLibrary.handle(
          "lua_getinfo", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle LOAD_BUFFER =
      LuaLibrary.handle(
          "luaL_loadbuffer",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WHERE =
      LuaLibrary.handle("luaL_where", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle RAW_EQUAL =
      LuaLibrary.quickHandle(
          "lua_rawequal", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));

  private static final MethodHandle OPEN_LIBRARIES =
      LuaLibrary.handle("luaL_openlibs", FunctionDescriptor.ofVoid(JAVA_LONG));

  private LuaApi() {}

  private static IllegalStateException failed(Throwable impossible) {
    // A handle declares Throwable; C raises no Java exception.
    return new IllegalStateException(impossible);
  }

  public static long newState(long allocator, long data) {
    try {
      return (long) NEW_STATE.invokeExact(allocator, data);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void close(long state) {
    try {
      CLOSE.invokeExact(state);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int top(long state) {
    try {
      return (int) TOP.invokeExact(state);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void setTop(long state, int index) {
    try {
      SET_TOP.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushValue(long state, int index) {
    try {
      PUSH_VALUE.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void remove(long state, int index) {
    try {
      REMOVE.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void insert(long state, int index) {
    try {
      INSERT.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void replace(long state, int index) {
    try {
      REPLACE.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean checkStack(long state, int slots) {
    try {
      return (int) CHECK_STACK.invokeExact(state, slots) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int type(long state, int index) {
    try {
      return (int) TYPE.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static double toNumber(long state, int index) {
    try {
      return (double) TO_NUMBER.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean isNumber(long state, int index) {
    try {
      return (int) IS_NUMBER.invokeExact(state, index) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean toBoolean(long state, int index) {
    try {
      return (int) TO_BOOLEAN.invokeExact(state, index) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static long toLString(long state, int index, long lengthAddress) {
    try {
      return (long) TO_LSTRING.invokeExact(state, index, lengthAddress);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static long toPointer(long state, int index) {
    try {
      return (long) TO_POINTER.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static long toUserData(long state, int index) {
    try {
      return (long) TO_USER_DATA.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static long toCFunction(long state, int index) {
    try {
      return (long) TO_CFUNCTION.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static long objectLength(long state, int index) {
    try {
      return (long) OBJECT_LENGTH.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushNil(long state) {
    try {
      PUSH_NIL.invokeExact(state);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushNumber(long state, double value) {
    try {
      PUSH_NUMBER.invokeExact(state, value);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushBoolean(long state, int value) {
    try {
      PUSH_BOOLEAN.invokeExact(state, value);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushLString(long state, long address, long bytes) {
    try {
      PUSH_LSTRING.invokeExact(state, address, bytes);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushClosure(long state, long function, int upvalues) {
    try {
      PUSH_CLOSURE.invokeExact(state, function, upvalues);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void pushLightUserData(long state, long pointer) {
    try {
      PUSH_LIGHT_USER_DATA.invokeExact(state, pointer);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void rawGet(long state, int index) {
    try {
      RAW_GET.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void rawGetAt(long state, int index, int n) {
    try {
      RAW_GET_AT.invokeExact(state, index, n);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void rawSet(long state, int index) {
    try {
      RAW_SET.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void rawSetAt(long state, int index, int n) {
    try {
      RAW_SET_AT.invokeExact(state, index, n);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void createTable(long state, int arraySize, int hashSize) {
    try {
      CREATE_TABLE.invokeExact(state, arraySize, hashSize);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean getMetatable(long state, int index) {
    try {
      return (int) GET_METATABLE.invokeExact(state, index) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int setMetatable(long state, int index) {
    try {
      return (int) SET_METATABLE.invokeExact(state, index);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean next(long state, int index) {
    try {
      return (int) NEXT.invokeExact(state, index) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int protectedCall(long state, int arguments, int results, int errorFunction) {
    try {
      return (int) PROTECTED_CALL.invokeExact(state, arguments, results, errorFunction);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int collect(long state, int what, int data) {
    try {
      return (int) COLLECT.invokeExact(state, what, data);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int setHook(long state, long function, int mask, int count) {
    try {
      return (int) SET_HOOK.invokeExact(state, function, mask, count);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean getStack(long state, int level, long activation) {
    try {
      return (int) GET_STACK.invokeExact(state, level, activation) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int getInfo(long state, long what, long activation) {
    try {
      return (int) GET_INFO.invokeExact(state, what, activation);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static int loadBuffer(long state, long address, long bytes, long name) {
    try {
      return (int) LOAD_BUFFER.invokeExact(state, address, bytes, name);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void where(long state, int level) {
    try {
      WHERE.invokeExact(state, level);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static boolean rawEqual(long state, int one, int other) {
    try {
      return (int) RAW_EQUAL.invokeExact(state, one, other) != 0;
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }

  public static void openLibraries(long state) {
    try {
      OPEN_LIBRARIES.invokeExact(state);
    } catch (Throwable impossible) {
      throw failed(impossible);
    }
  }
}
