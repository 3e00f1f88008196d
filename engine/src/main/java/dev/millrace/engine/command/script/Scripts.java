package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaState;
import dev.millrace.engine.script.LuaValues;
import dev.millrace.engine.script.Sandbox;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The scripts that EVAL and SCRIPT LOAD have brought, compiled, by their SHA-1.
 *
 * <p>Owned by: executor thread.
 */
public final class Scripts implements AutoCloseable {
  static final String KILLED = "ERR Script killed by user with SCRIPT KILL...";
  private static final int SHA_DIGITS = 40;
  private static final int FIRST_FUNCTION = 1 << 22;
  private static final int OVERHEAD_BYTES = 160;

  /** One script: its number in the registry of the state is where its function is. */
  private static final class Script {
    final String sha;
    final byte[] shaBytes;
    final byte[] source;
    final @Nullable Set<ScriptFlag> flags;
    final int function;

    Script(String sha, byte[] source, @Nullable Set<ScriptFlag> flags, int function) {
      this.sha = sha;
      this.shaBytes = sha.getBytes(StandardCharsets.US_ASCII);
      this.source = source;
      this.flags = flags;
      this.function = function;
    }
  }

  private final ScriptEngine engine;
  private final Map<Long, Script> bySource = new HashMap<>();
  private final Map<Long, Script> bySha = new HashMap<>();
  private @Nullable LuaState state;
  private @Nullable Sandbox sandbox;
  private long sourceBytes;

  public Scripts(ScriptEngine engine) {
    this.engine = engine;
  }

  private LuaState state() {
    LuaState present = state;
    if (present != null) {
      return present;
    }
    LuaState fresh = new LuaState(ScriptEngine.MEMORY_BYTES_MAX, engine, () -> KILLED);
    Sandbox box =
        new Sandbox(
            fresh, engine.random(), List.of(new RedisModule(fresh, engine.calls()).forScripts()));
    box.setGlobal("__redis__err__handler", fresh::describeError);
    state = fresh;
    sandbox = box;
    return fresh;
  }

  /** EVAL and EVAL_RO. */
  void eval(Call call, boolean onlyReads) {
    int keys = ScriptEngine.keyCount(call, CommandError.NOT_AN_INTEGER);
    run(call, script(call, 1), keys, onlyReads);
  }

  /** EVALSHA and EVALSHA_RO. */
  void evalSha(Call call, boolean onlyReads) {
    if (call.length(1) != SHA_DIGITS) {
      throw noScript();
    }
    int keys = ScriptEngine.keyCount(call, CommandError.NOT_AN_INTEGER);
    Script script = find(call.address(1), call.length(1));
    if (script == null) {
      throw noScript();
    }
    run(call, script, keys, onlyReads);
  }

  private static CommandError noScript() {
    return new CommandError("NOSCRIPT No matching script. Please use EVAL.");
  }

  private void run(Call call, Script script, int keys, boolean onlyReads) {
    engine.require(script.flags, onlyReads);
    LuaState lua = state();
    Sandbox box = sandbox;
    assert box != null;
    long main = lua.main();
    ScriptEngine.pushArguments(main, call, 3, keys);
    box.setGlobal("KEYS");
    ScriptEngine.pushArguments(main, call, 3 + keys, call.argc() - 3 - keys);
    box.setGlobal("ARGV");
    LuaApi.rawGetAt(main, LuaApi.REGISTRY, script.function);
    engine.run(call, lua, script.sha, false, script.flags, onlyReads, 0);
  }

  /** What a request to run a script is to the server's state. */
  @Nullable Command kind(Request request) {
    long address = request.address(1);
    int length = request.length(1);
    if (length < 2 || Memory.getByte(address) != '#' || Memory.getByte(address + 1) != '!') {
      return null;
    }
    Script known = bySource.get(Memory.hash(address, length));
    if (known != null && Memory.equalAscii(address, length, known.source)) {
      return kind(known.flags);
    }
    try {
      return kind(Shebang.ofScript(Memory.bytes(address, length)).flags());
    } catch (CommandError wrong) {
      // Whoever runs it is told.
      return null;
    }
  }

  /** As {@link #kind(Request)}, of a script that is called by its digest. */
  @Nullable Command kindOfSha(Request request) {
    Script known = find(request.address(1), request.length(1));
    return known == null ? null : kind(known.flags);
  }

  private static @Nullable Command kind(@Nullable Set<ScriptFlag> flags) {
    return flags == null ? null : ScriptKinds.of(flags);
  }

  private @Nullable Script find(long sha, int length) {
    if (length != SHA_DIGITS) {
      return null;
    }
    long prefix = 0;
    for (int i = 0; i < 16; i++) {
      prefix = (prefix << 4) | (Character.digit(Memory.getByte(sha + i), 16) & 15);
    }
    Script script = bySha.get(prefix);
    return script != null && Memory.equalIgnoreCase(sha, length, script.shaBytes) ? script : null;
  }

  /** The script whose source is an argument, compiled now when it is new. */
  private Script script(Call call, int argument) {
    long address = call.address(argument);
    int length = call.length(argument);
    long hash = Memory.hash(address, length);
    Script known = bySource.get(hash);
    if (known != null && Memory.equalAscii(address, length, known.source)) {
      return known;
    }
    byte[] source = Memory.bytes(address, length);
    String sha = RedisModule.sha1(source);
    Shebang shebang = Shebang.ofScript(source);
    LuaState lua = state();
    long main = lua.main();
    if (!lua.load(main, shebang.code(), "@user_script")) {
      String why = LuaValues.text(main, -1);
      LuaApi.setTop(main, LuaState.BASE);
      throw new CommandError("ERR Error compiling script (new function): " + why);
    }
    int function = FIRST_FUNCTION + bySha.size();
    LuaApi.rawSetAt(main, LuaApi.REGISTRY, function);
    Script script = new Script(sha, source, shebang.flags(), function);
    bySource.put(hash, script);
    bySha.put(Long.parseUnsignedLong(sha, 0, 16, 16), script);
    sourceBytes += source.length;
    return script;
  }

  /** SCRIPT LOAD. */
  String load(Call call) {
    return script(call, 2).sha;
  }

  /** SCRIPT EXISTS. */
  boolean exists(Call call, int argument) {
    return find(call.address(argument), call.length(argument)) != null;
  }

  /** SCRIPT FLUSH: the scripts go with the state they were compiled in. */
  void flush() {
    bySource.clear();
    bySha.clear();
    sourceBytes = 0;
    LuaState old = state;
    state = null;
    sandbox = null;
    if (old != null) {
      ScriptEngine.discard(old);
    }
  }

  /** Number of scripts. */
  public int count() {
    return bySha.size();
  }

  /** Bytes that Lua takes for them. */
  public long luaBytes() {
    return state == null ? 0 : state.usedBytes();
  }

  /** Bytes of their sources and of what finds them. */
  public long cacheBytes() {
    return sourceBytes + (long) OVERHEAD_BYTES * bySha.size();
  }

  @Override
  public void close() {
    if (state != null) {
      state.close();
      state = null;
    }
  }
}
