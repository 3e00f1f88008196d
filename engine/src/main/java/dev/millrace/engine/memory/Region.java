package dev.millrace.engine.memory;

import java.nio.ByteBuffer;

/**
 * A block of whole pages for itself: I/O buffers and the like. Zeroed when new, known to the
 * checked mode from construction to {@link #close()}.
 *
 * <p>Owned by: whoever holds it; any thread may create, read, write and close it.
 */
public final class Region implements AutoCloseable {
  private final long address;
  private final long bytes;
  private boolean closed;

  /**
   * Maps a region.
   *
   * @param bytes length; {@link #bytes()} is exactly this, the pages behind it are rounded up
   * @throws OutOfMemoryError when the system has no more
   */
  public Region(long bytes) {
    this.bytes = bytes;
    this.address = Pages.map(bytes);
    if (Memory.CHECKED) {
      CheckedMemory.regionOpened(address, bytes);
    }
  }

  /** Address of the first byte, page-aligned. */
  public long address() {
    return address;
  }

  /** Length in bytes, as asked for. */
  public long bytes() {
    return bytes;
  }

  /**
   * A new direct buffer over the whole region (its first 2 GiB at most). It must not be used after
   * {@link #close()}.
   */
  public ByteBuffer view() {
    return Memory.view(address, (int) Math.min(bytes, Integer.MAX_VALUE));
  }

  /** Unmaps the region. A second call does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (Memory.CHECKED) {
        CheckedMemory.regionClosed(address, bytes);
      }
      Pages.unmap(address, bytes);
    }
  }
}
