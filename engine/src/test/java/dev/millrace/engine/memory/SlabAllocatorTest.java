package dev.millrace.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The allocator against a model: blocks keep their bytes, and the accounting is exact. */
class SlabAllocatorTest {
  private record Block(long address, long bytes, byte mark) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldKeepEveryBlockIntactAndAccountForEveryByte(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Block> blocks = new ArrayList<>();
    try (SlabAllocator allocator = new SlabAllocator()) {
      long expectedBytes = 0;
      for (int step = 0; step < 9_000; step++) {
        int dice = random.nextInt(100);
        boolean growing = step / 3000 % 2 == 0;
        if (blocks.isEmpty() || dice < (growing ? 60 : 25)) {
          Block block = newBlock(allocator, random);
          blocks.add(block);
          expectedBytes += SlabAllocator.accountedBytes(block.bytes);
        } else {
          int index = random.nextInt(blocks.size());
          Block block = blocks.get(index);
          assertThat(verify(block)).as("seed %d step %d", seed, step).isTrue();
          expectedBytes -= SlabAllocator.accountedBytes(block.bytes);
          if (dice < 85) {
            allocator.free(block.address);
            blocks.set(index, blocks.getLast());
            blocks.removeLast();
          } else {
            Block longer = reallocate(allocator, block, randomBytes(random));
            expectedBytes += SlabAllocator.accountedBytes(longer.bytes);
            blocks.set(index, longer);
          }
        }
        assertThat(allocator.usedBytes())
            .as("seed %d step %d", seed, step)
            .isEqualTo(expectedBytes);
      }
      for (Block block : blocks) {
        assertThat(verify(block)).as("seed %d at the end", seed).isTrue();
        allocator.free(block.address);
      }
      assertThat(allocator.usedBytes()).isZero();
      allocator.trim();
      assertThat(allocator.reservedBytes()).isZero();
    }
  }

  private static Block newBlock(SlabAllocator allocator, SplittableRandom random) {
    long bytes = randomBytes(random);
    boolean zeroed = random.nextInt(10) == 0;
    long address = zeroed ? allocator.allocateZeroed(bytes) : allocator.allocate(bytes);
    assertThat(address & 7).isZero();
    if (zeroed) {
      for (long i = 0; i < bytes; i++) {
        assertThat(Memory.getByte(address + i)).isZero();
      }
    }
    return mark(new Block(address, bytes, (byte) random.nextInt()));
  }

  private static Block reallocate(SlabAllocator allocator, Block block, long bytes) {
    long moved = allocator.reallocate(block.address, bytes);
    long kept = Math.min(bytes, block.bytes);
    assertThat(verify(new Block(moved, kept, block.mark))).isTrue();
    return mark(new Block(moved, bytes, block.mark));
  }

  private static long randomBytes(SplittableRandom random) {
    int scale = random.nextInt(100);
    if (scale < 80) {
      return 1L + random.nextInt(300);
    }
    return scale < 98 ? 1L + random.nextInt(40_000) : 1L + random.nextInt(400_000);
  }

  private static Block mark(Block block) {
    Memory.fill(block.address, block.bytes, block.mark);
    return block;
  }

  private static boolean verify(Block block) {
    for (long i = 0; i < block.bytes; i += Math.max(1, block.bytes / 64)) {
      if (Memory.getByte(block.address + i) != block.mark) {
        return false;
      }
    }
    return Memory.getByte(block.address + block.bytes - 1) == block.mark;
  }

  @Test
  void shouldOfferEveryMultipleOfEightUpTo256AndWasteAtMostAnEighthAbove() {
    for (int bytes = 1; bytes <= SizeClass.MAX_BYTES; bytes++) {
      int sizeClass = SizeClass.of(bytes);
      int size = SizeClass.bytes(sizeClass);
      assertThat(size).isGreaterThanOrEqualTo(bytes);
      assertThat(sizeClass).isBetween(1, SizeClass.COUNT - 1);
      assertThat(SizeClass.of(size)).isEqualTo(sizeClass);
      if (bytes <= 256) {
        assertThat(size).isLessThan(bytes + 8);
      } else {
        assertThat((size - bytes) * 8).isLessThan(size);
      }
    }
  }

  @Test
  void shouldReturnEmptySlabsToTheSystem() {
    try (SlabAllocator allocator = new SlabAllocator()) {
      long[] blocks = new long[100_000];
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] = allocator.allocate(100);
      }
      long full = allocator.reservedBytes();
      assertThat(full).isGreaterThanOrEqualTo(allocator.usedBytes());
      for (long block : blocks) {
        allocator.free(block);
      }
      allocator.trim();
      assertThat(allocator.reservedBytes()).isZero();
    }
  }

  @Test
  void shouldMarkBlocksOfSparseSlabsAsWorthMovingUntilNoneIsLeft() {
    SplittableRandom random = new SplittableRandom(7);
    try (SlabAllocator allocator = new SlabAllocator()) {
      List<Long> kept = new ArrayList<>();
      List<Long> dropped = new ArrayList<>();
      for (int i = 0; i < 60_000; i++) {
        (random.nextInt(8) == 0 ? kept : dropped).add(allocator.allocate(200));
      }
      dropped.forEach(allocator::free);
      allocator.trim();
      long sparse = allocator.reservedBytes();
      for (int pass = 0; pass < 4; pass++) {
        for (int i = 0; i < kept.size(); i++) {
          if (allocator.worthMoving(kept.get(i))) {
            long moved = allocator.allocate(200);
            Memory.copy(kept.get(i), moved, 8);
            allocator.free(kept.set(i, moved));
          }
        }
      }
      allocator.trim();
      assertThat(allocator.reservedBytes()).isLessThan(sparse / 3);
      kept.forEach(allocator::free);
    }
  }
}
