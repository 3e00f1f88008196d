package dev.millrace.engine.script;

import java.nio.charset.StandardCharsets;

/**
 * {@code cmsgpack}: MessagePack as lua-cmsgpack 0.4.0 writes and reads it. Numbers without a
 * fraction become integers, others the shortest float that keeps them; a table with the keys 1 to n
 * becomes an array; below 16 levels of tables stands nil.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class MessagePackLibrary {
  private static final int NESTING_MAX = 16;

  private final ByteBuilder out;

  MessagePackLibrary(LuaState state) {
    this.out = new ByteBuilder(state);
  }

  LuaModule module() {
    return new LuaModule("cmsgpack")
        .function("pack", this::pack)
        .function("unpack", lua -> unpack(lua, 0, 0))
        .function("unpack_one", MessagePackLibrary::unpackOne)
        .function("unpack_limit", MessagePackLibrary::unpackLimit)
        .text("_NAME", "cmsgpack")
        .text("_VERSION", "lua-cmsgpack 0.4.0")
        .text("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo")
        .text("_DESCRIPTION", "MessagePack C implementation for Lua");
  }

  private int pack(long lua) {
    int arguments = LuaApi.top(lua);
    if (arguments == 0) {
      throw LuaError.argument(0, "MessagePack pack needs input.");
    }
    out.clear();
    LuaApi.checkStack(lua, 8);
    for (int i = 1; i <= arguments; i++) {
      LuaApi.pushValue(lua, i);
      value(lua, 0);
      LuaApi.setTop(lua, arguments);
    }
    out.push(lua);
    return 1;
  }

  private void value(long lua, int level) {
    switch (LuaApi.type(lua, -1)) {
      case LuaApi.TYPE_STRING -> string(LuaValues.bytes(lua, -1));
      case LuaApi.TYPE_BOOLEAN -> out.add(LuaApi.toBoolean(lua, -1) ? 0xc3 : 0xc2);
      case LuaApi.TYPE_NUMBER -> number(LuaApi.toNumber(lua, -1));
      case LuaApi.TYPE_TABLE -> {
        if (level == NESTING_MAX || !LuaApi.checkStack(lua, 8)) {
          out.add(0xc0);
        } else {
          table(lua, level + 1);
        }
      }
      default -> out.add(0xc0);
    }
  }

  private static boolean isInteger(double value) {
    return value >= -0x1p63 && value < 0x1p63 && value == (long) value;
  }

  private void number(double value) {
    if (isInteger(value)) {
      integer((long) value);
    } else if (value == (float) value) {
      out.add(0xca).addBigEndian(Float.floatToRawIntBits((float) value), 4);
    } else {
      out.add(0xcb).addBigEndian(Double.doubleToRawLongBits(value), 8);
    }
  }

  private void integer(long n) {
    if (n >= -32 && n <= 127) {
      out.add((int) n);
    } else if (n >= 0) {
      int size = n <= 0xff ? 0 : n <= 0xffff ? 1 : n <= 0xffffffffL ? 2 : 3;
      out.add(0xcc + size).addBigEndian(n, 1 << size);
    } else {
      int size = n >= -0x80 ? 0 : n >= -0x8000 ? 1 : n >= -0x80000000L ? 2 : 3;
      out.add(0xd0 + size).addBigEndian(n, 1 << size);
    }
  }

  private void string(byte[] bytes) {
    int n = bytes.length;
    if (n < 32) {
      out.add(0xa0 | n);
    } else if (n <= 0xff) {
      out.add(0xd9).add(n);
    } else if (n <= 0xffff) {
      out.add(0xda).addBigEndian(n, 2);
    } else {
      out.add(0xdb).addBigEndian(n, 4);
    }
    out.add(bytes);
  }

  private void table(long lua, int level) {
    int count = 0;
    double max = 0;
    boolean array = true;
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, -2)) {
      count++;
      double key = LuaApi.type(lua, -2) == LuaApi.TYPE_NUMBER ? LuaApi.toNumber(lua, -2) : 0;
      array &= key > 0 && isInteger(key);
      max = Math.max(max, key);
      LuaApi.setTop(lua, -2);
    }
    if (array && max == count) {
      header(count, 0x90, 0xdc);
      for (int i = 1; i <= count; i++) {
        LuaApi.rawGetAt(lua, -1, i);
        value(lua, level);
        LuaApi.setTop(lua, -2);
      }
      return;
    }
    header(count, 0x80, 0xde);
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, -2)) {
      LuaApi.pushValue(lua, -2);
      value(lua, level);
      LuaApi.setTop(lua, -2);
      value(lua, level);
      LuaApi.setTop(lua, -2);
    }
  }

  private void header(int count, int small, int medium) {
    if (count <= 15) {
      out.add(small | count);
    } else if (count <= 0xffff) {
      out.add(medium).addBigEndian(count, 2);
    } else {
      out.add(medium + 1).addBigEndian(count, 4);
    }
  }

  private static int optional(long lua, int index) {
    return LuaApi.type(lua, index) <= LuaApi.TYPE_NIL ? 0 : LuaValues.checkInt(lua, index);
  }

  private static int unpackOne(long lua) {
    return unpack(lua, 1, optional(lua, 2));
  }

  private static int unpackLimit(long lua) {
    int limit = LuaValues.checkInt(lua, 2);
    return unpack(lua, limit, optional(lua, 3));
  }

  private static int unpack(long lua, int limit, int offset) {
    byte[] data = LuaValues.checkBytes(lua, 1);
    if (offset < 0 || limit < 0) {
      throw LuaError.positioned(
          "Invalid request to unpack with offset of %d and limit of %d."
              .formatted(offset, data.length));
    }
    if (offset > data.length) {
      throw LuaError.positioned(
          "Start offset %d greater than input length %d.".formatted(offset, data.length));
    }
    LuaApi.setTop(lua, 1);
    boolean all = limit == 0 && offset == 0;
    int most = all ? Integer.MAX_VALUE : limit;
    Reader reader = new Reader(data, offset);
    int count = 0;
    while (reader.at < data.length && count < most) {
      if (!LuaApi.checkStack(lua, 8)) {
        throw LuaError.positioned("stack overflow (too many values to unpack)");
      }
      reader.value(lua);
      count++;
    }
    if (!all) {
      LuaApi.pushNumber(lua, reader.at == data.length ? -1 : reader.at);
      LuaApi.insert(lua, 2);
      count++;
    }
    return count;
  }

  /** Reads values one after another. */
  private static final class Reader {
    private final byte[] data;
    private int at;

    Reader(byte[] data, int at) {
      this.data = data;
      this.at = at;
    }

    private void need(long bytes) {
      if (bytes > data.length - at) {
        throw LuaError.positioned("Missing bytes in input.");
      }
    }

    private long bigEndian(int bytes) {
      need(bytes);
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value = (value << 8) | (data[at] & 0xff);
        at++;
      }
      return value;
    }

    private long signed(int bytes) {
      int shift = 64 - 8 * bytes;
      return bigEndian(bytes) << shift >> shift;
    }

    private void string(long lua, long length) {
      need(length);
      LuaValues.push(lua, new String(data, at, (int) length, StandardCharsets.ISO_8859_1));
      at += (int) length;
    }

    void value(long lua) {
      int c = (int) bigEndian(1);
      switch (c) {
        case 0xc0 -> LuaApi.pushNil(lua);
        case 0xc2, 0xc3 -> LuaApi.pushBoolean(lua, c & 1);
        case 0xca -> LuaApi.pushNumber(lua, Float.intBitsToFloat((int) bigEndian(4)));
        case 0xcb -> LuaApi.pushNumber(lua, Double.longBitsToDouble(bigEndian(8)));
        case 0xcc, 0xcd, 0xce, 0xcf -> LuaApi.pushNumber(lua, (double) bigEndian(1 << (c - 0xcc)));
        case 0xd0, 0xd1, 0xd2, 0xd3 -> LuaApi.pushNumber(lua, (double) signed(1 << (c - 0xd0)));
        case 0xd9, 0xda, 0xdb -> string(lua, bigEndian(1 << (c - 0xd9)));
        case 0xdc, 0xdd -> array(lua, bigEndian(2 << (c - 0xdc)));
        case 0xde, 0xdf -> map(lua, bigEndian(2 << (c - 0xde)));
        default -> small(lua, c);
      }
    }

    private void small(long lua, int c) {
      if (c < 0x80) {
        LuaApi.pushNumber(lua, c);
      } else if (c >= 0xe0) {
        LuaApi.pushNumber(lua, (byte) c);
      } else if (c < 0x90) {
        map(lua, c & 15);
      } else if (c < 0xa0) {
        array(lua, c & 15);
      } else if (c < 0xc0) {
        string(lua, c & 31);
      } else {
        throw LuaError.positioned("Bad data format in input.");
      }
    }

    private static void descend(long lua, String what) {
      if (!LuaApi.checkStack(lua, 8)) {
        throw LuaError.positioned("stack overflow (in function mp_decode_to_lua_" + what + ")");
      }
    }

    private void array(long lua, long count) {
      descend(lua, "array");
      LuaApi.createTable(lua, 0, 0);
      for (long i = 1; i <= count; i++) {
        value(lua);
        LuaApi.rawSetAt(lua, -2, (int) i);
      }
    }

    private void map(long lua, long count) {
      descend(lua, "hash");
      LuaApi.createTable(lua, 0, 0);
      for (long i = 0; i < count; i++) {
        value(lua);
        value(lua);
        int type = LuaApi.type(lua, -2);
        if (type == LuaApi.TYPE_NIL) {
          throw LuaError.plain("table index is nil");
        }
        if (type == LuaApi.TYPE_NUMBER && Double.isNaN(LuaApi.toNumber(lua, -2))) {
          throw LuaError.plain("table index is NaN");
        }
        LuaApi.rawSet(lua, -3);
      }
    }
  }
}
