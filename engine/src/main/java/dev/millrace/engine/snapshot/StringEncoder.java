package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import java.io.IOException;

/**
 * Writes RDB strings whose bytes come in pieces: as a number when the text is one (at most 11
 * characters, the canonical decimal form of a 32-bit number), compressed when that is asked for and
 * saves bytes (more than 20 bytes), else as they are.
 *
 * <p>The compressed length stands before the compressed bytes, so these have to be held until the
 * string ends. To bound that, strings longer than {@value #COMPRESSED_MAX_BYTES} bytes are written
 * plain; and a string longer than one block (64 KiB) is compressed only if its first block shrinks,
 * since by the time another one does not, the plain bytes are gone (such a block then costs a 32nd
 * more than its size).
 *
 * <p>Owned by: one thread.
 */
final class StringEncoder implements AutoCloseable {
  static final int COMPRESSED_MAX_BYTES = 16 << 20;

  private static final int NUMBER_MAX_BYTES = 11;
  private static final int COMPRESSED_MIN_BYTES = 21;
  // Compression must save this much, or reading it back is not worth the work.
  private static final int SAVED_MIN_BYTES = 4;

  private enum Mode {
    SHORT,
    PLAIN,
    BLOCKS
  }

  private final RdbOutput out;
  private boolean compress;
  private final LzfBlocks lzf = new LzfBlocks();
  private final byte[] block = new byte[LzfBlocks.BLOCK_BYTES];
  private final GrowingBuffer packed = new GrowingBuffer(64 << 10);
  private final byte[] digits = new byte[20];

  private Mode mode = Mode.PLAIN;
  private long total;
  private long taken;
  private int blockFill;

  StringEncoder(RdbOutput out, boolean compress) {
    this.out = out;
    this.compress = compress;
  }

  /** Whether the strings that follow are to be compressed. */
  void compress(boolean wanted) {
    compress = wanted;
  }

  /** A string whose bytes lie in one place. */
  void put(long address, long bytes) throws IOException {
    begin(bytes);
    piece(address, bytes);
    end();
  }

  /** A short string, of bytes that are a name or a setting. */
  void put(byte[] text) throws IOException {
    int number = text.length <= NUMBER_MAX_BYTES ? canonicalLength(text, text.length) : 0;
    if (number > 0) {
      integer(parse(text, text.length));
    } else {
      out.putLength(text.length);
      out.putBytes(text, 0, text.length);
    }
  }

  /** A string that is the decimal form of {@code value}. */
  void integer(long value) throws IOException {
    if (value == (byte) value) {
      out.putByte(RdbFormat.ENCODED_INT8);
      out.putByte((int) value);
    } else if (value == (short) value) {
      out.putByte(RdbFormat.ENCODED_INT16);
      out.putShort((int) value);
    } else if (value == (int) value) {
      out.putByte(RdbFormat.ENCODED_INT32);
      out.putInt((int) value);
    } else {
      int start = format(value);
      out.putLength(digits.length - start);
      out.putBytes(digits, start, digits.length - start);
    }
  }

  /** Begins a string of {@code bytes} bytes, which {@link #piece} brings and {@link #end} ends. */
  void begin(long bytes) throws IOException {
    assert taken == total : "a string was begun inside another";
    total = bytes;
    taken = 0;
    blockFill = 0;
    if (bytes <= NUMBER_MAX_BYTES) {
      mode = Mode.SHORT;
    } else if (compress && bytes >= COMPRESSED_MIN_BYTES && bytes <= COMPRESSED_MAX_BYTES) {
      mode = Mode.BLOCKS;
    } else {
      mode = Mode.PLAIN;
      out.putLength(bytes);
    }
  }

  void piece(long address, long bytes) throws IOException {
    assert bytes <= total - taken : "more bytes than announced";
    long from = address;
    long left = bytes;
    while (left > 0 && mode != Mode.PLAIN) {
      int count = (int) Math.min(left, block.length - blockFill);
      Memory.get(from, block, blockFill, count);
      blockFill += count;
      taken += count;
      from += count;
      left -= count;
      if (blockFill == block.length && total > block.length) {
        packBlock();
      }
    }
    if (left > 0) {
      out.putBytes(from, left);
      taken += left;
    }
  }

  void end() throws IOException {
    assert taken == total : "fewer bytes than announced";
    switch (mode) {
      case SHORT -> endShort();
      case BLOCKS -> endBlocks();
      case PLAIN -> {
        // Everything is out already.
      }
    }
  }

  private void endShort() throws IOException {
    if (canonicalLength(block, blockFill) > 0) {
      integer(parse(block, blockFill));
    } else {
      out.putLength(blockFill);
      out.putBytes(block, 0, blockFill);
    }
  }

  private void endBlocks() throws IOException {
    if (total > block.length) {
      if (blockFill > 0) {
        packBlock();
      }
      compressed(packed.size());
      out.putBytes(packed.address(), packed.size());
      packed.clear();
      return;
    }
    int bytes = lzf.pack(block, blockFill);
    if (bytes > 0 && bytes <= blockFill - SAVED_MIN_BYTES) {
      compressed(bytes);
      out.putBytes(lzf.packed(), lzf.packedOffset(), bytes);
    } else {
      out.putLength(blockFill);
      out.putBytes(block, 0, blockFill);
    }
  }

  private void compressed(long bytes) throws IOException {
    out.putByte(RdbFormat.ENCODED_LZF);
    out.putLength(bytes);
    out.putLength(total);
  }

  private void packBlock() throws IOException {
    int bytes = lzf.pack(block, blockFill);
    if (packed.size() == 0 && (bytes < 0 || bytes > blockFill - blockFill / 16)) {
      mode = Mode.PLAIN;
      out.putLength(total);
      out.putBytes(block, 0, blockFill);
    } else {
      packed.append(
          lzf.packed(),
          lzf.packedOffset(),
          bytes >= 0 ? bytes : lzf.packLiterally(block, blockFill));
    }
    blockFill = 0;
  }

  /** Returns {@code length} when the text is what a 32-bit number prints as, else 0. */
  private static int canonicalLength(byte[] text, int length) {
    if (length == 0) {
      return 0;
    }
    int first = text[0] == '-' ? 1 : 0;
    if (length == first || length - first > 10) {
      return 0;
    }
    if (text[first] == '0' && length > 1) {
      return 0;
    }
    for (int i = first; i < length; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return 0;
      }
    }
    long value = parse(text, length);
    return value == (int) value ? length : 0;
  }

  private static long parse(byte[] text, int length) {
    boolean negative = text[0] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < length; i++) {
      value = value * 10 + (text[i] - '0');
    }
    return negative ? -value : value;
  }

  /** Prints a number at the end of {@link #digits}; returns where it starts. */
  private int format(long value) {
    int at = digits.length;
    long rest = value;
    do {
      digits[--at] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    } while (rest != 0);
    if (value < 0) {
      digits[--at] = '-';
    }
    return at;
  }

  @Override
  public void close() {
    lzf.release();
    packed.close();
  }
}
