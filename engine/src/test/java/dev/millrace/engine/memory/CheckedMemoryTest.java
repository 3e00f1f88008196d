package dev.millrace.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.engine.memory.MemoryFaultError.Fault;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every misuse of memory is caught where it happens, and told with the site of the allocation. */
class CheckedMemoryTest {
  private static long allocateHere(SlabAllocator allocator, long bytes) {
    return allocator.allocate(bytes);
  }

  private static void freeHere(SlabAllocator allocator, long address) {
    allocator.free(address);
  }

  private static void assertFault(Fault fault, String site, ThrowingCallable misuse) {
    MemoryFaultError error = catchThrowableOfType(MemoryFaultError.class, misuse);
    assertThat(error).as("no fault was raised").isNotNull();
    assertThat(error.fault()).isEqualTo(fault);
    assertThat(error).hasMessageContaining("CheckedMemoryTest." + site);
  }

  @Test
  void shouldRunWithTheCheckedModeOn() {
    assertThat(Memory.CHECKED).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 8, 20, 64, 100, 300, 5000, 32768, 32769, 500_000, 5_000_000})
  void shouldCatchAccessOutOfBounds(long bytes) {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocateHere(allocator, bytes);
      Memory.putByte(block + bytes - 1, (byte) 1);
      String site = "allocateHere";
      assertFault(Fault.OUT_OF_BOUNDS, site, () -> Memory.getByte(block + bytes));
      assertFault(
          Fault.OUT_OF_BOUNDS, site, () -> Memory.putLong(block + Math.max(0, bytes - 4), 0));
      assertFault(Fault.OUT_OF_BOUNDS, site, () -> Memory.fill(block, bytes + 1, (byte) 0));
      assertFault(Fault.OUT_OF_BOUNDS, site, () -> Memory.hash(block + 1, bytes));
      assertThatThrownBy(() -> Memory.getByte(block - 1)).isInstanceOf(MemoryFaultError.class);
      allocator.free(block);
    }
  }

  @Test
  void shouldCatchNegativeLengthsAndTheNullAddress() {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocator.allocate(16);
      assertThatThrownBy(() -> Memory.copy(block, block + 8, -1))
          .isInstanceOf(MemoryFaultError.class);
      assertThatThrownBy(() -> Memory.getLong(0)).isInstanceOf(MemoryFaultError.class);
      assertThatThrownBy(() -> Memory.getLong(-8)).isInstanceOf(MemoryFaultError.class);
      allocator.free(block);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 100, 32768, 40_000, 5_000_000})
  void shouldCatchUseAfterFree(long bytes) {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocateHere(allocator, bytes);
      freeHere(allocator, block);
      assertFault(Fault.USE_AFTER_FREE, "allocateHere", () -> Memory.getLong(block));
      assertFault(
          Fault.USE_AFTER_FREE, "freeHere", () -> Memory.putByte(block + bytes - 1, (byte) 1));
    }
  }

  @Test
  void shouldCatchUseOfTheOldAddressAfterReallocate() {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocateHere(allocator, 100);
      long moved = allocator.reallocate(block, 101);
      assertFault(Fault.USE_AFTER_FREE, "allocateHere", () -> Memory.getLong(block));
      allocator.free(moved);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 100, 32768, 40_000})
  void shouldCatchDoubleFree(long bytes) {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocateHere(allocator, bytes);
      freeHere(allocator, block);
      assertFault(Fault.DOUBLE_FREE, "freeHere", () -> allocator.free(block));
      assertThat(allocator.usedBytes()).isZero();
    }
  }

  @Test
  void shouldCatchFreeOfAnAddressInsideABlockAndOfAnotherAllocatorsBlock() {
    try (SlabAllocator allocator = new SlabAllocator();
        SlabAllocator other = new SlabAllocator()) {
      long block = allocateHere(allocator, 100);
      assertFault(Fault.NOT_AN_ALLOCATION, "allocateHere", () -> allocator.free(block + 8));
      assertThatThrownBy(() -> other.free(block))
          .isInstanceOf(MemoryFaultError.class)
          .hasMessageContaining("not allocated by this allocator");
      allocator.free(block);
    }
  }

  @Test
  void shouldNameTheSitesOfLeaksAtClose() {
    SlabAllocator allocator = new SlabAllocator();
    long small = allocateHere(allocator, 100);
    allocateHere(allocator, 100_000);
    assertFault(Fault.LEAK, "allocateHere", allocator::close);
    allocator.close();
    assertFault(Fault.USE_AFTER_FREE, "allocateHere", () -> Memory.getLong(small));
  }

  @Test
  void shouldAcceptTheSpareBytesOnceTheyWereAskedFor() {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocateHere(allocator, 97);
      assertFault(Fault.OUT_OF_BOUNDS, "allocateHere", () -> Memory.putByte(block + 97, (byte) 1));
      assertThat(allocator.usableBytes(block)).isEqualTo(104);
      Memory.putByte(block + 103, (byte) 1);
      assertFault(Fault.OUT_OF_BOUNDS, "allocateHere", () -> Memory.putByte(block + 104, (byte) 1));
      allocator.free(block);
      assertThat(allocator.usedBytes()).isZero();
    }
  }

  @Test
  void shouldCatchAWriteThroughABufferToAFreedBlock() {
    SlabAllocator allocator = new SlabAllocator();
    long block = allocateHere(allocator, 100);
    ByteBuffer late = Memory.view(block, 100);
    freeHere(allocator, block);
    late.putLong(0, 1);
    assertFault(Fault.USE_AFTER_FREE, "allocateHere", allocator::trim);
  }

  @Test
  void shouldCatchUseOfAClosedRegion() {
    Region region = new Region(10_000);
    Memory.putLong(region.address() + 9_992, 1);
    assertFault(
        Fault.OUT_OF_BOUNDS,
        "shouldCatchUseOfAClosedRegion",
        () -> Memory.getLong(region.address() + 9_993));
    region.close();
    region.close();
    assertFault(
        Fault.USE_AFTER_FREE,
        "shouldCatchUseOfAClosedRegion",
        () -> Memory.getLong(region.address()));
  }

  @Test
  void shouldAcceptAdoptedMemoryUntilItIsDisowned() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64);
    long address = MemorySegment.ofBuffer(buffer).address();
    Memory.adopt(address, 64);
    buffer.put(63, (byte) 42);
    assertThat(Memory.getByte(address + 63)).isEqualTo((byte) 42);
    assertThatThrownBy(() -> Memory.getByte(address + 64)).isInstanceOf(MemoryFaultError.class);
    Memory.disown(address);
    assertThatThrownBy(() -> Memory.getByte(address)).isInstanceOf(MemoryFaultError.class);
  }

  @Test
  void shouldCatchASecondThreadUnlessTheAllocatorWasHandedOver() throws InterruptedException {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long block = allocator.allocate(8);
      assertThat(inAnotherThread(() -> allocator.free(block)))
          .isInstanceOf(MemoryFaultError.class)
          .hasMessageStartingWith("WRONG_THREAD");
      allocator.handOver();
      assertThat(inAnotherThread(() -> allocator.free(block))).isNull();
    }
  }

  private static @Nullable Throwable inAnotherThread(Runnable task) throws InterruptedException {
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Thread thread = new Thread(task);
    thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
    thread.start();
    thread.join();
    return thrown.get();
  }
}
