package dev.millrace.engine.script;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The allocator of one Lua state: the system's, with the bytes counted and bounded (L7). A script
 * that wants more gets "not enough memory" from Lua.
 *
 * <p>While Java runs on behalf of Lua the bound does not hold, for the error would have to jump
 * over Java frames: what is taken then is bounded by who takes it.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class LuaMemory {
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle REALLOC =
      LuaLibrary.systemHandle("realloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE =
      LuaLibrary.systemHandle("free", FunctionDescriptor.ofVoid(JAVA_LONG));

  private final long bytesMax;
  private long usedBytes;
  private boolean unbounded = true;

  LuaMemory(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** The address of this allocator as Lua calls it. */
  long address(Arena arena) {
    try {
      MethodHandle target =
          MethodHandles.lookup()
              .findVirtual(
                  LuaMemory.class,
                  "allocate",
                  MethodType.methodType(
                      long.class, long.class, long.class, long.class, long.class));
      return LuaLibrary.upcall(target.bindTo(this), TYPE, arena);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  long usedBytes() {
    return usedBytes;
  }

  /** Bytes that may still be taken. */
  long room() {
    return bytesMax - usedBytes;
  }

  /** Sets whether the bound is off; the former value is returned. */
  boolean unbounded(boolean value) {
    boolean before = unbounded;
    unbounded = value;
    return before;
  }

  /** {@code lua_Alloc}: resizes, frees (to 0 bytes) or allocates (from none) a block. */
  @SuppressWarnings("unused") // called from C
  long allocate(long data, long block, long oldBytes, long newBytes) {
    try {
      if (newBytes == 0) {
        if (block != 0) {
          usedBytes -= oldBytes;
          FREE.invokeExact(block);
        }
        return 0;
      }
      long grown = newBytes - (block == 0 ? 0 : oldBytes);
      if (grown > 0 && !unbounded && usedBytes + grown > bytesMax) {
        return 0;
      }
      long moved = (long) REALLOC.invokeExact(block, newBytes);
      if (moved != 0) {
        usedBytes += grown;
      }
      return moved;
    } catch (Throwable impossible) {
      // Nothing may leave an upcall; C raises nothing.
      return 0;
    }
  }
}
