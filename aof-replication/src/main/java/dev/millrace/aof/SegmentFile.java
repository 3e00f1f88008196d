package dev.millrace.aof;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * An open file of the log. Reads and writes carry their position, so one open file serves many
 * readers; writing is for one thread at a time.
 */
public interface SegmentFile extends Closeable {
  /** Its name in the directory when it was opened. */
  String name();

  /** Its present length in bytes. */
  long size() throws IOException;

  /**
   * Writes everything that remains in {@code bytes} at {@code position}. When it throws, an unknown
   * part was written and the buffer's position says nothing: write the same bytes there again.
   *
   * @throws DiskFullException when there is no room; nothing but a lack of room
   */
  void write(ByteBuffer bytes, long position) throws IOException;

  /** Reads up to the buffer's remaining bytes at {@code position}; -1 at the end of the file. */
  int read(ByteBuffer into, long position) throws IOException;

  /** Forces content and length to the disk. A failure must never be answered by trying again. */
  void sync() throws IOException;

  /** Cuts the file to {@code size} bytes. */
  void truncate(long size) throws IOException;

  /** Its first {@code bytes} bytes, read-only, valid until the arena closes. */
  MemorySegment map(Arena arena, long bytes) throws IOException;

  /**
   * The file descriptor for sendfile(2), open for reading until this file is closed.
   *
   * @throws UnsupportedOperationException when the store is not a real file system
   */
  int descriptor() throws IOException;

  /**
   * The channel, for transports that send through one; it closes with this file.
   *
   * @throws UnsupportedOperationException when the store is not a real file system
   */
  FileChannel channel() throws IOException;

  /** Reads {@code into} full from {@code position}; returns false when the file ends before. */
  default boolean readFully(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int n = read(into, at);
      if (n <= 0) {
        return false;
      }
      at += n;
    }
    return true;
  }
}
