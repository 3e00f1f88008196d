package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaState;
import dev.millrace.engine.script.LuaValues;
import dev.millrace.engine.script.Sandbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The libraries of functions that FUNCTION LOAD has brought, compiled, in one Lua state of their
 * own.
 *
 * <p>Owned by: executor thread.
 */
public final class Libraries implements AutoCloseable {
  /** What RESTORE does with libraries that are there already. */
  public enum Policy {
    FLUSH,
    APPEND,
    REPLACE
  }

  private static final long LOAD_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(500);
  private static final String LOAD_TIMEOUT = "ERR FUNCTION LOAD timeout";
  private static final int FIRST_FUNCTION = 1 << 22;
  private static final int OVERHEAD_BYTES = 200;

  private final ScriptEngine engine;
  private final Map<String, Library> libraries = new LinkedHashMap<>();
  private final Map<String, Library.Function> functions = new HashMap<>();
  private final ArrayDeque<Integer> freeReferences = new ArrayDeque<>();
  private int nextReference = FIRST_FUNCTION;
  private @Nullable LuaState state;
  private @Nullable Sandbox sandbox;
  private @Nullable Library loading;
  private long loadingSince;

  public Libraries(ScriptEngine engine) {
    this.engine = engine;
  }

  private LuaState state() {
    LuaState present = state;
    if (present != null) {
      return present;
    }
    LuaState fresh =
        new LuaState(
            ScriptEngine.MEMORY_BYTES_MAX,
            this::look,
            () -> loading == null ? Scripts.KILLED : LOAD_TIMEOUT);
    RedisModule redis = new RedisModule(fresh, engine.calls());
    Sandbox box = new Sandbox(fresh, engine.random(), List.of(redis.forFunctions()));
    box.prepareNarrow(redis.forLoading(this::register));
    state = fresh;
    sandbox = box;
    return fresh;
  }

  private boolean look() {
    return loading == null ? engine.look() : System.nanoTime() - loadingSince > LOAD_NANOS_MAX;
  }

  /** {@code redis.register_function}, called by the code of the library that is being loaded. */
  private int register(long lua) {
    Library library = loading;
    Registration asked = Registration.of(lua, library != null);
    assert library != null;
    if (library.functions.containsKey(asked.name())) {
      throw Registration.refused("Function already exists in the library");
    }
    Integer free = freeReferences.poll();
    int reference = free == null ? nextReference++ : free;
    LuaApi.pushValue(lua, asked.callback());
    LuaApi.rawSetAt(lua, LuaApi.REGISTRY, reference);
    library.functions.put(
        asked.name(),
        new Library.Function(asked.name(), asked.description(), asked.flags(), reference, library));
    return 0;
  }

  /**
   * Loads a library.
   *
   * @param replace whether one of the same name gives way
   * @return its name
   * @throws CommandError when it cannot be; then nothing has changed
   */
  public String load(byte[] source, boolean replace) {
    Shebang shebang = Shebang.ofLibrary(source);
    Library old = libraries.get(shebang.name());
    if (old != null && !replace) {
      throw new CommandError("ERR Library '" + shebang.name() + "' already exists");
    }
    Library library = compile(shebang, source);
    try {
      requireNew(library, old);
    } catch (CommandError taken) {
      release(library);
      throw taken;
    }
    if (old != null) {
      remove(old);
    }
    add(library);
    return library.name;
  }

  private Library compile(Shebang shebang, byte[] source) {
    LuaState lua = state();
    Sandbox box = sandbox;
    assert box != null;
    long main = lua.main();
    if (!lua.load(main, shebang.code(), "@user_function")) {
      String why = LuaValues.text(main, -1);
      LuaApi.setTop(main, LuaState.BASE);
      throw new CommandError("ERR Error compiling function: " + why);
    }
    Library library = new Library(shebang.name(), source);
    loading = library;
    loadingSince = System.nanoTime();
    box.narrow();
    String error = null;
    try {
      if (!lua.call(0, 0, true)) {
        error = errorText(main);
      }
    } finally {
      box.widen();
      loading = null;
      LuaApi.setTop(main, LuaState.BASE);
    }
    if (error != null) {
      release(library);
      throw new CommandError("ERR Error registering functions: " + error);
    }
    if (library.functions.isEmpty()) {
      throw new CommandError("ERR No functions registered");
    }
    return library;
  }

  private static String errorText(long lua) {
    int top = LuaApi.top(lua);
    if (LuaApi.type(lua, top) == LuaApi.TYPE_TABLE) {
      LuaValues.field(lua, top, "err");
    }
    return LuaValues.isText(lua, -1) ? LuaValues.text(lua, -1) : "ERR unknown error";
  }

