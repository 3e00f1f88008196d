package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;

/**
 * Finds the commands in the bytes of one client, in place, and resumes at any byte.
 *
 * <pre>
 *   *2\r\n$3\r\nGET\r\n$1\r\nk\r\n      a command: a count, then so many arguments, each with its length
 *   GET k\r\n                           the same inline
 *   *0\r\n, *-1\r\n, an empty line      nothing
 * </pre>
 *
 * As lenient and as strict as Redis 7.0: numbers are canonical; the byte after a header's CR and
 * the two bytes after an argument may be anything (such a command has no wire bytes to pass on); a
 * NUL in a line hides the rest of it. The result does not depend on how the bytes were split on the
 * way.
 *
 * <p>Bounds: lines by {@link RequestLimits#LINE_BYTES}, arguments by {@code proto-max-bulk-len}, a
 * whole command by {@code client-query-buffer-limit} (Redis holds arguments that are whole outside
 * of that buffer, here they count).
 *
 * <p>Owned by: one thread, with the buffer it fills.
 */
public final class RequestDecoder {
  private static final long NOT_A_NUMBER = Long.MAX_VALUE;
  private static final int NONE = -1;
  private static final int SHORT_DIGITS = 9;

  private final CommandLookup lookup;
  private final RequestLimits limits;
  private final InlineCommand inline = new InlineCommand();

  /** Set while the client must authenticate before anything else. */
  private boolean restricted;

  /** A master sends arguments of any length. */
  private boolean unlimitedBulk;

  private int position;
  private int commandStart;
  private int scanned;
  private long argumentsLeft;
  private long bulkLength = NONE;
  private boolean canonical;

  // What readShortHeader found.
  private int headerCr;
  private int headerValue;

  public RequestDecoder(CommandLookup lookup, RequestLimits limits) {
    this.lookup = lookup;
    this.limits = limits;
  }

  /** Whether the client has yet to authenticate: smaller limits hold from the next byte on. */
  public void restricted(boolean restricted) {
    this.restricted = restricted;
  }

  /** Lifts {@code proto-max-bulk-len}: for the stream of a master or of our own log. */
  public void unlimitedBulk(boolean unlimited) {
    this.unlimitedBulk = unlimited;
  }

  /** Position in the buffer just past the last whole command (and the empty lines after it). */
  public int consumed() {
    return argumentsLeft > 0 ? commandStart : position;
  }

  /** Forgets where it stood: the next buffer begins at 0 with a new command. */
  public void reset() {
    position = 0;
    commandStart = 0;
    scanned = 0;
    argumentsLeft = 0;
    bulkLength = NONE;
  }

  /**
   * Decodes what has arrived in the buffer since the last call, until it holds {@code maxCommands}
   * commands, a mistake, or no more whole command.
   */
  public void decode(RequestBuffer in, int maxCommands) {
    while (in.error() == null && in.count() < maxCommands && position < in.filled()) {
      if (argumentsLeft == 0) {
        commandStart = position;
        boolean array = Memory.getByte(in.base() + position) == '*';
        if (!(array ? readCount(in) : readInline(in))) {
          break;
        }
      } else if (readArguments(in)) {
        int wire = canonical ? position - commandStart : 0;
        in.endCommand(commandStart, wire, lookup);
      } else {
        break;
      }
    }
    if (in.error() == null
        && in.count() < maxCommands
        && in.filled() - consumed() > limits.queryBufferBytes()) {
      in.error(ProtocolError.BUFFER_LIMIT);
    }
  }

  /**
   * Moves what follows the last whole command of {@code from} to the beginning of the empty buffer
   * {@code to}, where decoding goes on.
   */
  public void carry(RequestBuffer from, RequestBuffer to) {
    assert to.filled() == 0 && to.count() == 0;
    int start = consumed();
    int bytes = from.filled() - start;
    to.append(from.base() + start, bytes);
    int partial = from.argumentCount();
    for (int i = from.argumentsOfWholeCommands(); i < partial; i++) {
      long word = from.argumentWord(i);
      to.addArgument((int) (word >>> 32) - start, (int) word);
    }
    from.cut(start);
    position -= start;
    scanned = Math.max(0, scanned - start);
    commandStart = 0;
    expect(to);
  }

  private boolean readCount(RequestBuffer in) {
    int cr;
    long n;
    if (readShortHeader(in)) {
      cr = headerCr;
      n = headerValue;
    } else {
      cr = headerEnd(in, ProtocolError.BIG_COUNT_LINE);
      if (cr < 0) {
        return false;
      }
      n = number(in.base() + position + 1, in.base() + cr);
    }
    if (n > Integer.MAX_VALUE) {
      in.error(ProtocolError.INVALID_COUNT);
      return false;
    }
    if (restricted && n > RequestLimits.UNAUTHENTICATED_ARGUMENTS) {
      in.error(ProtocolError.UNAUTHENTICATED_COUNT);
      return false;
    }
    canonical = Memory.getByte(in.base() + cr + 1) == '\n';
    moveTo(cr + 2);
    argumentsLeft = Math.max(0, n);
    return true;
  }

  private boolean readArguments(RequestBuffer in) {
    while (argumentsLeft > 0) {
      if (bulkLength == NONE && !readLength(in)) {
        return false;
      }
      long end = position + bulkLength + 2;
      if (end > in.filled()) {
        in.expect(end);
        return false;
      }
      in.addArgument(position, (int) bulkLength);
      canonical &= Memory.getShort(in.base() + end - 2) == ('\n' << 8 | '\r');
      moveTo((int) end);
      bulkLength = NONE;
      argumentsLeft--;
    }
    return true;
  }

