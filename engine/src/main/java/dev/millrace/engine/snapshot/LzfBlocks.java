package dev.millrace.engine.snapshot;

import com.ning.compress.lzf.ChunkEncoder;
import com.ning.compress.lzf.LZFChunk;
import com.ning.compress.lzf.util.ChunkEncoderFactory;

/**
 * LZF compression block by block.
 *
 * <p>RDB stores bare LZF: a sequence of literal runs ({@code 000nnnnn}, then n + 1 bytes) and back
 * references. The library writes chunks that begin with a 7-byte header, so the bytes after it are
 * what RDB wants; and since a reference reaches back inside its own chunk only, chunks laid one
 * after the other are again one LZF string.
 *
 * <p>Owned by: one thread.
 */
final class LzfBlocks {
  /** The longest input the library packs into one chunk. */
  static final int BLOCK_BYTES = LZFChunk.MAX_CHUNK_LEN;

  private static final int LITERAL_RUN_BYTES = 32;
  private static final int LITERAL_OVERHEAD = BLOCK_BYTES / LITERAL_RUN_BYTES + 1;

  private final ChunkEncoder encoder = ChunkEncoderFactory.safeInstance(BLOCK_BYTES);
  private final byte[] packed = new byte[LZFChunk.MAX_HEADER_LEN + BLOCK_BYTES + LITERAL_OVERHEAD];

  /** The array that the last pack filled, from {@link #packedOffset}. */
  byte[] packed() {
    return packed;
  }

  int packedOffset() {
    return LZFChunk.HEADER_LEN_COMPRESSED;
  }

  /** Compresses a block; returns the number of packed bytes, or -1 when they would not be fewer. */
  int pack(byte[] block, int length) {
    int end = encoder.appendEncodedIfCompresses(block, 1.0, 0, length, packed, 0);
    int bytes = end - LZFChunk.HEADER_LEN_COMPRESSED;
    return end < 0 || bytes >= length ? -1 : bytes;
  }

  /** Writes a block as literal runs; returns the number of packed bytes, a 32nd more than given. */
  int packLiterally(byte[] block, int length) {
    int to = packedOffset();
    for (int from = 0; from < length; from += LITERAL_RUN_BYTES) {
      int run = Math.min(LITERAL_RUN_BYTES, length - from);
      packed[to++] = (byte) (run - 1);
      System.arraycopy(block, from, packed, to, run);
      to += run;
    }
    return to - packedOffset();
  }

  void release() {
    encoder.close();
  }
}
