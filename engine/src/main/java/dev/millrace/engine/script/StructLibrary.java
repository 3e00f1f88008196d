package dev.millrace.engine.script;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * {@code struct}: C structures to strings and back, by formats as those of Roberto Ierusalimschy's
 * library: {@code > < ! b B h H l L T i I f d x c s}. Sizes are those of 64-bit Linux.
 *
 * <p>Any thread.
 */
final class StructLibrary {
  private static final int INTEGER_BYTES_MAX = 32;
  private static final int ALIGNMENT_DEFAULT = 8;

  private StructLibrary() {}

  static LuaModule module() {
    return new LuaModule("struct")
        .function("pack", StructLibrary::pack)
        .function("unpack", StructLibrary::unpack)
        .function("size", StructLibrary::size);
  }

  /** A walk over a format. */
  private static final class Format {
    private final byte[] text;
    private int at;
    private boolean bigEndian;
    private int align = 1;

    Format(byte[] text) {
      this.text = text;
    }

    boolean hasNext() {
      return at < text.length && text[at] != 0;
    }

    int option() {
      int option = text[at] & 0xff;
      at++;
      return option;
    }

    private int number(int otherwise) {
      if (at >= text.length || text[at] < '0' || text[at] > '9') {
        return otherwise;
      }
      int value = 0;
      while (at < text.length && text[at] >= '0' && text[at] <= '9') {
        int digit = text[at] - '0';
        if (value > Integer.MAX_VALUE / 10 || value * 10 > Integer.MAX_VALUE - digit) {
          throw LuaError.positioned("integral size overflow");
        }
        value = value * 10 + digit;
        at++;
      }
      return value;
    }

    int sizeOf(int option) {
      return switch (option) {
        case 'B', 'b', 'x' -> 1;
        case 'H', 'h' -> 2;
        case 'L', 'l', 'T', 'd' -> 8;
        case 'f' -> 4;
        case 'c' -> number(1);
        case 'i', 'I' -> {
          int bytes = number(4);
          if (bytes > INTEGER_BYTES_MAX) {
            throw LuaError.positioned(
                "integral size %d is larger than limit of %d".formatted(bytes, INTEGER_BYTES_MAX));
          }
          yield bytes;
        }
        default -> 0;
      };
    }

    int padding(int position, int option, int bytes) {
      if (bytes == 0 || option == 'c') {
        return 0;
      }
      int unit = Math.min(bytes, align);
      return (unit - (position & (unit - 1))) & (unit - 1);
    }

    void control(int option) {
      switch (option) {
        case ' ' -> {}
        case '>' -> bigEndian = true;
        case '<' -> bigEndian = false;
        case '!' -> {
          int value = number(ALIGNMENT_DEFAULT);
          if (value <= 0 || (value & (value - 1)) != 0) {
            throw LuaError.positioned("alignment " + value + " is not a power of 2");
          }
          align = value;
        }
        default -> throw LuaError.argument(1, "invalid format option '" + (char) option + "'");
      }
    }
  }

  private static double numberAt(long lua, int index) {
    return LuaValues.checkNumber(lua, index);
  }