  private boolean readLength(RequestBuffer in) {
    int cr;
    long n;
    if (position < in.filled()
        && Memory.getByte(in.base() + position) == '$'
        && readShortHeader(in)) {
      cr = headerCr;
      n = headerValue;
    } else {
      cr = headerEnd(in, ProtocolError.BIG_LENGTH_LINE);
      if (cr < 0) {
        return false;
      }
      byte first = Memory.getByte(in.base() + position);
      if (first != '$') {
        in.error(ProtocolError.expectedDollar(first));
        return false;
      }
      n = number(in.base() + position + 1, in.base() + cr);
    }
    if (n < 0 || n == NOT_A_NUMBER || (!unlimitedBulk && n > limits.maxBulkBytes())) {
      in.error(ProtocolError.INVALID_LENGTH);
      return false;
    }
    if (restricted && n > RequestLimits.UNAUTHENTICATED_BULK_BYTES) {
      in.error(ProtocolError.UNAUTHENTICATED_LENGTH);
      return false;
    }
    if (n > RequestLimits.COMMAND_BYTES_MAX - (long) cr) {
      in.error(ProtocolError.BUFFER_LIMIT);
      return false;
    }
    canonical &= Memory.getByte(in.base() + cr + 1) == '\n';
    moveTo(cr + 2);
    bulkLength = n;
    return true;
  }

  private boolean readInline(RequestBuffer in) {
    int newline = find(in, (byte) '\n', ProtocolError.BIG_INLINE);
    if (newline < 0) {
      return false;
    }
    int end = newline;
    if (end > position && Memory.getByte(in.base() + end - 1) == '\r') {
      end--;
    }
    if (!inline.split(in, position, end)) {
      in.error(ProtocolError.UNBALANCED_QUOTES);
      return false;
    }
    moveTo(newline + 1);
    if (in.argumentCount() > in.argumentsOfWholeCommands()) {
      in.endCommand(commandStart, 0, lookup);
    }
    return true;
  }

  /**
   * Reads the number of a header line that is whole and has up to nine digits, as nearly all have,
   * in one pass; false: it must be looked at the long way.
   */
  private boolean readShortHeader(RequestBuffer in) {
    long base = in.base();
    int first = position + 1;
    // The byte after the CR must be there too.
    int end = Math.min(in.filled() - 1, first + SHORT_DIGITS + 1);
    int value = 0;
    int at = first;
    int digit = 0;
    while (at < end) {
      digit = Memory.getByte(base + at) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      value = value * 10 + digit;
      at++;
    }
    if (at >= end || digit != '\r' - '0') {
      return false;
    }
    int digits = at - first;
    if (digits == 0 || (digits > 1 && Memory.getByte(base + first) == '0')) {
      return false;
    }
    headerCr = at;
    headerValue = value;
    return true;
  }

  /** Position of the CR that ends the header line, once the byte after it is there too; or -1. */
  private int headerEnd(RequestBuffer in, ProtocolError tooLong) {
    int cr = find(in, (byte) '\r', tooLong);
    return cr + 1 < in.filled() ? cr : -1;
  }

  /**
   * Position of the byte that ends the line, or -1 while it is not there. Remembers how far it
   * looked, so that a line that comes byte by byte is read once.
   */
  private int find(RequestBuffer in, byte wanted, ProtocolError tooLong) {
    long base = in.base();
    // One byte more than the limit is what Redis has to see before it complains.
    int end = (int) Math.min(in.filled(), (long) position + RequestLimits.LINE_BYTES + 1);
    int i = Math.max(scanned, position);
    while (i < end) {
      byte b = Memory.getByte(base + i);
      if (b == wanted) {
        scanned = i;
        return i;
      }
      if (b == 0) {
        break;
      }
      i++;
    }
    scanned = i;
    if (in.filled() - position > RequestLimits.LINE_BYTES) {
      in.error(tooLong);
    }
    return -1;
  }

  private void moveTo(int next) {
    position = next;
    scanned = next;
  }

  private void expect(RequestBuffer in) {
    if (bulkLength != NONE) {
      in.expect(position + bulkLength + 2);
    }
  }

  /**
   * A number without sign, blank or zero before it, but for a minus; else {@link #NOT_A_NUMBER}.
   */
  private static long number(long from, long to) {
    long digits = to - from;
    if (digits <= 0 || digits > 20) {
      return NOT_A_NUMBER;
    }
    boolean negative = Memory.getByte(from) == '-';
    long at = negative ? from + 1 : from;
    int first = at < to ? Memory.getByte(at) : 0;
    if (first == '0' && to - from == 1) {
      return 0;
    }
    if (first < '1' || first > '9' || to - at > 19) {
      return NOT_A_NUMBER;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = Memory.getByte(at) - '0';
      if (digit < 0 || digit > 9) {
        return NOT_A_NUMBER;
      }
      value = value * 10 + digit;
    }
    // Nineteen digits fit 64 bits without a sign, so one too many shows as a negative value.
    if (negative) {
      return value < 0 && value != Long.MIN_VALUE ? NOT_A_NUMBER : -value;
    }
    return value < 0 ? NOT_A_NUMBER : value;
  }
}
