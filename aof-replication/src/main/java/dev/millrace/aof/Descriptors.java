package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * Plain file descriptors, as open(2), dup(2) and close(2) know them, reached through the FFM API:
 * Java hides the number inside its channels, and sendfile needs it. Owned by: no thread.
 */
final class Descriptors {
  static final Linker LINKER = Linker.nativeLinker();
  static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
  static final int EINTR = 4;

  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_DUPFD_CLOEXEC = 1030;

  // open(2) and fcntl(2) take a variable argument list after their second parameter.
  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FCNTL =
      function(
          "fcntl",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"),
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

  private Descriptors() {}

  static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    all[0] = CAPTURE_ERRNO;
    System.arraycopy(options, 0, all, 1, options.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, all);
  }

  static int errno(MemorySegment captured) {
    return (int) ERRNO.get(captured, 0L);
  }

  /** What the system calls an error number. */
  static String describe(int errno) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
      return text.reinterpret(256).getString(0) + " (errno " + errno + ")";
    } catch (Throwable e) {
      throw new AssertionError("strerror cannot fail", e);
    }
  }

  /** Opens a file for reading; the descriptor is not inherited by child processes. */
  static int openToRead(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(ERRNO_LAYOUT);
      MemorySegment name = arena.allocateFrom(path.toString());
      int fd;
      do {
        fd = (int) OPEN.invokeExact(captured, name, O_RDONLY | O_CLOEXEC, 0);
      } while (fd < 0 && errno(captured) == EINTR);
      if (fd < 0) {
        throw new IOException("cannot open " + path + ": " + describe(errno(captured)));
      }
      return fd;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("open cannot throw", e);
    }
  }

  /** A second descriptor of the same open file or socket, not inherited by child processes. */
  static int duplicate(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(ERRNO_LAYOUT);
      int fd = (int) FCNTL.invokeExact(captured, descriptor, F_DUPFD_CLOEXEC, 0);
      if (fd < 0) {
        throw new IOException(
            "cannot duplicate descriptor " + descriptor + ": " + describe(errno(captured)));
      }
      return fd;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("fcntl cannot throw", e);
    }
  }

  /** Closes a descriptor; never repeated, for Linux has freed the number even when it complains. */
  static void close(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(ERRNO_LAYOUT);
      int result = (int) CLOSE.invokeExact(captured, descriptor);
      if (result < 0 && errno(captured) != EINTR) {
        throw new IOException(
            "cannot close descriptor " + descriptor + ": " + describe(errno(captured)));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("close cannot throw", e);
    }
  }
}
