package dev.millrace.engine.net;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls on file descriptors that Java has not. Any thread. */
final class Descriptors {
  private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle DUP = bind("dup", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle FCNTL =
      bind(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private Descriptors() {}

  private static MethodHandle bind(
      String name, FunctionDescriptor signature, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature, options);
  }

  /** Another descriptor of the same socket. */
  static int duplicate(int descriptor) throws IOException {
    int own = call(DUP, descriptor);
    if (own < 0) {
      throw new IOException("dup failed: no file descriptor is free");
    }
    return own;
  }

  static void close(int descriptor) {
    call(CLOSE, descriptor);
  }

  /** Whether calls on the socket wait. */
  static boolean isBlocking(int descriptor) {
    return (control(descriptor, F_GETFL, 0) & O_NONBLOCK) == 0;
  }

  /** Makes calls on the socket wait or not, through whichever descriptor they come. */
  static void blocking(int descriptor, boolean blocking) throws IOException {
    int flags = control(descriptor, F_GETFL, 0);
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (flags < 0 || control(descriptor, F_SETFL, wanted) < 0) {
      throw new IOException("fcntl failed on descriptor " + descriptor);
    }
  }

  private static int control(int descriptor, int operation, int argument) {
    try {
      return (int) FCNTL.invokeExact(descriptor, operation, argument);
    } catch (Throwable t) {
      throw new LinkageError("a call into libc failed", t);
    }
  }

  private static int call(MethodHandle function, int descriptor) {
    try {
      return (int) function.invokeExact(descriptor);
    } catch (Throwable t) {
      throw new LinkageError("a call into libc failed", t);
    }
  }

  /**
   * How many more descriptors this process may open; as good as unlimited where that is unknown.
   */
  static long spare() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max open files")) {
          return Long.parseLong(line.substring("Max open files".length()).trim().split(" ")[0])
              - open.count();
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.info("the limit of open files is unknown: {}", e.getMessage());
    }
    return Integer.MAX_VALUE;
  }
}
