package dev.millrace.engine.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;

/**
 * Anonymous private pages straight from the system (mmap, munmap, mremap and madvise of Linux,
 * bound by the foreign function API). Fresh pages read as zeros and cost nothing until they are
 * touched.
 *
 * <p>Threads: any.
 */
public final class Pages {
  /** Granularity of every length here. Linux on x86-64 and, by default, on aarch64. */
  public static final long PAGE_BYTES = 4096;

  /** Size and alignment of a transparent huge page on both architectures with 4 KiB pages. */
  public static final long HUGE_PAGE_BYTES = 2L << 20;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;
  private static final int MREMAP_MAYMOVE = 1;
  private static final int MREMAP_FIXED = 2;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final int PRIO_PROCESS = 0;
  private static final int CALLING_THREAD = 0;
  private static final int NICEST = 19;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final FunctionDescriptor RANGE_CALL =
      FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle MMAP =
      bind(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP = bind("munmap", RANGE_CALL);
  private static final MethodHandle MADVISE =
      bind("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MREMAP =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("mremap"),
          FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(4));
  private static final MethodHandle SETPRIORITY =
      bind("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final LongAdder MAPPED_BYTES = new LongAdder();

  private Pages() {}

  private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  /** Rounds up to whole pages. */
  public static long roundUp(long bytes) {
    return (bytes + PAGE_BYTES - 1) & -PAGE_BYTES;
  }

  /**
   * Maps zeroed pages.
   *
   * @param bytes length, rounded up to whole pages
   * @return the page-aligned address
   * @throws OutOfMemoryError when the system has no more, with the length and errno
   */
  public static long map(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a mapping has at least one byte, asked for " + bytes);
    }
    long rounded = roundUp(bytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      long address =
          (long)
              MMAP.invokeExact(
                  state,
                  MemorySegment.NULL,
                  rounded,
                  PROT_READ_WRITE,
                  MAP_PRIVATE_ANONYMOUS_NORESERVE,
                  -1,
                  0L);
      if (address == -1) {
        throw new OutOfMemoryError(
            "the system gave no "
                + rounded
                + " bytes of memory (mmap, errno "
                + errno(state)
                + "; mapped so far: "
                + mappedBytes()
                + " bytes)");
      }
      MAPPED_BYTES.add(rounded);
      return address;
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Maps zeroed pages at a multiple of {@code alignment}.
   *
   * @param alignment a power of two, at least one page
   */
  public static long mapAligned(long bytes, long alignment) {
    long rounded = roundUp(bytes);
    long wide = map(rounded + alignment - PAGE_BYTES);
    long address = (wide + alignment - 1) & -alignment;
    if (address > wide) {
      unmap(wide, address - wide);
    }
    long end = wide + rounded + alignment - PAGE_BYTES;
    if (end > address + rounded) {
      unmap(address + rounded, end - address - rounded);
    }
    return address;
  }

  /** Gives mapped pages back. Touching them afterwards kills the process. */
  public static void unmap(long address, long bytes) {
    long rounded = roundUp(bytes);
    rangeCall(MUNMAP, "munmap", address, rounded);
    MAPPED_BYTES.add(-rounded);
  }

  /**
   * Grows or shrinks a mapping where it stands.
   *
   * @return false when what lies behind it is taken; nothing has changed then
   */
  static boolean resize(long address, long oldBytes, long newBytes) {
    long result = remap(address, roundUp(oldBytes), roundUp(newBytes), 0, 0);
    if (result == -1) {
      return false;
    }
    MAPPED_BYTES.add(roundUp(newBytes) - roundUp(oldBytes));
    return true;
  }

  /** Moves the pages of a mapping over another of the new length, without copying their bytes. */
  static void moveOver(long from, long oldBytes, long to, long newBytes) {
    long result =
        remap(from, roundUp(oldBytes), roundUp(newBytes), MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (result != to) {
      throw new OutOfMemoryError("mremap of " + oldBytes + " to " + newBytes + " bytes failed");
    }
    MAPPED_BYTES.add(-roundUp(oldBytes));
  }

  private static long remap(long address, long oldBytes, long newBytes, int flags, long to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      return (long)
          MREMAP.invokeExact(
              state,
              MemorySegment.ofAddress(address),
              oldBytes,
              newBytes,
              flags,
              MemorySegment.ofAddress(to));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Asks for huge pages, which save most of the address translations of random access. Advice only:
   * a kernel without them is no error.
   */
  public static void adviseHuge(long address, long bytes) {
    advise(address, bytes, MADV_HUGEPAGE);
  }

  /** Gives the memory behind mapped pages back; they stay mapped and read as zeros. */
  public static void discard(long address, long bytes) {
    advise(address, roundUp(bytes), MADV_DONTNEED);
  }

  private static void advise(long address, long bytes, int advice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result =
          (int) MADVISE.invokeExact(state, MemorySegment.ofAddress(address), bytes, advice);
      if (result != 0 && advice == MADV_DONTNEED) {
        throw new IllegalStateException(
            "madvise of " + bytes + " bytes at " + address + ": errno " + errno(state));
      }
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Lets every other thread run before the calling one (setpriority, which Linux does by thread).
   */
  static void giveWay() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int ignored = (int) SETPRIORITY.invokeExact(state, PRIO_PROCESS, CALLING_THREAD, NICEST);
      assert ignored == 0 : "setpriority: errno " + errno(state);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** Bytes mapped here and not unmapped, by the whole process. */
  public static long mappedBytes() {
    return MAPPED_BYTES.sum();
  }

  private static void rangeCall(MethodHandle call, String name, long address, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result = (int) call.invokeExact(state, MemorySegment.ofAddress(address), bytes);
      if (result != 0) {
        throw new IllegalStateException(
            name + " of " + bytes + " bytes at " + address + ": errno " + errno(state));
      }
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static RuntimeException rethrow(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    if (t instanceof RuntimeException exception) {
      throw exception;
    }
    return new IllegalStateException(t);
  }
}
