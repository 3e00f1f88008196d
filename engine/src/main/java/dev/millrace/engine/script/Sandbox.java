package dev.millrace.engine.script;

import java.util.Arrays;
import java.util.List;

/**
 * What a script may reach: the harmless part of Lua's libraries and Millrace's own, none of which
 * it can change.
 *
 * <p>Lua 5.1 knows no read-only tables. Here a read-only table is an empty one whose metatable
 * finds everything in the true table and refuses to set anything; the functions that look past
 * metatables ({@code next}, {@code pairs}, {@code rawget}, {@code rawset}, {@code getmetatable},
 * {@code setmetatable}, {@code table.insert}) are replaced by ones that know them. The true tables
 * are never handed out.
 *
 * <p>Owned by: the thread that runs the state.
 */
public final class Sandbox {
  private static final String READ_ONLY = "Attempt to modify a readonly table";
  private static final int FIRST_TRUE_TABLE = 1 << 20;
  private static final List<String> FUNCTIONS =
      List.of(
          "assert",
          "collectgarbage",
          "error",
          "gcinfo",
          "ipairs",
          "rawequal",
          "select",
          "tonumber",
          "tostring",
          "type",
          "unpack",
          "_VERSION");
  private static final List<String> LIBRARIES = List.of("coroutine", "math", "string", "table");

  private final LuaState state;
  private final ProtectedCalls calls;
  private long[] readOnly = new long[16];
  private int readOnlyCount;
  private final int globals;
  private final long globalsPointer;
  private final long nextAddress;
  private final long refuseAddress;
  private final long missingAddress;
  private final long stringMeta;
  private final int stringMetaTable;
  private final long nativeNext;
  private final long nativePairs;
  private final long nativeRawGet;
  private final long nativeRawSet;
  private final long nativeGetMetatable;
  private final long nativeSetMetatable;
  private final long nativeInsert;

  /**
   * Puts the sandbox in the place of the global variables of a state.
   *
   * @param random what {@code math.random} draws from
   * @param modules what scripts find beside Lua's own and the four libraries
   */
  @SuppressWarnings("this-escape") // the functions run only when Lua code does
  public Sandbox(LuaState state, RandomNumbers random, List<LuaModule> modules) {
    this.state = state;
    this.calls = new ProtectedCalls(state);
    this.nextAddress = state.address(this::next);
    this.refuseAddress =
        state.address(each -> {
          throw LuaError.positioned(READ_ONLY);
        });
    this.missingAddress = state.address(Sandbox::missing);
    long lua = state.main();
    LuaApi.pushValue(lua, LuaApi.GLOBALS);
    int from = LuaApi.top(lua);
    nativeNext = nativeOf(lua, from, "next");
    nativePairs = nativeOf(lua, from, "pairs");
    nativeRawGet = nativeOf(lua, from, "rawget");
    nativeRawSet = nativeOf(lua, from, "rawset");
    nativeGetMetatable = nativeOf(lua, from, "getmetatable");
    nativeSetMetatable = nativeOf(lua, from, "setmetatable");
    LuaValues.field(lua, from, "table");
    nativeInsert = nativeOf(lua, LuaApi.top(lua), "insert");
    LuaApi.setTop(lua, from);

    LuaApi.createTable(lua, 0, 64);
    int to = LuaApi.top(lua);
    for (String name : FUNCTIONS) {
      LuaValues.field(lua, from, name);
      LuaValues.setField(lua, to, name);
    }
    offerReplacements(lua, from, to, random);
    for (String name : LIBRARIES) {
      LuaValues.field(lua, from, name);
      offerLibrary(lua, to, name);
    }
    List<LuaModule> own =
        List.of(
            BitLibrary.module(),
            new JsonLibrary(state).module(),
            new MessagePackLibrary(state).module(),
            StructLibrary.module());
    for (List<LuaModule> group : List.of(own, modules)) {
      for (LuaModule module : group) {
        module.push(state, lua);
        offerLibrary(lua, to, module.name());
      }
    }
    stringMetaTable = protectStrings(lua, to);
    stringMeta = pointerOfTrue(lua, stringMetaTable);

    LuaApi.pushValue(lua, to);
    globals = protect(lua);
    globalsPointer = readOnly[globals];
    watchMissing(lua, to);
    LuaApi.pushValue(lua, -1);
    LuaValues.setField(lua, to, "_G");
    LuaApi.replace(lua, LuaApi.GLOBALS);
    LuaApi.setTop(lua, from - 1);
  }

