package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheduling priority of one thread: setpriority(2), which on Linux concerns the calling thread
 * alone. Java's own priorities do nothing there unless the whole process runs as root with a flag.
 *
 * <p>Owned by: no thread; each call is about the thread that makes it.
 */
public final class ThreadPriority {
  private static final Logger LOGGER = LoggerFactory.getLogger(ThreadPriority.class);
  private static final int PRIO_PROCESS = 0;
  private static final int CALLING_THREAD = 0;

  /**
   * Bound by the first thread that gives way, which has time: to bind takes a tenth of a second.
   */
  private static final class Native {
    static final MethodHandle SETPRIORITY =
        Descriptors.function(
            "setpriority",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));
  }

  private ThreadPriority() {}

  /**
   * A daemon thread, not started yet, that lets others go first; where the kernel refuses that, it
   * is as any other.
   *
   * @param nice as in {@link #giveWay}
   */
  public static Thread threadGivingWay(String name, int nice, Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .unstarted(() -> {
          try {
            giveWay(nice);
          } catch (IOException e) {
            LOGGER.debug("{} runs at the priority of all threads: {}", name, e.getMessage());
          }
          work.run();
        });
  }

  /**
   * Lets the other threads of the machine go first from now on. It cannot be taken back without
   * privileges, so it is for threads whose whole work may wait.
   *
   * @param nice 1 to 19: the higher, the longer it waits; the kernel gives about 1.25 times less
   *     time for each step
   * @throws IOException when the kernel refuses
   */
  public static void giveWay(int nice) throws IOException {
    Check.that(nice >= 1 && nice <= 19, "nice must be within 1 and 19");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(Descriptors.ERRNO_LAYOUT);
      int result =
          (int) Native.SETPRIORITY.invokeExact(captured, PRIO_PROCESS, CALLING_THREAD, nice);
      if (result < 0) {
        throw new IOException(
            "setpriority failed: " + Descriptors.describe(Descriptors.errno(captured)));
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("setpriority cannot throw", e);
    }
  }
}
