package dev.millrace.backlog;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Maps and unmaps the memory of blocks with {@code mmap(2)} and {@code munmap(2)}.
 *
 * <p>Not {@link Arena}: closing a shared arena makes every thread of the process take part in a
 * handshake, and allocating from one fills the memory with zeros first, touching each page; both
 * would be a pause on the thread that appends. Anonymous pages come zeroed from the kernel when
 * they are first written, and go back to it at once. The constants are those of Linux.
 *
 * <p>Stateless but for a counter; any thread.
 */
final class BlockMemory {
  /** All of memory, for reaching an absolute address; address 0 is never valid. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final int PROT_READ_WRITE = 0x1 | 0x2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final long MAP_FAILED = -1;

  private static final MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle MUNMAP =
      function(
          "munmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private static final AtomicLong MAPPED_BYTES = new AtomicLong();

  private BlockMemory() {}

  /**
   * Maps {@code bytes} of zeroed private memory and returns its page-aligned address.
   *
   * @throws OutOfMemoryError when the system gives none
   */
  static long map(long bytes) {
    long address;
    try {
      address = (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
    } catch (Throwable impossible) {
      throw new AssertionError("mmap cannot be called", impossible);
    }
    if (address == MAP_FAILED) {
      throw new OutOfMemoryError("the system gives no " + bytes + " bytes for a backlog block");
    }
    MAPPED_BYTES.addAndGet(bytes);
    return address;
  }

  /** Gives back what {@link #map} returned; the address must not be used any more. */
  static void unmap(long address, long bytes) {
    int result;
    try {
      result = (int) MUNMAP.invokeExact(address, bytes);
    } catch (Throwable impossible) {
      throw new AssertionError("munmap cannot be called", impossible);
    }
    Check.that(result == 0, "munmap(%d, %d) failed", address, bytes);
    MAPPED_BYTES.addAndGet(-bytes);
  }

  /** Bytes mapped now, of all backlogs of the process: what a leak test looks at. */
  static long mappedBytes() {
    return MAPPED_BYTES.get();
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
