package dev.millrace.engine.script;

import java.util.Arrays;

/**
 * Reads one JSON text and leaves its value on the Lua stack. It takes what lua-cjson takes, which
 * is more than JSON: hexadecimal numbers, infinities, leading zeros and a plus sign (unless told
 * not to), control characters inside strings; a zero byte ends the text.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class JsonParser {
  private enum Token {
    OBJECT_BEGIN("T_OBJ_BEGIN"),
    OBJECT_END("T_OBJ_END"),
    ARRAY_BEGIN("T_ARR_BEGIN"),
    ARRAY_END("T_ARR_END"),
    STRING("T_STRING"),
    NUMBER("T_NUMBER"),
    BOOLEAN("T_BOOLEAN"),
    NULL("T_NULL"),
    COLON("T_COLON"),
    COMMA("T_COMMA"),
    END("T_END"),
    ERROR("");

    private final String shown;

    Token(String shown) {
      this.shown = shown;
    }
  }

  private final byte[] text;
  private final int depthMax;
  private final boolean lenientNumbers;
  private int at;
  private int depth;
  private int tokenAt;
  private String tokenError = "";
  private byte[] string = new byte[64];
  private int stringLength;
  private double number;
  private boolean bool;

  JsonParser(byte[] text, int depthMax, boolean lenientNumbers) {
    this.text = text;
    this.depthMax = depthMax;
    this.lenientNumbers = lenientNumbers;
  }

  /** Pushes the value. */
  void parse(long lua) {
    value(lua, next());
    Token after = next();
    if (after != Token.END) {
      throw expected("the end", after);
    }
  }

  private int peek(int position) {
    return position < text.length ? text[position] & 0xff : 0;
  }

  private LuaError expected(String what, Token found) {
    return LuaError.positioned(
        "Expected "
            + what
            + " but found "
            + (found == Token.ERROR ? tokenError : found.shown)
            + " at character "
            + (tokenAt + 1));
  }

  private void value(long lua, Token token) {
    switch (token) {
      case STRING -> LuaValues.push(lua, Arrays.copyOf(string, stringLength));
      case NUMBER -> LuaApi.pushNumber(lua, number);
      case BOOLEAN -> LuaApi.pushBoolean(lua, bool ? 1 : 0);
      case NULL -> LuaApi.pushLightUserData(lua, 0);
      case OBJECT_BEGIN -> object(lua);
      case ARRAY_BEGIN -> array(lua);
      default -> throw expected("value", token);
    }
  }

  private void descend(long lua) {
    depth++;
    if (depth > depthMax || !LuaApi.checkStack(lua, 8)) {
      throw LuaError.positioned(
          "Found too many nested data structures (" + depth + ") at character " + at);
    }
  }

  private void object(long lua) {
    descend(lua);
    LuaApi.createTable(lua, 0, 0);
    Token token = next();
    if (token != Token.OBJECT_END) {
      while (true) {
        if (token != Token.STRING) {
          throw expected("object key string", token);
        }
        LuaValues.push(lua, Arrays.copyOf(string, stringLength));
        token = next();
        if (token != Token.COLON) {
          throw expected("colon", token);
        }
        value(lua, next());
        LuaApi.rawSet(lua, -3);
        token = next();
        if (token == Token.OBJECT_END) {
          break;
        }
        if (token != Token.COMMA) {
          throw expected("comma or object end", token);
        }
        token = next();
      }
    }
    depth--;
  }

  private void array(long lua) {
    descend(lua);
    LuaApi.createTable(lua, 0, 0);
    Token token = next();
    if (token != Token.ARRAY_END) {
      for (int i = 1; ; i++) {
        value(lua, token);
        LuaApi.rawSetAt(lua, -2, i);
        token = next();
        if (token == Token.ARRAY_END) {
          break;
        }
        if (token != Token.COMMA) {
          throw expected("comma or array end", token);
        }
        token = next();
      }
    }
    depth--;
  }

  private Token next() {
    while (peek(at) == ' ' || peek(at) == '\t' || peek(at) == '\n' || peek(at) == '\r') {
      at++;
    }
    tokenAt = at;
    int c = peek(at);
    return switch (c) {
      case '{' -> single(Token.OBJECT_BEGIN);
      case '}' -> single(Token.OBJECT_END);
      case '[' -> single(Token.ARRAY_BEGIN);
      case ']' -> single(Token.ARRAY_END);
      case ',' -> single(Token.COMMA);
      case ':' -> single(Token.COLON);
      case '"' -> string();
      case 0 -> Token.END;
      default -> word(c);
    };
  }

  private Token single(Token token) {
    at++;
    return token;
  }

  private Token error(String what) {
    tokenAt = at;
    tokenError = what;
    return Token.ERROR;
  }

  private Token word(int c) {
    if (c == '-' || (c >= '0' && c <= '9')) {
      return !lenientNumbers && isOddNumber() ? error("invalid number") : number();
    }
    if (startsWith("true")) {
      return bool(true, 4);
    }
    if (startsWith("false")) {
      return bool(false, 5);
    }
    if (startsWith("null")) {
      at += 4;
      return Token.NULL;
    }
    boolean mayBeNumber = c == '+' || c == 'i' || c == 'I' || c == 'n' || c == 'N';
    return mayBeNumber && lenientNumbers && isOddNumber() ? number() : error("invalid token");
  }

  private Token bool(boolean value, int length) {
    bool = value;
    at += length;
    return Token.BOOLEAN;
  }

  private boolean startsWith(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (peek(at + i) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** True for numbers that JSON does not know: signs, hexadecimal, leading zeros, infinities. */
  private boolean isOddNumber() {
    if (peek(at) == '+') {
      return true;
    }
    int p = peek(at) == '-' ? at + 1 : at;
    int c = peek(p);
    if (c == '0') {
      int second = peek(p + 1);
      return (second | 0x20) == 'x' || (second >= '0' && second <= '9');
    }
    return c > '9' && (CNumbers.isWord(text, p, "inf") || CNumbers.isWord(text, p, "nan"));
  }

  private Token number() {
    int end = CNumbers.end(text, at);
    if (end == at) {
      return error("invalid number");
    }
    number = CNumbers.parse(text, at, end);
    at = end;
    return Token.NUMBER;
  }

  private Token string() {
    at++;
    stringLength = 0;
    int c;
    while ((c = peek(at)) != '"') {
      if (c == 0) {
        return error("unexpected end of string");
      }
      if (c == '\\') {
        int escaped = peek(at + 1);
        if (escaped == 'u') {
          int length = unicode();
          if (length == 0) {
            return error("invalid unicode escape code");
          }
          at += length;
          continue;
        }
        int plain = unescaped(escaped);
        if (plain == 0) {
          return error("invalid escape code");
        }
        c = plain;
        at++;
      }
      append(c);
      at++;
    }
    at++;
    return Token.STRING;
  }

  private static int unescaped(int c) {
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      default -> 0;
    };
  }

  private int hex(int position) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(position + i), 16);
      if (digit < 0) {
        return -1;
      }
      value = (value << 4) | digit;
    }
    return value;
  }

  /** Appends the code point of the escape here; its length is returned, 0 when it is none. */
  private int unicode() {
    int point = hex(at + 2);
    if (point < 0) {
      return 0;
    }
    int length = 6;
    if ((point & 0xf800) == 0xd800) {
      if ((point & 0x400) != 0 || peek(at + 6) != '\\' || peek(at + 7) != 'u') {
        return 0;
      }
      int low = hex(at + 8);
      if (low < 0 || (low & 0xfc00) != 0xdc00) {
        return 0;
      }
      point = (((point & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    if (point < 0x80) {
      append(point);
    } else if (point < 0x800) {
      append(0xc0 | (point >> 6));
      append(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      append(0xe0 | (point >> 12));
      append(0x80 | ((point >> 6) & 0x3f));
      append(0x80 | (point & 0x3f));
    } else {
      append(0xf0 | (point >> 18));
      append(0x80 | ((point >> 12) & 0x3f));
      append(0x80 | ((point >> 6) & 0x3f));
      append(0x80 | (point & 0x3f));
    }
    return length;
  }

  private void append(int c) {
    if (stringLength == string.length) {
      string = Arrays.copyOf(string, stringLength * 2);
    }
    string[stringLength] = (byte) c;
    stringLength++;
  }
}
