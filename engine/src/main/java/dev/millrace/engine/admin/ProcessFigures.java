package dev.millrace.engine.admin;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * CPU time of the process, of its children and of the calling thread, from getrusage(2). The struct
 * begins with two timevals, user and system, each two 64-bit words: seconds and microseconds; the
 * fifth word is the largest resident size in kilobytes.
 */
final class ProcessFigures {
  private static final long RUSAGE_BYTES = 256;
  private static final MethodHandle GETRUSAGE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("getrusage"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  /** Whose figures. */
  enum Who {
    PROCESS(0),
    CHILDREN(-1),
    THREAD(1);

    private final int code;

    Who(int code) {
      this.code = code;
    }
  }

  /**
   * Figures of one moment.
   *
   * @param residentPeakBytes the most memory the process ever had in RAM
   */
  record Usage(long userMicros, long systemMicros, long residentPeakBytes) {}

  private ProcessFigures() {}

  static Usage of(Who who) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment usage = arena.allocate(RUSAGE_BYTES, Long.BYTES);
      int failed = (int) GETRUSAGE.invokeExact(who.code, usage);
      if (failed != 0) {
        return new Usage(0, 0, 0);
      }
      return new Usage(micros(usage, 0), micros(usage, 2), word(usage, 4) * 1024);
    } catch (Throwable impossible) {
      // A downcall declares Throwable; this one raises nothing.
      throw new IllegalStateException(impossible);
    }
  }

  private static long micros(MemorySegment usage, int word) {
    return word(usage, word) * 1_000_000 + word(usage, word + 1);
  }

  private static long word(MemorySegment usage, int index) {
    return usage.getAtIndex(ValueLayout.JAVA_LONG, index);
  }
}
