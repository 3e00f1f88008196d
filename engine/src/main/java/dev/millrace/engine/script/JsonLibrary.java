package dev.millrace.engine.script;

import java.util.List;

/**
 * {@code cjson}: JSON to Lua values and back, with the settings, limits and messages of lua-cjson
 * 2.1. The settings hold for all scripts, as they do in Redis.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class JsonLibrary {
  private static final List<String> OFF_ON = List.of("off", "on");
  private static final List<String> OFF_ON_NULL = List.of("off", "on", "null");
  private static final int INVALID_REFUSED = 0;
  private static final int INVALID_NULL = 2;
  private static final double SHORT_INTEGER = 1e14;
  private static final int DEFAULT_PRECISION = 14;

  private final LuaState state;
  private final ByteBuilder out;
  private final LuaModule module;

  private int sparseConvert;
  private int sparseRatio = 2;
  private int sparseSafe = 10;
  private int encodeDepth = 1000;
  private int decodeDepth = 1000;
  private int precision = DEFAULT_PRECISION;
  private int keepBuffer = 1;
  private int encodeInvalid;
  private int decodeInvalid = 1;

  JsonLibrary(LuaState state) {
    this.state = state;
    this.out = new ByteBuilder(state);
    this.module =
        new LuaModule("cjson")
            .function("encode", this::encode)
            .function("decode", this::decode)
            .function("encode_sparse_array", this::sparseArray)
            .function("encode_max_depth", this::setEncodeDepth)
            .function("decode_max_depth", this::setDecodeDepth)
            .function("encode_number_precision", this::setPrecision)
            .function("encode_keep_buffer", this::setKeepBuffer)
            .function("encode_invalid_numbers", this::setEncodeInvalid)
            .function("decode_invalid_numbers", this::setDecodeInvalid)
            .function("new", this::another)
            .nullPointer("null")
            .text("_NAME", "cjson")
            .text("_VERSION", "2.1.0");
  }

  LuaModule module() {
    return module;
  }

  /** {@code cjson.new}: a table of its own, though with the settings that all share. */
  private int another(long lua) {
    module.push(state, lua);
    return 1;
  }

  private static void requireOne(long lua) {
    if (LuaApi.top(lua) != 1) {
      throw LuaError.argument(1, "expected 1 argument");
    }
  }

  private int encode(long lua) {
    requireOne(lua);
    out.clear();
    value(lua, 0);
    out.push(lua);
    return 1;
  }

  private void value(long lua, int depth) {
    int type = LuaApi.type(lua, -1);
    switch (type) {
      case LuaApi.TYPE_STRING -> string(LuaValues.bytes(lua, -1));
      case LuaApi.TYPE_NUMBER -> number(LuaApi.toNumber(lua, -1));
      case LuaApi.TYPE_BOOLEAN -> out.add(LuaApi.toBoolean(lua, -1) ? "true" : "false");
      case LuaApi.TYPE_TABLE -> table(lua, depth + 1);
      case LuaApi.TYPE_NIL -> out.add("null");
      default -> {
        if (type != LuaApi.TYPE_LIGHT_USER_DATA || LuaApi.toUserData(lua, -1) != 0) {
          throw cannot(type, "type not supported");
        }
        out.add("null");
      }
    }
  }

  private static LuaError cannot(int type, String why) {
    return LuaError.positioned("Cannot serialise " + LuaValues.typeName(type) + ": " + why);
  }

  private void table(long lua, int depth) {
    if (depth > encodeDepth || !LuaApi.checkStack(lua, 8)) {
      throw LuaError.positioned("Cannot serialise, excessive nesting (" + depth + ")");
    }
    int length = arrayLength(lua);
    if (length > 0) {
      array(lua, depth, length);
    } else {
      object(lua, depth);
    }
  }

  /** The highest index when all keys are positive integers, else -1. */
  private int arrayLength(long lua) {
    double max = 0;
    long items = 0;
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, -2)) {
      double key = LuaApi.type(lua, -2) == LuaApi.TYPE_NUMBER ? LuaApi.toNumber(lua, -2) : 0;
      if (key < 1 || key != Math.floor(key) || key > Integer.MAX_VALUE) {
        LuaApi.setTop(lua, -3);
        return -1;
      }
      max = Math.max(max, key);
      items++;
      LuaApi.setTop(lua, -2);
    }
    if (sparseRatio > 0 && max > (double) items * sparseRatio && max > sparseSafe) {
      if (sparseConvert == 0) {
        throw cannot(LuaApi.TYPE_TABLE, "excessively sparse array");
      }
      return -1;
    }
    return (int) max;
  }

  private void array(long lua, int depth, int length) {
    out.add('[');
    for (int i = 1; i <= length; i++) {
      if (i > 1) {
        out.add(',');
      }
      LuaApi.rawGetAt(lua, -1, i);
      value(lua, depth);
      LuaApi.setTop(lua, -2);
    }
    out.add(']');
  }

  private void object(long lua, int depth) {
    out.add('{');
    boolean first = true;
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, -2)) {
      if (!first) {
        out.add(',');
      }
      first = false;
      int type = LuaApi.type(lua, -2);
      if (type == LuaApi.TYPE_NUMBER) {
        out.add('"');
        number(LuaApi.toNumber(lua, -2));
        out.add('"');
      } else if (type == LuaApi.TYPE_STRING) {
        string(LuaValues.bytes(lua, -2));
      } else {
        throw cannot(type, "table key must be a number or string");
      }
      out.add(':');
      value(lua, depth);
      LuaApi.setTop(lua, -2);
    }
    out.add('}');
  }

  private void number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      if (encodeInvalid == INVALID_REFUSED) {
        throw cannot(LuaApi.TYPE_NUMBER, "must not be NaN or Inf");
      }
      if (encodeInvalid == INVALID_NULL) {
        out.add("null");
      } else {
        out.add(Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
      }
    } else if (value == Math.rint(value)
        && Math.abs(value) < SHORT_INTEGER
        && precision == DEFAULT_PRECISION
        && (value != 0 || 1 / value > 0)) {
      out.add(Long.toString((long) value));
    } else {
      out.add(CNumbers.text(value, precision));
    }
  }

  private void string(byte[] bytes) {
    out.add('"');
    for (byte each : bytes) {
      int c = each & 0xff;
      switch (c) {
        case '"' -> out.add("\\\"");
        case '\\' -> out.add("\\\\");
        case '/' -> out.add("\\/");
        case '\b' -> out.add("\\b");
        case '\t' -> out.add("\\t");
        case '\n' -> out.add("\\n");
        case '\f' -> out.add("\\f");
        case '\r' -> out.add("\\r");
        default -> {
          if (c < ' ' || c == 127) {
            out.add("\\u00")
                .add(Character.forDigit(c >> 4, 16))
                .add(Character.forDigit(c & 15, 16));
          } else {
            out.add(c);
          }
        }
      }
    }
    out.add('"');
  }

  private int decode(long lua) {
    requireOne(lua);
    byte[] text = LuaValues.checkBytes(lua, 1);
    if (text.length >= 2 && (text[0] == 0 || text[1] == 0)) {
      throw LuaError.positioned("JSON parser does not support UTF-16 or UTF-32");
    }
    new JsonParser(text, decodeDepth, decodeInvalid != 0).parse(lua);
    return 1;
  }

  private static void fill(long lua, int arguments) {
    if (LuaApi.top(lua) > arguments) {
      throw LuaError.argument(arguments + 1, "found too many arguments");
    }
    LuaApi.setTop(lua, arguments);
  }

  private static int integer(long lua, int index, int now, int min, int max) {
    int value = now;
    if (LuaApi.type(lua, index) != LuaApi.TYPE_NIL) {
      value = LuaValues.checkInt(lua, index);
      if (value < min || value > max) {
        throw LuaError.argument(1, "expected integer between " + min + " and " + max);
      }
    }
    LuaApi.pushNumber(lua, value);
    return value;
  }

  private static int option(long lua, int index, int now, List<String> words) {
    int value = now;
    int type = LuaApi.type(lua, index);
    if (type == LuaApi.TYPE_BOOLEAN) {
      value = LuaApi.toBoolean(lua, index) ? 1 : 0;
    } else if (type != LuaApi.TYPE_NIL) {
      LuaValues.checkBytes(lua, index);
      String word = LuaValues.text(lua, index);
      value = words.indexOf(word);
      if (value < 0) {
        throw LuaError.argument(index, "invalid option '" + word + "'");
      }
    }
    if (value <= 1) {
      LuaApi.pushBoolean(lua, value);
    } else {
      LuaValues.push(lua, words.get(value));
    }
    return value;
  }

  private int sparseArray(long lua) {
    fill(lua, 3);
    sparseConvert = option(lua, 1, sparseConvert, OFF_ON);
    sparseRatio = integer(lua, 2, sparseRatio, 0, Integer.MAX_VALUE);
    sparseSafe = integer(lua, 3, sparseSafe, 0, Integer.MAX_VALUE);
    return 3;
  }

  private int setEncodeDepth(long lua) {
    fill(lua, 1);
    encodeDepth = integer(lua, 1, encodeDepth, 1, Integer.MAX_VALUE);
    return 1;
  }

  private int setDecodeDepth(long lua) {
    fill(lua, 1);
    decodeDepth = integer(lua, 1, decodeDepth, 1, Integer.MAX_VALUE);
    return 1;
  }

  private int setPrecision(long lua) {
    fill(lua, 1);
    precision = integer(lua, 1, precision, 1, DEFAULT_PRECISION);
    return 1;
  }

  private int setKeepBuffer(long lua) {
    fill(lua, 1);
    keepBuffer = option(lua, 1, keepBuffer, OFF_ON);
    return 1;
  }

  private int setEncodeInvalid(long lua) {
    fill(lua, 1);
    encodeInvalid = option(lua, 1, encodeInvalid, OFF_ON_NULL);
    return 1;
  }

  private int setDecodeInvalid(long lua) {
    fill(lua, 1);
    decodeInvalid = option(lua, 1, decodeInvalid, OFF_ON);
    return 1;
  }
}