  private static int pack(long lua) {
    Format format = new Format(LuaValues.checkBytes(lua, 1));
    // What stands behind the last argument is nil, not nothing, in messages.
    LuaApi.pushNil(lua);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int argument = 2;
    while (format.hasNext()) {
      int option = format.option();
      int bytes = format.sizeOf(option);
      out.writeBytes(new byte[format.padding(out.size(), option, bytes)]);
      switch (option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' -> {
          integer(out, numberAt(lua, argument), bytes, format.bigEndian);
          argument++;
        }
        case 'x' -> out.write(0);
        case 'f' -> {
          int bits = Float.floatToRawIntBits((float) numberAt(lua, argument));
          write(out, bits, 4, format.bigEndian);
          argument++;
        }
        case 'd' -> {
          long bits = Double.doubleToRawLongBits(numberAt(lua, argument));
          write(out, bits, 8, format.bigEndian);
          argument++;
        }
        case 'c', 's' -> {
          byte[] text = LuaValues.checkBytes(lua, argument);
          argument++;
          int length = bytes == 0 ? text.length : bytes;
          if (text.length < length) {
            throw LuaError.argument(argument, "string too short");
          }
          out.write(text, 0, length);
          if (option == 's') {
            out.write(0);
          }
        }
        default -> format.control(option);
      }
    }
    LuaValues.push(lua, out.toByteArray());
    return 1;
  }

  private static void integer(
      ByteArrayOutputStream out, double value, int bytes, boolean bigEndian) {
    long bits =
        value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : LuaValues.toLong(value);
    write(out, bits, bytes, bigEndian);
  }

  private static void write(ByteArrayOutputStream out, long bits, int bytes, boolean bigEndian) {
    for (int i = 0; i < bytes; i++) {
      int place = bigEndian ? bytes - 1 - i : i;
      out.write(place < 8 ? (int) (bits >>> (8 * place)) : 0);
    }
  }

  private static long read(byte[] data, int at, int bytes, boolean bigEndian) {
    long bits = 0;
    for (int i = 0; i < bytes; i++) {
      bits = (bits << 8) | (data[bigEndian ? at + i : at + bytes - 1 - i] & 0xff);
    }
    return bits;
  }

  private static void pushInteger(long lua, long bits, int bytes, boolean signed) {
    if (!signed) {
      double value = bits >= 0 ? (double) bits : ((bits >>> 1) | (bits & 1)) * 2.0;
      LuaApi.pushNumber(lua, value);
      return;
    }
    long mask = -1L << (8 * bytes - 1);
    LuaApi.pushNumber(lua, (double) ((bits & mask) != 0 ? bits | mask : bits));
  }

  private static void requireData(byte[] data, long at, long bytes) {
    if (bytes > data.length || at > data.length - bytes) {
      throw LuaError.argument(2, "data string too short");
    }
  }

  private static int unpack(long lua) {
    Format format = new Format(LuaValues.checkBytes(lua, 1));
    byte[] data = LuaValues.checkBytes(lua, 2);
    int start = LuaApi.type(lua, 3) <= LuaApi.TYPE_NIL ? 1 : LuaValues.checkInt(lua, 3);
    if (start < 1) {
      throw LuaError.argument(3, "offset must be 1 or greater");
    }
    int at = start - 1;
    int results = 0;
    while (format.hasNext()) {
      int option = format.option();
      int bytes = format.sizeOf(option);
      at += format.padding(at, option, bytes);
      requireData(data, at, bytes);
      if (!LuaApi.checkStack(lua, 8)) {
        throw LuaError.positioned("stack overflow (too many results)");
      }
      switch (option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' -> {
          long bits = read(data, at, bytes, format.bigEndian);
          pushInteger(lua, bits, bytes, Character.isLowerCase(option));
          results++;
        }
        case 'x' -> {}
        case 'f' -> {
          int bits = (int) read(data, at, 4, format.bigEndian);
          LuaApi.pushNumber(lua, Float.intBitsToFloat(bits));
          results++;
        }
        case 'd' -> {
          long bits = read(data, at, 8, format.bigEndian);
          LuaApi.pushNumber(lua, Double.longBitsToDouble(bits));
          results++;
        }
        case 'c' -> {
          if (bytes == 0) {
            if (results == 0 || !LuaApi.isNumber(lua, -1)) {
              throw LuaError.positioned("format 'c0' needs a previous size");
            }
            long wanted = LuaValues.toLong(LuaApi.toNumber(lua, -1));
            LuaApi.setTop(lua, -2);
            results--;
            requireData(data, at, wanted < 0 ? Long.MAX_VALUE : wanted);
            bytes = (int) wanted;
          }
          LuaValues.push(lua, Arrays.copyOfRange(data, at, at + bytes));
          results++;
        }
        case 's' -> {
          int end = at;
          while (end < data.length && data[end] != 0) {
            end++;
          }
          if (end >= data.length) {
            throw LuaError.positioned("unfinished string in data");
          }
          LuaValues.push(lua, Arrays.copyOfRange(data, at, end));
          bytes = end - at + 1;
          results++;
        }
        default -> format.control(option);
      }
      at += bytes;
    }
    LuaApi.pushNumber(lua, at + 1);
    return results + 1;
  }

  private static int size(long lua) {
    Format format = new Format(LuaValues.checkBytes(lua, 1));
    int at = 0;
    while (format.hasNext()) {
      int option = format.option();
      int bytes = format.sizeOf(option);
      at += format.padding(at, option, bytes);
      if (option == 's') {
        throw LuaError.argument(1, "option 's' has no fixed size");
      }
      if (option == 'c' && bytes == 0) {
        throw LuaError.argument(1, "option 'c0' has no fixed size");
      }
      if (!Character.isLetterOrDigit(option)) {
        format.control(option);
      }
      at += bytes;
    }
    LuaApi.pushNumber(lua, at);
    return 1;
  }
}
