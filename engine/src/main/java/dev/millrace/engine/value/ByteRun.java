package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;

/**
 * A copy of some bytes that would not stay where they are. Grows as needed.
 *
 * <p>Owned by: executor thread.
 */
final class ByteRun implements AutoCloseable {
  private static final int BYTES = 64;

  private final SlabAllocator memory;
  private long block;
  private int room;
  private int length;

  ByteRun(SlabAllocator memory) {
    this.memory = memory;
  }

  long address() {
    return block;
  }

  int length() {
    return length;
  }

  void set(long address, int bytes) {
    reserve(bytes);
    Memory.copy(address, block, bytes);
    length = bytes;
  }

  /** Takes an element's text. */
  void set(Element element) {
    reserve(element.length());
    length = element.copyTo(block);
  }

  private void reserve(int bytes) {
    if (block == 0 || bytes > room) {
      close();
      room = Math.max(BYTES, bytes);
      block = memory.allocate(room);
    }
  }

  @Override
  public void close() {
    if (block != 0) {
      memory.free(block);
      block = 0;
    }
  }
}
