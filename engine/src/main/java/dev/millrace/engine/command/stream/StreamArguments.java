package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.StreamId;
import java.nio.charset.StandardCharsets;

/**
 * Reads what commands on streams have in common: IDs ({@code ms}, {@code ms-number}, {@code -},
 * {@code +}, an interval's end with a round bracket), and a key that must hold a stream.
 */
final class StreamArguments {
  static final CommandError INVALID_ID =
      new CommandError("ERR Invalid stream ID specified as stream command argument");
  private static final CommandError INVALID_START =
      new CommandError("ERR invalid start ID for the interval");
  private static final CommandError INVALID_END =
      new CommandError("ERR invalid end ID for the interval");

  static final byte[] COUNT = word("count");

  private static final int ID_BYTES_MAX = 127;

  /** What {@link #parse} answers. */
  private static final int BAD = 0;

  private static final int GIVEN = 1;
  private static final int WITHOUT_SEQUENCE = 2;

  private StreamArguments() {}

  static byte[] word(String lowerCase) {
    return lowerCase.getBytes(StandardCharsets.US_ASCII);
  }

  /** Passes an entry on that is a stream or absent. */
  static long require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.STREAM) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }

  /** The stream's entry of a key argument, or 0, as a command that reads looks it up. */
  static long find(Call call, int key) {
    return require(call.database().find(call.address(key), call.length(key), call.keyHash(key)));
  }

  /** The stream's entry of a key argument, or 0, as a command that writes looks it up. */
  static long findForWrite(Call call, int key) {
    return require(
        call.database().findForWrite(call.address(key), call.length(key), call.keyHash(key)));
  }

  /** An argument as C shows it in an error: up to its first zero byte. */
  static String shown(Call call, int argument) {
    String text = call.text(argument);
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }

  /** Whether an argument is this one character. */
  static boolean is(Call call, int argument, char character) {
    int length = textLength(call.address(argument), call.length(argument));
    return length == 1 && Memory.getByte(call.address(argument)) == character;
  }

  /** Reads an ID of which every part but the number after the time is given. */
  static void id(Call call, int argument, StreamId into) {
    if (!isId(call, argument, into)) {
      throw INVALID_ID;
    }
  }

  /** As {@link #id}; false when it is none. */
  static boolean isId(Call call, int argument, StreamId into) {
    return parse(call.address(argument), call.length(argument), into, 0, true, false) == GIVEN;
  }

  /** Reads an ID, or one of the marks for the first and the last. */
  static void idOrMark(Call call, int argument, StreamId into) {
    if (parse(call.address(argument), call.length(argument), into, 0, false, false) != GIVEN) {
      throw INVALID_ID;
    }
  }

  /**
   * Reads the ID of a new entry, which may leave its number to the server ({@code ms-*}).
   *
   * @return whether the number is given
   */
  static boolean newId(Call call, int argument, StreamId into) {
    int parsed = parse(call.address(argument), call.length(argument), into, 0, true, true);
    if (parsed == BAD) {
      throw INVALID_ID;
    }
    return parsed == GIVEN;
  }

  /** Reads the first ID of an interval. */
  static void start(Call call, int argument, StreamId into) {
    if (bound(call, argument, into, 0) && !into.increment()) {
      throw INVALID_START;
    }
  }

  /** Reads the last ID of an interval. */
  static void end(Call call, int argument, StreamId into) {
    if (bound(call, argument, into, StreamId.MAX) && !into.decrement()) {
      throw INVALID_END;
    }
  }

  /** Reads an interval's bound; whether the bound itself does not belong to it. */
  private static boolean bound(Call call, int argument, StreamId into, long sequence) {
    long address = call.address(argument);
    int length = call.length(argument);
    boolean excluded = length > 1 && Memory.getByte(address) == '(';
    int parsed =
        excluded
            ? parse(address + 1, length - 1, into, sequence, true, false)
            : parse(address, length, into, sequence, false, false);
    if (parsed != GIVEN) {
      throw INVALID_ID;
    }
    return excluded;
  }

  private static int parse(
      long address,
      int length,
      StreamId into,
      long missingSequence,
      boolean strict,
      boolean sequenceMayLack) {
    if (length > ID_BYTES_MAX) {
      return BAD;
    }
    int end = textLength(address, length);
    if (!strict && end == 1) {
      byte mark = Memory.getByte(address);
      if (mark == '-') {
        into.setMin();
        return GIVEN;
      }
      if (mark == '+') {
        into.setMax();
        return GIVEN;
      }
    }
    int hyphen = 0;
    while (hyphen < end && Memory.getByte(address + hyphen) != '-') {
      hyphen++;
    }
    if (!isUnsigned(address, hyphen)) {
      return BAD;
    }
    long millis = unsigned(address, hyphen);
    if (hyphen == end) {
      into.set(millis, missingSequence);
      return GIVEN;
    }
    long rest = address + hyphen + 1;
    int restLength = end - hyphen - 1;
    if (sequenceMayLack && restLength == 1 && Memory.getByte(rest) == '*') {
      into.set(millis, 0);
      return WITHOUT_SEQUENCE;
    }
    if (!isUnsigned(rest, restLength)) {
      return BAD;
    }
    into.set(millis, unsigned(rest, restLength));
    return GIVEN;
  }

  private static int textLength(long address, int length) {
    int end = 0;
    while (end < length && Memory.getByte(address + end) != 0) {
      end++;
    }
    return end;
  }

  // Numbers as Redis reads them: a canonical signed number that is not negative, or else whatever
  // C's strtoull takes whole, which allows blanks, a plus, zeros in front, and a minus before
  // those.

  private static boolean isUnsigned(long address, int length) {
    if (Decimal.isLong(address, length)) {
      return Memory.getByte(address) != '-';
    }
    int from = digits(address, length);
    if (from >= length) {
      return false;
    }
    long value = 0;
    for (int i = from; i < length; i++) {
      int digit = Memory.getByte(address + i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      if (Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, 10)) > 0) {
        return false;
      }
      value = value * 10 + digit;
    }
    return true;
  }

  private static long unsigned(long address, int length) {
    long value = 0;
    int from = digits(address, length);
    for (int i = from; i < length; i++) {
      value = value * 10 + (Memory.getByte(address + i) - '0');
    }
    return from > 0 && Memory.getByte(address + from - 1) == '-' ? -value : value;
  }

  /** Where the digits begin, behind blanks and a sign. */
  private static int digits(long address, int length) {
    int at = 0;
    while (at < length && isBlank(Memory.getByte(address + at))) {
      at++;
    }
    if (at < length) {
      byte sign = Memory.getByte(address + at);
      at += sign == '-' || sign == '+' ? 1 : 0;
    }
    return at;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