  private static long nativeOf(long lua, int table, String name) {
    LuaValues.field(lua, table, name);
    long address = LuaApi.toCFunction(lua, -1);
    LuaApi.setTop(lua, -2);
    return address;
  }

  private void offerReplacements(long lua, int from, int to, RandomNumbers random) {
    LuaApi.pushClosure(lua, nextAddress, 0);
    LuaValues.setField(lua, to, "next");
    offer(lua, to, "pairs", this::pairs);
    offer(lua, to, "rawget", this::rawGet);
    offer(lua, to, "rawset", this::rawSet);
    offer(lua, to, "getmetatable", this::getMetatable);
    offer(lua, to, "setmetatable", this::setMetatable);
    offer(lua, to, "pcall", calls::pcall);
    offer(lua, to, "xpcall", calls.xpcall(nativeOf(lua, from, "xpcall")));
    offer(lua, to, "load", calls.load(nativeOf(lua, from, "load")));
    offer(lua, to, "loadstring", calls.loadString(nativeOf(lua, from, "loadstring")));
    LuaValues.field(lua, from, "table");
    offer(lua, LuaApi.top(lua), "insert", this::insert);
    LuaApi.setTop(lua, -2);
    LuaValues.field(lua, from, "math");
    offer(lua, LuaApi.top(lua), "random", random::next);
    offer(lua, LuaApi.top(lua), "randomseed", random::seed);
    LuaApi.setTop(lua, -2);
  }

  private void offer(long lua, int table, String name, LuaFunction function) {
    state.push(lua, function);
    LuaValues.setField(lua, table, name);
  }

  /** Makes the table on top read-only, pops it, and offers it under a name. */
  private void offerLibrary(long lua, int to, String name) {
    protect(lua);
    LuaValues.setField(lua, to, name);
  }

