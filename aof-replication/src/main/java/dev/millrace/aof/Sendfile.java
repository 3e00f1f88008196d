package dev.millrace.aof;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Sends file bytes into a socket without copying them through this process: sendfile(2), with
 * poll(2) for a socket that is full, and dup(2) and close(2) for the socket's descriptor, all
 * through the FFM API on Linux. The only place that calls sendfile.
 *
 * <p>Java's own {@code FileChannel.transferTo} returns 0 both for a full socket and for a file that
 * was cut short, so a caller spins on the latter for ever; here the two are told apart.
 *
 * <p>Owned by: no thread; every call works on the descriptors it is given and may block the caller
 * for as long as its timeout.
 */
public final class Sendfile {
  // A kernel that does not preempt itself lets nobody else run until the call is over: so each is
  // short, some tens of microseconds.
  private static final long MOST_BYTES = 128 << 10;
  private static final int EAGAIN = 11;
  private static final int EINTR = Descriptors.EINTR;
  private static final short POLLOUT = 4;

  private static final MethodHandle SENDFILE =
      Descriptors.function(
          "sendfile",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle POLL =
      Descriptors.function(
          "poll",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private Sendfile() {}

  /**
   * Sends {@code bytes} bytes of a file from {@code position} on, waiting while the socket is full.
   *
   * @param socket descriptor of a stream socket, blocking or not
   * @param file descriptor of a file open for reading; its own position is not moved
   * @param timeoutMillis how long the socket may take nothing before the call gives up; 0 tries
   *     once
   * @return the bytes sent: fewer than asked, perhaps 0, only when the socket took nothing for that
   *     long
   * @throws EOFException when the file ends before {@code position + bytes}, at once
   * @throws IOException when the peer is gone (EPIPE, ECONNRESET) or the file cannot be read
   */
  public static long transfer(int socket, int file, long position, long bytes, int timeoutMillis)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(Descriptors.ERRNO_LAYOUT);
      MemorySegment offset = arena.allocate(ValueLayout.JAVA_LONG);
      long sent = 0;
      while (sent < bytes) {
        offset.set(ValueLayout.JAVA_LONG, 0, position + sent);
        long n =
            (long)
                SENDFILE.invokeExact(
                    captured, socket, file, offset, Math.min(bytes - sent, MOST_BYTES));
        if (n > 0) {
          sent += n;
          continue;
        }
        if (n == 0) {
          throw new EOFException(
              "the file ends at " + (position + sent) + ", expected " + (position + bytes));
        }
        int errno = Descriptors.errno(captured);
        if (errno == EINTR) {
          continue;
        }
        if (errno != EAGAIN) {
          throw new IOException(
              "sendfile stopped after " + sent + " bytes: " + Descriptors.describe(errno));
        }
        if (!awaitWritable(arena, captured, socket, timeoutMillis)) {
          return sent;
        }
      }
      return sent;
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("sendfile cannot throw", e);
    }
  }

  /**
   * False when the time passed first. An error on the socket counts as writable: sendfile tells.
   */
  private static boolean awaitWritable(
      Arena arena, MemorySegment captured, int socket, int timeoutMillis) throws Throwable {
    // struct pollfd { int fd; short events; short revents; }
    MemorySegment pollfd = arena.allocate(8, 4);
    pollfd.set(ValueLayout.JAVA_INT, 0, socket);
    pollfd.set(ValueLayout.JAVA_SHORT, 4, POLLOUT);
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
    while (true) {
      long left = Math.max(0, (deadline - System.nanoTime() + 999_999) / 1_000_000);
      int ready = (int) POLL.invokeExact(captured, pollfd, 1L, (int) left);
      if (ready > 0) {
        return true;
      }
      if (ready == 0) {
        return false;
      }
      int errno = Descriptors.errno(captured);
      if (errno != EINTR) {
        throw new IOException("poll failed: " + Descriptors.describe(errno));
      }
    }
  }

  /** A second descriptor of the same socket, for a transfer that outlives the channel's own. */
  public static int duplicate(int descriptor) throws IOException {
    return Descriptors.duplicate(descriptor);
  }

  /** Closes a descriptor that {@link #duplicate} gave. */
  public static void close(int descriptor) throws IOException {
    Descriptors.close(descriptor);
  }
}
