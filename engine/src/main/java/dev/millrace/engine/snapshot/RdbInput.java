package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * RDB's numbers, lengths and strings, read from a channel through one buffer of fixed size, or from
 * a range of memory.
 *
 * <p>No length that is read leads to an allocation of that size: memory grows only as the bytes
 * arrive (an LZF string to at most {@value LzfDecoder#EXPANSION_MAX} times its compressed bytes).
 *
 * <p>Owned by: one thread.
 */
final class RdbInput implements AutoCloseable {
  /** The longest string read; a longer one is taken for damage. */
  static final long STRING_MAX_BYTES = Integer.MAX_VALUE;

  private final @Nullable ReadableByteChannel source;
  private final @Nullable Region region;
  private final @Nullable ByteBuffer view;
  private final @Nullable RdbReadAhead ahead;
  private final boolean checksum;
  private final GrowingBuffer packed = new GrowingBuffer(64 << 10);

  /** The part that another thread read, and in which the position is. */
  private @Nullable RdbChunk chunk;

  private long base;
  private long position;
  private long limit;
  private long baseOffset;
  private long summedTo;
  private long crc = Crc64.EMPTY;

  private long integer;
  private long stringAddress;
  private long stringLength;

  /** Reads a channel, which must be a blocking one. */
  RdbInput(ReadableByteChannel source, int bufferBytes, boolean checksum) {
    this.source = source;
    this.region = new Region(bufferBytes);
    this.view = region.view();
    this.ahead = null;
    this.checksum = checksum;
    this.base = region.address();
  }

  /** Takes what another thread reads. */
  RdbInput(RdbReadAhead ahead, boolean checksum) {
    this.source = null;
    this.region = null;
    this.view = null;
    this.ahead = ahead;
    this.checksum = checksum;
  }

  /** Reads memory, given by {@link #wrap}. */
  RdbInput() {
    this.source = null;
    this.region = null;
    this.view = null;
    this.ahead = null;
    this.checksum = false;
  }

  /** Begins at the first of these bytes; they must stay as they are while they are read. */
  void wrap(long address, long bytes) {
    base = address;
    position = 0;
    limit = bytes;
  }

  /** Bytes consumed since the start. */
  long offset() {
    return baseOffset + position;
  }

  /** Bytes taken from the source and not consumed. */
  long buffered() {
    return limit - position;
  }

  /** Where {@link #buffered} bytes begin. */
  long bufferedAddress() {
    return base + position;
  }

  /** The checksum of all bytes consumed. */
  long crc() {
    if (chunk != null) {
      return crcIn(chunk);
    }
    if (checksum && summedTo < position) {
      long bytes = position - summedTo;
      crc = Crc64.update(crc, Memory.segment(base + summedTo, bytes), 0, bytes);
    }
    summedTo = position;
    return crc;
  }

  private long crcIn(RdbChunk part) {
    long consumed = base + position - part.address();
    if (consumed <= 0) {
      // Never at an RDB's end: the opcode there was read from this part.
      throw new IllegalStateException("the checksum of bytes that were given back");
    }
    return checksum
        ? Crc64.update(part.crcBefore, Memory.segment(part.address(), consumed), 0, consumed)
        : part.crcBefore;
  }

  int readByte(String what) throws IOException {
    need(1, what);
    return Memory.getByte(base + position++) & 0xff;
  }

  int readInt(String what) throws IOException {
    need(Integer.BYTES, what);
    int value = Memory.getInt(base + position);
    position += Integer.BYTES;
    return value;
  }

  long readLong(String what) throws IOException {
    need(Long.BYTES, what);
    long value = Memory.getLong(base + position);
    position += Long.BYTES;
    return value;
  }

  void skip(int bytes, String what) throws IOException {
    need(bytes, what);
    position += bytes;
  }

  /** A length, or a number written as one. */
  long readLength(String what) throws IOException {
    long at = offset();
    return length(readByte(what), at, what);
  }

  /** The same where all 64 bits count, as in a stream's IDs. */
  long readNumber(String what) throws IOException {
    long at = offset();
    int first = readByte(what);
    return first == RdbFormat.LENGTH_64_BITS
        ? Long.reverseBytes(readLong(what))
        : length(first, at, what);
  }

  /** The same where only a 64-bit pattern is wanted, as in module data. */
  void skipLength(String what) throws IOException {
    readNumber(what);
  }

  private long length(int first, long at, String what) throws IOException {
    if (first < RdbFormat.LENGTH_14_BITS) {
      return first;
    }
    if (first < RdbFormat.LENGTH_32_BITS) {
      return (first & 0x3fL) << 8 | readByte(what);
    }
    if (first == RdbFormat.LENGTH_32_BITS) {
      return Integer.toUnsignedLong(Integer.reverseBytes(readInt(what)));
    }
    if (first == RdbFormat.LENGTH_64_BITS) {
      long length = Long.reverseBytes(readLong(what));
      if (length < 0) {
        throw new RdbFormatException("a length beyond 63 bits in " + what, at);
      }
      return length;
    }
    throw new RdbFormatException("byte 0x%02x is not a length, in %s".formatted(first, what), at);
  }

  /**
   * Reads a string. When it returns true the string is stored as a number, {@link #integer}; else
   * it lies at {@link #stringAddress}, in {@code holder} or in the buffer, until the next read.
   */
  boolean readString(GrowingBuffer holder, String what) throws IOException {
    long at = offset();
    int first = readByte(what);
    switch (first) {
      case RdbFormat.ENCODED_INT8 -> integer = (byte) readByte(what);
      case RdbFormat.ENCODED_INT16 -> {
        need(Short.BYTES, what);
        integer = Memory.getShort(base + position);
        position += Short.BYTES;
      }
      case RdbFormat.ENCODED_INT32 -> integer = readInt(what);
      case RdbFormat.ENCODED_LZF -> {
        readCompressed(holder, at, what);
        return false;
      }
      default -> {
        readPlain(holder, checkedLength(length(first, at, what), at, what), what);
        return false;
      }
    }
    return true;
  }

  /** Reads a string as text into {@code holder}, whatever its encoding; it stays there. */
  void readText(GrowingBuffer holder, String what) throws IOException {
    if (readString(holder, what)) {
      holder.clear();
      String text = Long.toString(integer);
      holder.append(text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
    } else if (stringAddress != holder.address() || holder.size() != stringLength) {
      holder.clear();
      holder.append(stringAddress, stringLength);
    }
    stringAddress = holder.address();
    stringLength = holder.size();
  }

  /** Passes over a string without keeping it. */
  void skipString(String what) throws IOException {
    long at = offset();
    int first = readByte(what);
    long left =
        switch (first) {
          case RdbFormat.ENCODED_INT8 -> 1;
          case RdbFormat.ENCODED_INT16 -> 2;
          case RdbFormat.ENCODED_INT32 -> 4;
          case RdbFormat.ENCODED_LZF -> {
            long bytes = readLength(what);
            readLength(what);
            yield bytes;
          }
          default -> length(first, at, what);
        };
    while (left > 0) {
      need(1, what);
      long piece = Math.min(left, buffered());
      position += piece;
      left -= piece;
    }
  }

  long integer() {
    return integer;
  }

  long stringAddress() {
    return stringAddress;
  }

  long stringLength() {
    return stringLength;
  }

  private void readPlain(GrowingBuffer holder, long bytes, String what) throws IOException {
    if (bytes <= inPlaceMax()) {
      need(bytes, what);
      stringAddress = base + position;
      position += bytes;
    } else {
      fill(holder, bytes, what);
      stringAddress = holder.address();
    }
    stringLength = bytes;
  }

  private long inPlaceMax() {
    if (ahead != null) {
      return RdbChunk.ROOM_BYTES;
    }
    return region == null ? Long.MAX_VALUE : region.bytes() / 2;
  }

  private void readCompressed(GrowingBuffer holder, long at, String what) throws IOException {
    long bytes = checkedLength(readLength(what), at, what);
    long plain = checkedLength(readLength(what), at, what);
    if (plain == 0 || plain > bytes * LzfDecoder.EXPANSION_MAX) {
      throw new RdbFormatException(
          "%d compressed bytes cannot stand for %d, in %s".formatted(bytes, plain, what), at);
    }
    readPlain(packed, bytes, what);
    holder.clear();
    long target = holder.extend(plain);
    if (!LzfDecoder.expand(stringAddress, bytes, target, plain)) {
      throw new RdbFormatException("damaged compression in " + what, at);
    }
    if (stringAddress == packed.address()) {
      packed.clear();
    }
    stringAddress = holder.address();
    stringLength = plain;
  }

  private void fill(GrowingBuffer holder, long bytes, String what) throws IOException {
    holder.clear();
    long left = bytes;
    while (left > 0) {
      need(1, what);
      long piece = Math.min(left, buffered());
      holder.append(base + position, piece);
      position += piece;
      left -= piece;
    }
  }

  private static long checkedLength(long length, long at, String what) throws RdbFormatException {
    if (length > STRING_MAX_BYTES) {
      throw new RdbFormatException("%s of %d bytes is too long".formatted(what, length), at);
    }
    return length;
  }

  /** Makes sure that this many bytes lie in the buffer from the position on. */
  private void need(long bytes, String what) throws IOException {
    while (limit - position < bytes) {
      if (ahead != null) {
        nextChunk(ahead, what);
        continue;
      }
      if (source == null || view == null) {
        throw new RdbFormatException("the bytes end inside " + what, baseOffset + limit);
      }
      if (position > 0) {
        crc();
        Memory.copy(base + position, base, limit - position);
        baseOffset += position;
        limit -= position;
        position = 0;
        summedTo = 0;
      }
      view.clear().position((int) limit);
      int read = source.read(view);
      if (read < 0) {
        throw new RdbFormatException("the bytes end inside " + what, baseOffset + limit);
      }
      if (read == 0) {
        throw new IOException("the source of an RDB stream must be a blocking one");
      }
      limit += read;
    }
  }

  /** Goes on to the next part, before which what is left of this one is put. */
  private void nextChunk(RdbReadAhead from, String what) throws IOException {
    RdbChunk next = from.next();
    if (next == null) {
      throw new RdbFormatException("the bytes end inside " + what, baseOffset + limit);
    }
    long left = limit - position;
    if (chunk != null) {
      Memory.copy(base + position, next.address() - left, left);
      from.giveBack(chunk);
    }
    chunk = next;
    base = next.address() - left;
    baseOffset += position;
    position = 0;
    limit = left + next.bytes;
  }

  @Override
  public void close() {
    packed.close();
    if (region != null) {
      region.close();
    }
  }
}