  private void requireNew(Library library, @Nullable Library old) {
    for (String name : library.functions.keySet()) {
      Library.Function there = functions.get(folded(name));
      if (there != null && there.library() != old) {
        throw new CommandError("ERR Function " + name + " already exists");
      }
    }
  }

  /** Functions are found in any mixture of cases, libraries are not. */
  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private void add(Library library) {
    libraries.put(library.name, library);
    library.functions.forEach((name, function) -> functions.put(folded(name), function));
  }

  private void remove(Library library) {
    libraries.remove(library.name, library);
    library.functions.keySet().forEach(name -> functions.remove(folded(name)));
    release(library);
  }

  /** Lets Lua collect the functions of a library. */
  private void release(Library library) {
    LuaState lua = state;
    if (lua == null) {
      return;
    }
    for (Library.Function function : library.functions.values()) {
      LuaApi.pushNil(lua.main());
      LuaApi.rawSetAt(lua.main(), LuaApi.REGISTRY, function.reference());
      freeReferences.add(function.reference());
    }
  }

  /** FUNCTION DELETE. */
  void delete(String name) {
    Library library = libraries.get(name);
    if (library == null) {
      throw new CommandError("ERR Library not found");
    }
    remove(library);
  }

  /** FUNCTION FLUSH: the libraries go with the state they were compiled in. */
  public void flush() {
    libraries.clear();
    functions.clear();
    freeReferences.clear();
    nextReference = FIRST_FUNCTION;
    LuaState old = state;
    state = null;
    sandbox = null;
    if (old != null) {
      ScriptEngine.discard(old);
    }
  }

  /**
   * FUNCTION RESTORE: all of the libraries or none.
   *
   * @throws CommandError when one cannot be loaded; then nothing has changed
   */
  void restore(List<byte[]> sources, Policy policy) {
    List<byte[]> before = sources();
    if (policy == Policy.FLUSH) {
      flush();
    }
    try {
      for (byte[] source : sources) {
        String name = Shebang.ofLibrary(source).name();
        if (policy == Policy.APPEND && libraries.containsKey(name)) {
          // Without the quotes of FUNCTION LOAD.
          throw new CommandError("ERR Library " + name + " already exists");
        }
        load(source, policy == Policy.REPLACE);
      }
    } catch (CommandError refused) {
      flush();
      before.forEach(source -> load(source, false));
      throw refused;
    }
  }

  /** What a request to call a function is to the server's state. */
  @Nullable Command kind(Request request) {
    Library.Function function = functions.get(folded(request.text(1)));
    return function == null ? null : ScriptKinds.of(function.flags());
  }

  /** FCALL and FCALL_RO. */
  void call(Call call, boolean onlyReads) {
    Library.Function function = functions.get(folded(call.text(1)));
    if (function == null) {
      throw new CommandError("ERR Function not found");
    }
    int keys = ScriptEngine.keyCount(call, new CommandError("ERR Bad number of keys provided"));
    engine.require(function.flags(), onlyReads);
    LuaState lua = state();
    long main = lua.main();
    LuaApi.rawGetAt(main, LuaApi.REGISTRY, function.reference());
    ScriptEngine.pushArguments(main, call, 3, keys);
    ScriptEngine.pushArguments(main, call, 3 + keys, call.argc() - 3 - keys);
    engine.run(call, lua, function.name(), true, function.flags(), onlyReads, 2);
  }

  /** All libraries. */
  Collection<Library> all() {
    return libraries.values();
  }

  /** The sources of all libraries, for snapshots. */
  public List<byte[]> sources() {
    List<byte[]> sources = new ArrayList<>();
    libraries.values().forEach(library -> sources.add(library.source));
    return sources;
  }

  /** Number of libraries. */
  public int libraryCount() {
    return libraries.size();
  }

  /** Number of functions. */
  public int functionCount() {
    return functions.size();
  }

  /** Bytes that Lua takes for them. */
  public long luaBytes() {
    return state == null ? 0 : state.usedBytes();
  }

  /** Bytes of their sources and of what finds them. */
  public long cacheBytes() {
    long bytes = OVERHEAD_BYTES;
    for (Library library : libraries.values()) {
      bytes += library.source.length + (long) OVERHEAD_BYTES * (1 + library.functions.size());
    }
    return bytes;
  }

  @Override
  public void close() {
    if (state != null) {
      state.close();
      state = null;
    }
  }
}
