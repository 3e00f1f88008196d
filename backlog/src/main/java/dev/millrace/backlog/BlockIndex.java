package dev.millrace.backlog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the block of a number: slot = number modulo the slots, a power of two, so that finding is
 * arithmetic. The window's numbers are consecutive and never more than the slots, so none collide.
 *
 * <p>A reader may look into an array that has just been replaced by a larger one. That is harmless:
 * what it looks for was published, hence put in, before it looked, and a replaced array is not
 * written any more; and what it finds it checks by number ({@link Block#tryRetain}).
 *
 * <p>{@link #find}: any thread. Owned by: the backlog's writer.
 */
final class BlockIndex {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Block[].class);
  private static final long SLOTS_MAX = 1 << 30;

  // Slots are written with release and read with acquire.
  private volatile @Nullable Block[] slots;

  /** An empty index for about {@code blocks} blocks; it grows when there are more. */
  BlockIndex(long blocks) {
    int size = 4;
    while (size < Math.min(blocks, 1024)) {
      size *= 2;
    }
    slots = new @Nullable Block[size];
  }

  /** The block last put under a slot for {@code number}: that block, a later one, or null. */
  @Nullable Block find(long number) {
    @Nullable Block[] array = slots;
    return (@Nullable Block) SLOT.getAcquire(array, slot(array, number));
  }

  /** Puts the block that follows the {@code count} blocks from {@code first} on. */
  void put(long number, Block block, long first, int count) {
    @Nullable Block[] array = slots;
    if (count == array.length) {
      array = grown(array, first, count);
      slots = array;
    }
    SLOT.setRelease(array, slot(array, number), block);
  }

  /** Takes a block out. */
  Block remove(long number) {
    @Nullable Block[] array = slots;
    int slot = slot(array, number);
    Block block = Objects.requireNonNull(array[slot], "no block in the window's slot");
    SLOT.setRelease(array, slot, (@Nullable Block) null);
    return block;
  }

  private static @Nullable Block[] grown(@Nullable Block[] array, long first, int count) {
    Check.that(array.length < SLOTS_MAX, "a window of %d blocks cannot grow", count);
    @Nullable Block[] larger = new @Nullable Block[array.length * 2];
    for (long number = first; number < first + count; number++) {
      larger[slot(larger, number)] = array[slot(array, number)];
    }
    return larger;
  }

  private static int slot(@Nullable Block[] array, long number) {
    return (int) (number & (array.length - 1));
  }
}
