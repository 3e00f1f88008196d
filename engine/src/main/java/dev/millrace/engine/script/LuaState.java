package dev.millrace.engine.script;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.millrace.engine.script.LuaError.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Lua state, its functions written in Java, and the way they raise errors.
 *
 * <p>A Lua error is a {@code longjmp} to the innermost protected call, and no Java frame may lie in
 * between. So a Java function never raises one: it returns the error as its result and sets the
 * state's hook for returns to Lua's own {@code lua_error}. Lua calls the hook when the function has
 * returned, its frame still in place and the result on top of the stack, which is all that {@code
 * lua_error} wants to know: the error is raised from C, at the place and with the names it would
 * have had if the function were C. Whoever catches it ({@code pcall}, {@code xpcall} and {@code
 * load} are ours for that reason) sets the hook back. A coroutine that an error ends needs no such
 * care, for hooks belong to coroutines.
 *
 * <p>A script is stopped in the same way: the hook becomes {@code luaL_error}, called at every
 * line; it takes the record of the hook's event, which begins with the event's number, for its
 * message.
 *
 * <p>Owned by: one thread at a time.
 */
public final class LuaState implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LuaState.class);
  private static final FunctionDescriptor FUNCTION = FunctionDescriptor.of(JAVA_INT, JAVA_LONG);
  private static final FunctionDescriptor HOOK = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG);
  private static final long RAISE = LuaLibrary.address("lua_error");
  private static final long STOP = LuaLibrary.address("luaL_error");
  private static final int INSTRUCTIONS_PER_LOOK = 100_000;
  private static final int ERRORS_PER_LOOK = 1_000;

  /** Height of the main stack between calls. */
  public static final int BASE = 1;

  /** What a stopped script's error message ends with: the number of a hook's event. */
  private static final String STOPPED_BY_COUNT = "\u0003";

  private static final String STOPPED_BY_LINE = "\u0002";

  private final Arena arena = Arena.ofShared();
  private final LuaMemory memory;
  private final Interrupt interrupt;
  private final Supplier<String> stopText;
  private final MethodHandle enter;
  private final long hook;
  private final long main;
  private final int errorHandler;
  private boolean raising;
  private boolean stopping;
  private int errors;
  private boolean closed;

  /**
   * A state with Lua's own libraries, all of them, and nothing else.
   *
   * @param bytesMax memory it may take
   * @param interrupt asked now and then while Lua code runs whether it must end
   * @param stopText the message of the error that ends it
   */
  @SuppressWarnings("this-escape") // the upcalls come only when Lua code runs
  public LuaState(long bytesMax, Interrupt interrupt, Supplier<String> stopText) {
    this.memory = new LuaMemory(bytesMax);
    this.interrupt = interrupt;
    this.stopText = stopText;
    MethodHandle onEvent;
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      enter =
          lookup
              .findVirtual(
                  LuaState.class,
                  "enter",
                  MethodType.methodType(int.class, LuaFunction.class, long.class))
              .bindTo(this);
      onEvent =
          lookup
              .findVirtual(
                  LuaState.class,
                  "lookAround",
                  MethodType.methodType(void.class, long.class, long.class))
              .bindTo(this);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
    hook = LuaLibrary.upcall(onEvent, HOOK, arena);
    main = LuaApi.newState(memory.address(arena), 0);
    if (main == 0) {
      throw new OutOfMemoryError("no memory for a Lua state");
    }
    LuaApi.openLibraries(main);
    push(main, this::describeError);
    errorHandler = LuaApi.top(main);
    assert errorHandler == BASE;
  }

  /** The main coroutine. */
  public long main() {
    return main;
  }

  /** Bytes that the state takes. */
  public long usedBytes() {
    return memory.usedBytes();
  }

  /** Whether a value of so many bytes may be made in Lua; to be asked before. */
  public boolean hasRoom(long bytes) {
    return bytes < memory.room();
  }

  /** Pushes a function written in Java. */
  public void push(long lua, LuaFunction function) {
    LuaApi.pushClosure(lua, address(function), 0);
  }

  /** The address of a function written in Java, as C calls it. */
  long address(LuaFunction function) {
    return LuaLibrary.upcall(MethodHandles.insertArguments(enter, 0, function), FUNCTION, arena);
  }

  /**
   * Compiles source code and pushes the function.
   *
   * @return true when it compiled; else the message is pushed
   */
  public boolean load(long lua, byte[] source, String name) {
    boolean before = memory.unbounded(false);
    try (Arena temporary = Arena.ofConfined()) {
      long text = Native.bytes(temporary, source);
      long chunk = Native.cString(temporary, name);
      if (source.length > 0 && source[0] == Native.BINARY_CHUNK) {
        // Compiled code is not checked by Lua and could do anything: it is read as text.
        byte[] spaced = new byte[source.length + 1];
        spaced[0] = ' ';
        System.arraycopy(source, 0, spaced, 1, source.length);
        return LuaApi.loadBuffer(lua, Native.bytes(temporary, spaced), spaced.length, chunk) == 0;
      }
      return LuaApi.loadBuffer(lua, text, source.length, chunk) == 0;
    } finally {
      memory.unbounded(before);
    }
  }

  /**
   * Calls the function below its arguments on the main coroutine.
   *
   * @param timed whether the interrupt is asked meanwhile
   * @return true when it ended well, with the results pushed; else the error is
   */
  public boolean call(int arguments, int results, boolean timed) {
    stopping = false;
    raising = false;
    LuaApi.setHook(main, timed ? hook : 0, timed ? LuaApi.MASK_COUNT : 0, INSTRUCTIONS_PER_LOOK);
    boolean before = memory.unbounded(false);
    try {
      return LuaApi.protectedCall(main, arguments, results, errorHandler) == 0;
    } finally {
      memory.unbounded(before);
      LuaApi.setHook(main, 0, 0, 0);
      raising = false;
    }
  }

  /** True when the last call was stopped by its interrupt. */
  public boolean wasStopped() {
    return stopping;
  }

  /**
   * A protected call on behalf of Lua code, from within a Java function: an error comes back as a
   * value, and the hook is as it was.
   */
  boolean protectedCall(long lua, int arguments, int results) {
    boolean before = memory.unbounded(false);
    boolean well;
    try {
      well = LuaApi.protectedCall(lua, arguments, results, 0) == 0;
    } finally {
      memory.unbounded(before);
    }
    if (raising || stopping) {
      raising = false;
      LuaApi.setHook(
          lua,
          stopping ? STOP : hook,
          stopping ? LuaApi.MASK_LINE : LuaApi.MASK_COUNT,
          INSTRUCTIONS_PER_LOOK);
    }
    if (!well && stopping) {
      nameStop(lua);
    }
    return well;
  }

  /** Puts the proper message in the place of the one that stopping has left on top. */
  private void nameStop(long lua) {
    if (LuaApi.type(lua, -1) != LuaApi.TYPE_STRING) {
      return;
    }
    String text = LuaValues.text(lua, -1);
    if (text.endsWith(STOPPED_BY_COUNT) || text.endsWith(STOPPED_BY_LINE)) {
      LuaApi.setTop(lua, -2);
      LuaValues.pushError(lua, stopText.get(), false);
    }
  }

  /** What C calls: runs a function and turns what it throws into a Lua error. */
  @SuppressWarnings("unused") // by a method handle
  private int enter(LuaFunction function, long lua) {
    boolean before = memory.unbounded(true);
    try {
      return function.run(lua);
    } catch (LuaError error) {
      return raise(lua, error);
    } catch (RuntimeException | Error unexpected) {
      // Nothing may leave an upcall, or the process ends.
      LOG.error("a function that Lua called failed", unexpected);
      return raise(lua, LuaError.table("ERR internal error: " + unexpected));
    } finally {
      memory.unbounded(before);
    }
  }

  private int raise(long lua, LuaError error) {
    raising = true;
    if (++errors % ERRORS_PER_LOOK == 0 && interrupt.look()) {
      // Catching an error begins the count of instructions anew, so a script could go on for ever.
      stopping = true;
    }
    LuaApi.checkStack(lua, 8);
    if (error.kind() == Kind.NATIVE) {
      LuaApi.setHook(lua, error.detail(), LuaApi.MASK_RETURN, 0);
      return 0;
    }
    switch (error.kind()) {
      case POSITIONED -> LuaValues.push(lua, LuaValues.place(lua, 1) + error.text());
      case ARGUMENT ->
          LuaValues.push(lua, LuaValues.badArgument(lua, (int) error.detail(), error.text()));
      case TABLE, REPLIED -> LuaValues.pushError(lua, error.text(), error.kind() == Kind.REPLIED);
      default -> LuaValues.push(lua, error.text());
    }
    LuaApi.setHook(lua, RAISE, LuaApi.MASK_RETURN, 0);
    return 1;
  }

  /**
   * Asks the interrupt from within a function that takes long itself, so that few instructions
   * would be counted.
   */
  public void look(long lua) {
    lookAround(lua, 0);
  }

  /** The hook for counted instructions. */
  @SuppressWarnings("unused") // the activation, which C gives
  private void lookAround(long lua, long activation) {
    try {
      if (!stopping && interrupt.look()) {
        stopping = true;
      }
    } catch (RuntimeException | Error unexpected) {
      LOG.error("a script is stopped, for looking around failed", unexpected);
      stopping = true;
    }
    if (stopping) {
      LuaApi.setHook(lua, STOP, LuaApi.MASK_LINE | LuaApi.MASK_COUNT, 1);
    }
  }

  /**
   * The handler of errors nobody catches: makes a table of whatever was raised, and notes where
   * that was.
   */
  public int describeError(long lua) {
    LuaApi.checkStack(lua, 8);
    LuaApi.setTop(lua, 1);
    if (stopping) {
      nameStop(lua);
    }
    if (LuaApi.type(lua, 1) != LuaApi.TYPE_TABLE) {
      String text = LuaValues.describe(lua, 1);
      LuaApi.setTop(lua, 0);
      LuaValues.pushError(lua, "ERR " + text, false);
    }
    LuaValues.notePlace(lua, 1);
    return 1;
  }

  /** Collects all garbage. */
  public void collectGarbage() {
    LuaApi.collect(main, LuaApi.COLLECT_ALL, 0);
  }

  /** Collects some garbage; a few microseconds. */
  public void collectSome() {
    LuaApi.collect(main, LuaApi.COLLECT_STEP, 1);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.unbounded(true);
      LuaApi.close(main);
      assert memory.usedBytes() == 0 : memory.usedBytes() + " bytes lost";
      arena.close();
    }
  }
}
