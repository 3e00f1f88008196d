package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.RealText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the replies of one client, RESP2 or RESP3, into pooled buffers. It holds buffers only from
 * the first byte to {@link #flush}; several commands of a batch may be answered in between, and a
 * push may be written at any command boundary.
 *
 * <p>Strings are byte strings: each char is one byte (ISO-8859-1), as {@link Request#text} gives
 * them.
 *
 * <p>Owned by: executor thread.
 */
public final class ReplyWriter {
  private static final byte[] NULL_BULK = ascii("$-1\r\n");
  private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
  private static final byte[] NULL_RESP3 = ascii("_\r\n");
  private static final byte[] OK = ascii("+OK\r\n");

  /** Room for the longest header: a type byte, 20 digits, CRLF. */
  private static final int HEADER_BYTES = 24;

  /** Room for a number of 64 bits with a sign and a point. */
  private static final int FIXED_BYTES = 48;

  /** Says how much may be written before it is sent. */
  @FunctionalInterface
  public interface Bound {
    /** Whether so many bytes may wait here; asked once per buffer. */
    boolean admits(long bytesPending);
  }

  private final ReplyPool pool;
  private final ReplySink sink;
  private @Nullable Bound bound;
  private boolean overflowed;
  private int protocol = 2;
  private long errors;

  private @Nullable ReplyBuffer head;
  private @Nullable ReplyBuffer tail;
  private long at;
  private long limit;
  private long sealedBytes;

  // Collections whose length is not known yet: where the header will go, innermost last.
  private @Nullable ReplyBuffer[] openBuffer = new @Nullable ReplyBuffer[4];
  private int[] openPosition = new int[4];
  private int openCount;

  public ReplyWriter(ReplyPool pool, ReplySink sink) {
    this.pool = pool;
    this.sink = sink;
  }

  /** Sets how much may be written between two flushes (L7); without it, any amount. */
  public void bound(Bound value) {
    bound = value;
  }

  /**
   * True when more was written than the bound admits. What was written is gone by then, what is
   * written from now on is dropped: the client cannot be told anything any more. A command that
   * writes without an end looks here.
   */
  public boolean isOverflowed() {
    return overflowed;
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Sets the protocol version of what is written from now on: 2 or 3 (HELLO). */
  public void protocol(int version) {
    if (version != 2 && version != 3) {
      throw new IllegalArgumentException("RESP" + version);
    }
    protocol = version;
  }

  /** The protocol version, 2 or 3. */
  public int protocol() {
    return protocol;
  }

  /** Bytes written and not flushed. Also a mark for {@link #truncate}. */
  public long bytesPending() {
    return tail == null ? 0 : sealedBytes + (at - tail.address());
  }

  /**
   * Unwrites everything after a mark taken at a command boundary, collections left open included:
   * {@code CLIENT REPLY OFF}, a command that must stay silent or fails halfway.
   */
  public void truncate(long mark) {
    assert overflowed || mark <= bytesPending();
    while (openCount > 0) {
      openCount--;
      openBuffer[openCount] = null;
    }
    if (overflowed || mark == bytesPending()) {
      return;
    }
    seal();
    ReplyBuffer last = null;
    long before = 0;
    ReplyBuffer b = head;
    while (b != null && before + b.length <= mark && before < mark) {
      before += b.length;
      last = b;
      b = b.next;
    }
    if (b != null && before < mark) {
      b.length = (int) (mark - before);
      last = b;
      b = b.next;
    }
    if (last == null) {
      head = null;
      tail = null;
      sealedBytes = 0;
      at = 0;
      limit = 0;
    } else {
      last.next = null;
      tail = last;
      sealedBytes = mark - last.length;
      at = last.address() + last.length;
      limit = last.address() + last.capacity();
    }
    if (b != null) {
      b.discardChain();
    }
  }

  /**
   * Takes what was written, unsent: to be sent later (the reply gate) or read by the server itself.
   * Null when there is nothing.
   */
  public @Nullable ReplyBuffer take() {
    assert openCount == 0 : "a collection is still open";
    seal();
    ReplyBuffer first = head;
    head = null;
    tail = null;
    at = 0;
    limit = 0;
    sealedBytes = 0;
    if (overflowed && first != null) {
      first.discardChain();
      return null;
    }
    return first;
  }

  /**
   * Sends what was written. With nothing written and nothing else to say this does nothing.
   *
   * @param completes the batch that is done with; null when the executor keeps it or there is none
   * @param closeAfter whether the connection closes once this was sent
   */
  public void flush(@Nullable RequestBuffer completes, boolean closeAfter) {
    ReplyBuffer first = take();
    if (first != null || completes != null || closeAfter) {
      sink.send(first, completes, closeAfter);
    }
  }

  /** {@code +OK}. */
  public void ok() {
    raw(OK);
  }

  /** A status line. */
  public void simple(String text) {
    line((byte) '+', text);
  }

  /** An error line; the text begins with its code: {@code "ERR syntax error"}. */
  public void error(String codeAndText) {
    errors++;
    line((byte) '-', codeAndText);
  }

  /** Error lines written so far: whether a command failed shows in the difference. */
  public long errors() {
    return errors;
  }

  public void integer(long value) {
    header((byte) ':', value);
  }

  /** A bulk string from memory. */
  public void bulk(long address, long length) {
    header((byte) '$', length);
    raw(address, length);
    crlf();
  }

  public void bulk(byte[] value) {
    header((byte) '$', value.length);
    raw(value);
    crlf();
  }

  public void bulk(String value) {
    header((byte) '$', value.length());
    chars(value, false);
    crlf();
  }

  /** The decimal digits of a number as a bulk string. */
  public void bulkInteger(long value) {
    header((byte) '$', Decimal.length(value));
    room(HEADER_BYTES);
    at = Decimal.write(at, value);
    crlf();
  }

  /** The ID of a stream's entry as a bulk string: two unsigned numbers with a hyphen between. */
  public void bulkId(long millis, long sequence) {
    header((byte) '$', Decimal.unsignedLength(millis) + 1L + Decimal.unsignedLength(sequence));
    room(2 * HEADER_BYTES);
    at = Decimal.writeUnsigned(at, millis);
    put((byte) '-');
    at = Decimal.writeUnsigned(at, sequence);
    crlf();
  }

  /** The null that stands for a missing string. */
  public void nullBulk() {
    raw(protocol == 2 ? NULL_BULK : NULL_RESP3);
  }

  /** The null that stands for a missing array. */
  public void nullArray() {
    raw(protocol == 2 ? NULL_ARRAY : NULL_RESP3);
  }

  /** Header of an array; the elements follow. */
  public void array(long elements) {
    header((byte) '*', elements);
  }

  /** Header of a map; twice as many elements follow. In RESP2 a flat array. */
  public void map(long entries) {
    header(protocol == 2 ? (byte) '*' : (byte) '%', protocol == 2 ? entries * 2 : entries);
  }

  /** Header of a set. In RESP2 an array. */
  public void set(long elements) {
    header(protocol == 2 ? (byte) '*' : (byte) '~', elements);
  }

  /** Header of a message the client did not ask for. In RESP2 an array. */
  public void push(long elements) {
    header(protocol == 2 ? (byte) '*' : (byte) '>', elements);
  }

  /** Header of attributes, twice as many elements follow, then the reply itself. RESP3 only. */
  public void attribute(long entries) {
    assert protocol == 3 : "RESP2 has no attributes";
    header((byte) '|', entries);
  }

  /** A double with 17 significant digits as Redis 7.0 prints it; in RESP2 a bulk string. */
  public void doubleValue(double value) {
    if (protocol == 2) {
      bulkDouble(value);
      return;
    }
    room(HEADER_BYTES + RealText.MAX_LENGTH);
    put((byte) ',');
    at += RealText.write(value, at);
    crlf();
  }

  /** The text of a double as a bulk string, in either protocol. */
  public void bulkDouble(double value) {
    room(HEADER_BYTES + RealText.MAX_LENGTH);
    bulkWritten(RealText.write(value, at + 5));
  }

  /** A double with so many digits behind the point, at most 19, as a bulk string. */
  public void bulkFixed(double value, int decimals) {
    room(HEADER_BYTES + FIXED_BYTES);
    int length = RealText.writeFixed(value, decimals, false, at + 5);
    bulkWritten(length);
  }

  /**
   * A double with up to so many digits behind the point, zeros at the end left out; in RESP2 a bulk
   * string.
   */
  public void shortDouble(double value, int decimals) {
    room(HEADER_BYTES + FIXED_BYTES);
    if (protocol == 2) {
      bulkWritten(RealText.writeFixed(value, decimals, true, at + 5));
      return;
    }
    put((byte) ',');
    at += RealText.writeFixed(value, decimals, true, at);
    crlf();
  }

  /**
   * Puts the header before the text of a bulk string that was written behind the room for the
   * longer of two headers: its length has one digit or two.
   */
  private void bulkWritten(int length) {
    long text = writeHeader(at, (byte) '$', length);
    if (text != at + 5) {
      Memory.copy(at + 5, text, length);
    }
    at = text + length;
    crlf();
  }

  /** A double that was formatted already (INCRBYFLOAT's long double); in RESP2 a bulk string. */
  public void doubleText(byte[] digits) {
    number(digits);
  }

  public void bool(boolean value) {
    if (protocol == 2) {
      integer(value ? 1 : 0);
    } else {
      room(4);
      put((byte) '#');
      put(value ? (byte) 't' : (byte) 'f');
      crlf();
    }
  }

  /** An integer of any size; in RESP2 a bulk string. */
  public void bigNumber(String digits) {
    if (protocol == 2) {
      bulk(digits);
    } else {
      line((byte) '(', digits);
    }
  }

  /** Text for people, with a format of three letters ({@code txt}); in RESP2 a bulk string. */
  public void verbatim(String format, byte[] text) {
    assert format.length() == 3;
    if (protocol == 2) {
      bulk(text);
      return;
    }
    header((byte) '=', text.length + 4L);
    chars(format, false);
    room(1);
    put((byte) ':');
    raw(text);
    crlf();
  }

  /** Bytes that are RESP already. */
  public void raw(byte[] bytes) {
    int from = 0;
    while (from < bytes.length) {
      int n = (int) Math.min(bytes.length - from, spaceFor(bytes.length - from));
      Memory.put(at, bytes, from, n);
      at += n;
      from += n;
    }
  }

  /** Bytes that are RESP already, from memory. */
  public void raw(long address, long length) {
    long from = address;
    long left = length;
    while (left > 0) {
      long n = Math.min(left, spaceFor(left));
      Memory.copy(from, at, n);
      at += n;
      from += n;
      left -= n;
    }
  }

  /**
   * Begins a collection whose length is known only at its end: write the elements, then one of
   * {@link #endArray}, {@link #endMap}, {@link #endSet}, {@link #endPush}. May be nested.
   */
  public void begin() {
    room(HEADER_BYTES);
    if (openCount == openPosition.length) {
      openBuffer = Arrays.copyOf(openBuffer, openCount * 2);
      openPosition = Arrays.copyOf(openPosition, openCount * 2);
    }
    ReplyBuffer current = Objects.requireNonNull(tail);
    openBuffer[openCount] = current;
    openPosition[openCount] = (int) (at - current.address());
    openCount++;
    at += HEADER_BYTES;
  }

  /** Ends the innermost open collection as an array of that many elements. */
  public void endArray(long elements) {
    end((byte) '*', elements);
  }

  /** Ends the innermost open collection as a map of that many entries. */
  public void endMap(long entries) {
    end(protocol == 2 ? (byte) '*' : (byte) '%', protocol == 2 ? entries * 2 : entries);
  }

  /** Ends the innermost open collection as a set. */
  public void endSet(long elements) {
    end(protocol == 2 ? (byte) '*' : (byte) '~', elements);
  }

  /** Ends the innermost open collection as a push. */
  public void endPush(long elements) {
    end(protocol == 2 ? (byte) '*' : (byte) '>', elements);
  }

  /**
   * Writes the header into the gap that {@link #begin} left, and moves what follows it in the same
   * buffer down over the rest of the gap. Later buffers stay as they are.
   */
  private void end(byte type, long n) {
    openCount--;
    ReplyBuffer buffer = Objects.requireNonNull(openBuffer[openCount]);
    openBuffer[openCount] = null;
    if (overflowed) {
      return;
    }
    long gap = buffer.address() + openPosition[openCount];
    long content = gap + HEADER_BYTES;
    long end = buffer == tail ? at : buffer.address() + buffer.length;
    long headerEnd = writeHeader(gap, type, n);
    Memory.copy(content, headerEnd, end - content);
    long shift = content - headerEnd;
    if (buffer == tail) {
      at -= shift;
    } else {
      buffer.length -= (int) shift;
      sealedBytes -= shift;
    }
  }

  private void number(byte[] text) {
    if (protocol == 2) {
      bulk(text);
    } else {
      room(1);
      put((byte) ',');
      raw(text);
      crlf();
    }
  }

  private void line(byte type, String text) {
    room(1);
    put(type);
    chars(text, true);
    crlf();
  }

  private void header(byte type, long n) {
    room(HEADER_BYTES);
    at = writeHeader(at, type, n);
  }

  private static long writeHeader(long to, byte type, long n) {
    Memory.putByte(to, type);
    long end = Decimal.write(to + 1, n);
    Memory.putShort(end, (short) ('\n' << 8 | '\r'));
    return end + 2;
  }

  /** Line breaks inside a line would end it, so there they become blanks, as in Redis. */
  private void chars(String text, boolean oneLine) {
    int n = text.length();
    int i = 0;
    while (i < n) {
      int stop = i + (int) Math.min(n - i, spaceFor(n - i));
      for (; i < stop; i++) {
        char c = text.charAt(i);
        boolean lineBreak = oneLine && (c == '\r' || c == '\n');
        put(lineBreak ? (byte) ' ' : c > 0xff ? (byte) '?' : (byte) c);
      }
    }
  }

  private void crlf() {
    room(2);
    Memory.putShort(at, (short) ('\n' << 8 | '\r'));
    at += 2;
  }

  private void put(byte b) {
    Memory.putByte(at, b);
    at++;
  }

  /** Makes sure that so few bytes lie in one piece. */
  private void room(int bytes) {
    if (limit - at < bytes) {
      next(bytes);
    }
  }

  /** Free bytes at the current place, a new buffer for {@code wanted} bytes when there are none. */
  private long spaceFor(long wanted) {
    if (at == limit) {
      next(wanted);
    }
    return limit - at;
  }

  private void next(long wanted) {
    seal();
    if (tail != null) {
      if (overflowed || (bound != null && !bound.admits(sealedBytes + tail.length))) {
        overflow(tail);
        return;
      }
      sealedBytes += tail.length;
    }
    ReplyBuffer fresh = pool.take(wanted);
    if (tail == null) {
      head = fresh;
    } else {
      tail.next = fresh;
    }
    tail = fresh;
    at = fresh.address();
    limit = at + fresh.capacity();
  }

  /** Drops what is written and not sent, and all that is to come: the client is being closed. */
  public void drop() {
    overflowed = true;
    if (tail != null) {
      overflow(tail);
    }
  }

  /** Gives back all buffers but one, over which is written again and again. */
  private void overflow(ReplyBuffer last) {
    overflowed = true;
    ReplyBuffer b = Objects.requireNonNull(head);
    while (b != last) {
      ReplyBuffer following = Objects.requireNonNull(b.next);
      b.next = null;
      b.discardChain();
      b = following;
    }
    head = last;
    sealedBytes = 0;
    at = last.address();
    limit = at + last.capacity();
  }

  private void seal() {
    if (tail != null) {
      tail.length = (int) (at - tail.address());
    }
  }
}