  /**
   * Replaces the table on top by a read-only one that shows it.
   *
   * @return its number
   */
  private int protect(long lua) {
    int number = readOnlyCount;
    if (number == readOnly.length) {
      readOnly = Arrays.copyOf(readOnly, number * 2);
    }
    readOnlyCount++;
    int trueTable = LuaApi.top(lua);
    LuaApi.pushValue(lua, trueTable);
    LuaApi.rawSetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE + number);
    LuaApi.createTable(lua, 0, 0);
    readOnly[number] = LuaApi.toPointer(lua, -1);
    LuaApi.createTable(lua, 0, 2);
    int meta = LuaApi.top(lua);
    LuaApi.pushValue(lua, trueTable);
    LuaValues.setField(lua, meta, "__index");
    LuaApi.pushClosure(lua, refuseAddress, 0);
    LuaValues.setField(lua, meta, "__newindex");
    LuaApi.setMetatable(lua, -2);
    LuaApi.replace(lua, trueTable);
    return number;
  }

  /** Gives strings' methods the read-only table; the number of the metatable is returned. */
  private int protectStrings(long lua, int to) {
    LuaValues.push(lua, "");
    LuaApi.getMetatable(lua, -1);
    int meta = LuaApi.top(lua);
    LuaValues.field(lua, to, "string");
    LuaValues.setField(lua, meta, "__index");
    int number = protect(lua);
    // The read-only image is handed out later; the registry keeps it.
    LuaApi.rawSetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE - 1);
    LuaApi.setTop(lua, to);
    return number;
  }

  /** Makes reading a global variable that does not exist an error. */
  private void watchMissing(long lua, int to) {
    watch(lua, to);
    LuaApi.getMetatable(lua, to);
    protect(lua);
    LuaApi.rawSetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE - 2);
  }

  private static int missing(long lua) {
    String name = LuaValues.isText(lua, 2) ? LuaValues.text(lua, 2) : LuaValues.describe(lua, 2);
    throw LuaError.positioned(
        "Script attempted to access nonexistent global variable '" + name + "'");
  }

  private long pointerOfTrue(long lua, int number) {
    LuaApi.rawGetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE + number);
    long pointer = LuaApi.toPointer(lua, -1);
    LuaApi.setTop(lua, -2);
    return pointer;
  }

  /** Sets a global variable to the value on top of the main coroutine, which is popped. */
  public void setGlobal(String name) {
    long lua = state.main();
    LuaApi.rawGetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE + globals);
    LuaApi.insert(lua, -2);
    LuaValues.setField(lua, LuaApi.top(lua) - 1, name);
    LuaApi.setTop(lua, -2);
  }

  /** Sets a global function. */
  public void setGlobal(String name, LuaFunction function) {
    state.push(state.main(), function);
    setGlobal(name);
  }

  /**
   * Prepares what {@link #narrow} shows: one module and nothing else; reading any other name, also
   * a field that the module has not, is an error.
   */
  public void prepareNarrow(LuaModule only) {
    long lua = state.main();
    int top = LuaApi.top(lua);
    LuaApi.createTable(lua, 0, 1);
    only.push(state, lua);
    watch(lua, top + 2);
    protect(lua);
    LuaValues.setField(lua, top + 1, only.name());
    watch(lua, top + 1);
    LuaApi.rawSetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE - 3);
  }

  /** Lets the code that runs from now on see only what was prepared, until {@link #widen}. */
  public void narrow() {
    showGlobals(FIRST_TRUE_TABLE - 3);
  }

  /** Ends {@link #narrow}. */
  public void widen() {
    showGlobals(FIRST_TRUE_TABLE + globals);
  }

  private void showGlobals(int registered) {
    long lua = state.main();
    int top = LuaApi.top(lua);
    pushGlobalsMeta(lua);
    LuaApi.rawGetAt(lua, LuaApi.REGISTRY, registered);
    LuaValues.setField(lua, top + 1, "__index");
    LuaApi.setTop(lua, top);
  }

  private static void pushGlobalsMeta(long lua) {
    LuaApi.pushValue(lua, LuaApi.GLOBALS);
    LuaApi.getMetatable(lua, -1);
    LuaApi.remove(lua, -2);
  }

  private void watch(long lua, int table) {
    LuaApi.createTable(lua, 0, 1);
    LuaApi.pushClosure(lua, missingAddress, 0);
    LuaValues.setField(lua, LuaApi.top(lua) - 1, "__index");
    LuaApi.setMetatable(lua, table);
  }

  /** The number of the read-only table at {@code index}, or -1. */
  private int numberOf(long lua, int index) {
    if (LuaApi.type(lua, index) != LuaApi.TYPE_TABLE) {
      return -1;
    }
    long pointer = LuaApi.toPointer(lua, index);
    for (int i = 0; i < readOnlyCount; i++) {
      if (readOnly[i] == pointer) {
        return i;
      }
    }
    return -1;
  }

  /** Puts the true table in the place of a read-only one. */
  private void unveil(long lua, int index, int number) {
    LuaApi.rawGetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE + number);
    LuaApi.replace(lua, index);
  }

  private int next(long lua) {
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE) {
      throw LuaError.raisedBy(nativeNext);
    }
    int number = numberOf(lua, 1);
    LuaApi.setTop(lua, 2);
    if (number >= 0) {
      unveil(lua, 1, number);
    }
    // A key that is not in the table raises an error.
    LuaApi.pushClosure(lua, nativeNext, 0);
    LuaApi.insert(lua, 1);
    if (!state.protectedCall(lua, 2, LuaApi.MULTIPLE_RESULTS)) {
      throw LuaError.plain(LuaValues.describe(lua, -1));
    }
    return LuaApi.top(lua);
  }

  private int pairs(long lua) {
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE) {
      throw LuaError.raisedBy(nativePairs);
    }
    LuaApi.setTop(lua, 1);
    if (numberOf(lua, 1) >= 0) {
      LuaApi.pushClosure(lua, nextAddress, 0);
    } else {
      LuaApi.pushClosure(lua, nativeNext, 0);
    }
    LuaApi.insert(lua, 1);
    LuaApi.pushNil(lua);
    return 3;
  }

  private int rawGet(long lua) {
    int number = numberOf(lua, 1);
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE || LuaApi.top(lua) < 2) {
      throw LuaError.raisedBy(nativeRawGet);
    }
    LuaApi.setTop(lua, 2);
    if (number >= 0) {
      unveil(lua, 1, number);
    }
    LuaApi.rawGet(lua, 1);
    return 1;
  }

  private int rawSet(long lua) {
    if (numberOf(lua, 1) >= 0) {
      throw LuaError.plain(READ_ONLY);
    }
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE || LuaApi.top(lua) < 3 || !isKey(lua, 2)) {
      throw LuaError.raisedBy(nativeRawSet);
    }
    LuaApi.setTop(lua, 3);
    LuaApi.rawSet(lua, 1);
    return 1;
  }

  private static boolean isKey(long lua, int index) {
    int type = LuaApi.type(lua, index);
    return type != LuaApi.TYPE_NIL
        && !(type == LuaApi.TYPE_NUMBER && Double.isNaN(LuaApi.toNumber(lua, index)));
  }

  private int getMetatable(long lua) {
    if (LuaApi.top(lua) == 0) {
      throw LuaError.raisedBy(nativeGetMetatable);
    }
    int number = numberOf(lua, 1);
    if (number >= 0) {
      if (LuaApi.toPointer(lua, 1) == globalsPointer) {
        LuaApi.rawGetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE - 2);
      } else {
        LuaApi.pushNil(lua);
      }
      return 1;
    }
    if (!LuaApi.getMetatable(lua, 1)) {
      LuaApi.pushNil(lua);
      return 1;
    }
    if (LuaApi.toPointer(lua, -1) == stringMeta) {
      LuaApi.rawGetAt(lua, LuaApi.REGISTRY, FIRST_TRUE_TABLE - 1);
      return 1;
    }
    int meta = LuaApi.top(lua);
    if (LuaValues.field(lua, meta, "__metatable") == LuaApi.TYPE_NIL) {
      LuaApi.setTop(lua, meta);
    }
    return 1;
  }

  private int setMetatable(long lua) {
    if (numberOf(lua, 1) >= 0) {
      throw LuaError.plain(READ_ONLY);
    }
    int type = LuaApi.type(lua, 2);
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE
        || (type != LuaApi.TYPE_NIL && type != LuaApi.TYPE_TABLE)) {
      throw LuaError.raisedBy(nativeSetMetatable);
    }
    LuaApi.setTop(lua, 2);
    if (LuaApi.getMetatable(lua, 1)) {
      if (LuaValues.field(lua, 3, "__metatable") != LuaApi.TYPE_NIL) {
        LuaApi.setTop(lua, 2);
        throw LuaError.raisedBy(nativeSetMetatable);
      }
      LuaApi.setTop(lua, 2);
    }
    LuaApi.setMetatable(lua, 1);
    return 1;
  }

  private int insert(long lua) {
    if (numberOf(lua, 1) >= 0) {
      throw LuaError.plain(READ_ONLY);
    }
    int arguments = LuaApi.top(lua);
    boolean append = arguments == 2;
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE
        || !(append || (arguments == 3 && LuaApi.isNumber(lua, 2)))) {
      throw LuaError.raisedBy(nativeInsert);
    }
    long end = LuaApi.objectLength(lua, 1) + 1;
    long at = append ? end : (int) LuaValues.toLong(LuaApi.toNumber(lua, 2));
    long size = Math.max(end, at);
    for (long i = size; i > at; i--) {
      LuaApi.rawGetAt(lua, 1, (int) (i - 1));
      LuaApi.rawSetAt(lua, 1, (int) i);
    }
    LuaApi.rawSetAt(lua, 1, (int) at);
    return 0;
  }
}
