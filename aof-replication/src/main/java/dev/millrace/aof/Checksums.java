package dev.millrace.aof;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/** CRC32C over files and mapped bytes; the JDK computes it with the processor's own instruction. */
final class Checksums {
  // A buffer counts in ints.
  private static final long PIECE_BYTES = 1L << 30;

  // Read in pieces that stay in the processor's cache: mapping a file costs a fault for each page.
  private static final int READ_BYTES = 256 << 10;

  private Checksums() {}

  /** Over a file's first {@code bytes} bytes. */
  static int crc32c(SegmentFile file, long bytes) throws IOException {
    return crc32c(file, bytes, read -> {});
  }

  /**
   * The same.
   *
   * @param pace told after each piece how many bytes were read, and may wait
   */
  static int crc32c(SegmentFile file, long bytes, LongConsumer pace) throws IOException {
    CRC32C crc = new CRC32C();
    try (Arena arena = Arena.ofConfined()) {
      ByteBuffer buffer = arena.allocate(READ_BYTES).asByteBuffer();
      for (long at = 0; at < bytes; ) {
        buffer.clear().limit((int) Math.min(READ_BYTES, bytes - at));
        if (!file.readFully(buffer, at)) {
          throw new EOFException(file.name() + " was cut short while it was read");
        }
        int read = buffer.position();
        at += read;
        crc.update(buffer.flip());
        pace.accept(read);
      }
    }
    return (int) crc.getValue();
  }

  static int crc32c(MemorySegment bytes, long from, long to) {
    CRC32C crc = new CRC32C();
    update(crc, bytes, from, to);
    return (int) crc.getValue();
  }

  static void update(CRC32C crc, MemorySegment bytes, long from, long to) {
    for (long at = from; at < to; ) {
      long n = Math.min(PIECE_BYTES, to - at);
      crc.update(bytes.asSlice(at, n).asByteBuffer());
      at += n;
    }
  }
}
