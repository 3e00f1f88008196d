package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import org.jspecify.annotations.Nullable;

/**
 * Bytes off-heap, appended at the end; the memory is taken at the first append, doubles when it is
 * full, and moves then.
 *
 * <p>Owned by: one thread.
 */
final class GrowingBuffer implements AutoCloseable {
  private final int initialBytes;
  private @Nullable Region region;
  private long size;

  GrowingBuffer(int initialBytes) {
    this.initialBytes = initialBytes;
  }

  /** Where the first byte is, until the next append; 0 before the first. */
  long address() {
    return region == null ? 0 : region.address();
  }

  long size() {
    return size;
  }

  /** Forgets the content, and gives back memory that one large content has taken. */
  void clear() {
    size = 0;
    if (region != null && region.bytes() > 16L * initialBytes) {
      close();
    }
  }

  /** Appends {@code bytes} bytes of unknown content and returns their address. */
  long extend(long bytes) {
    long needed = size + bytes;
    Region room = region;
    if (room == null || needed > room.bytes()) {
      room = grow(room, needed);
    }
    long at = room.address() + size;
    size = needed;
    return at;
  }

  void append(long address, long bytes) {
    Memory.copy(address, extend(bytes), bytes);
  }

  void append(byte[] source, int offset, int length) {
    Memory.put(extend(length), source, offset, length);
  }

  private Region grow(@Nullable Region full, long needed) {
    long doubled = full == null ? initialBytes : 2 * full.bytes();
    Region larger = new Region(Math.max(needed, doubled));
    if (full != null) {
      Memory.copy(full.address(), larger.address(), size);
      full.close();
    }
    region = larger;
    return larger;
  }

  @Override
  public void close() {
    if (region != null) {
      region.close();
      region = null;
    }
    size = 0;
  }
}
