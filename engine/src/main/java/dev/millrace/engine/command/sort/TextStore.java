package dev.millrace.engine.command.sort;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;

/**
 * Texts one behind the other in memory of their own, named by their position, which stays when the
 * memory moves in growing. It is held from the first text to {@link #clear}.
 *
 * <p>Owned by: executor thread.
 */
final class TextStore {
  private static final long BYTES_MIN = 8 * 1024;

  private final SlabAllocator memory;
  private long base;
  private long room;
  private long used;

  TextStore(SlabAllocator memory) {
    this.memory = memory;
  }

  /** Adds a text, which is not among these; returns its position. */
  long add(Element text) {
    reserve(text.length());
    long at = used;
    used += text.copyTo(base + used);
    return at;
  }

  /** Adds bytes that are not among these; returns their position. */
  long add(long address, int bytes) {
    reserve(bytes);
    Memory.copy(address, base + used, bytes);
    long at = used;
    used += bytes;
    return at;
  }

  /** Adds a text that is among these already. */
  void repeat(long position, int bytes) {
    reserve(bytes);
    Memory.copy(base + position, base + used, bytes);
    used += bytes;
  }

  /** Where a text is, until the next one is added. */
  long address(long position) {
    return base + position;
  }

  /** Forgets the texts from a position on. */
  void cut(long position) {
    used = position;
  }

  private void reserve(int more) {
    long needed = used + more;
    if (base == 0) {
      room = Math.max(BYTES_MIN, needed);
      base = memory.allocate(room);
    } else if (needed > room) {
      room = Math.max(needed, room * 2);
      base = memory.reallocate(base, room);
    }
  }

  /** Forgets all texts. */
  void clear() {
    if (base != 0) {
      memory.free(base);
    }
    base = 0;
    used = 0;
  }
}
