package dev.millrace.engine.command.script;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.script.LuaApi;
import dev.millrace.engine.script.LuaError;
import dev.millrace.engine.script.LuaText;
import dev.millrace.engine.script.LuaValues;
import java.nio.charset.StandardCharsets;

/**
 * Replies as Lua values, and Lua values as replies.
 *
 * <pre>
 *   reply            Lua                                  Lua               reply
 *   integer          number                               number            integer, without its fraction
 *   bulk string      string                               string            bulk string
 *   status, error    {ok=…}, {err=…}                      the same          the same
 *   array            table                                table             array, up to the first nil
 *   null of RESP2    false                                false             null (RESP3 asked for: boolean)
 *   null of RESP3    nil                                  nil, others       null
 *   boolean          boolean                              true              1 (RESP3 asked for: boolean)
 *   double           {double=…}                           the same          the same
 *   map, set         {map={k=v}}, {set={k=true}}          the same          the same
 *   big number       {big_number=…}                       the same          the same
 *   verbatim string  {verbatim_string={format=, string=}} the same          the same
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class LuaReplies {
  private static final LuaText OK = new LuaText("ok");
  private static final LuaText ERR = new LuaText("err");
  private static final LuaText COUNTED = new LuaText("ignore_error_stats_update");
  private static final LuaText DOUBLE = new LuaText("double");
  private static final LuaText MAP = new LuaText("map");
  private static final LuaText SET = new LuaText("set");
  private static final LuaText BIG_NUMBER = new LuaText("big_number");
  private static final LuaText VERBATIM = new LuaText("verbatim_string");
  private static final LuaText FORMAT = new LuaText("format");
  private static final LuaText STRING = new LuaText("string");
  private static final String TOO_DEEP = "ERR reached lua stack limit";
  private static final int SLOTS = 10;

  private long at;

  /**
   * Pushes a whole reply, whose buffers are given back.
   *
   * @return false when the reply is an error, which is then a table on top
   */
  boolean push(long lua, ReplyBuffer first) {
    try {
      if (first.next() == null) {
        return push(lua, first.address());
      }
      try (Region whole = new Region(first.chainBytes())) {
        long to = whole.address();
        for (ReplyBuffer b = first; b != null; b = b.next()) {
          Memory.copy(b.address(), to, b.length());
          to += b.length();
        }
        return push(lua, whole.address());
      }
    } finally {
      first.discardChain();
    }
  }

  private boolean push(long lua, long address) {
    at = address;
    boolean error = Memory.getByte(address) == '-';
    value(lua);
    return !error;
  }

  private long number() {
    boolean negative = Memory.getByte(at) == '-';
    if (negative) {
      at++;
    }
    long value = 0;
    for (byte c = Memory.getByte(at); c != '\r'; c = Memory.getByte(at)) {
      value = value * 10 + (c - '0');
      at++;
    }
    at += 2;
    return negative ? -value : value;
  }

  /** The rest of the line; {@code at} is behind it afterwards. */
  private int line() {
    long end = at;
    while (Memory.getByte(end) != '\r') {
      end++;
    }
    int length = (int) (end - at);
    at = end + 2;
    return length;
  }

  private void pushLine(long lua) {
    long from = at;
    int length = line();
    LuaApi.pushLString(lua, from, length);
  }

  private String text() {
    long from = at;
    int length = line();
    return new String(Memory.bytes(from, length), StandardCharsets.ISO_8859_1);
  }

  private void value(long lua) {
    if (!LuaApi.checkStack(lua, SLOTS)) {
      throw LuaError.table(TOO_DEEP);
    }
    byte kind = Memory.getByte(at);
    at++;
    switch (kind) {
      case ':' -> LuaApi.pushNumber(lua, (double) number());
      case '$' -> bulk(lua);
      case '+' -> wrapped(lua, OK);
      case '-' -> {
        LuaApi.createTable(lua, 0, 2);
        int table = LuaApi.top(lua);
        pushLine(lua);
        ERR.set(lua, table);
        LuaApi.pushBoolean(lua, 1);
        COUNTED.set(lua, table);
      }
      case '*', '>' -> array(lua);
      case '%' -> map(lua);
      case '~' -> set(lua);
      case '_' -> {
        line();
        LuaApi.pushNil(lua);
      }
      case '#' -> {
        LuaApi.pushBoolean(lua, Memory.getByte(at) == 't' ? 1 : 0);
        line();
      }
      case ',' -> {
        LuaApi.createTable(lua, 0, 1);
        LuaApi.pushNumber(lua, parseDouble(text()));
        DOUBLE.set(lua, LuaApi.top(lua) - 1);
      }
      case '(' -> wrapped(lua, BIG_NUMBER);
      case '=' -> verbatim(lua);
      case '|' -> {
        // Attributes are passed over.
        long pairs = number();
        for (long i = 0; i < 2 * pairs; i++) {
          value(lua);
          LuaApi.setTop(lua, -2);
        }
        value(lua);
      }
      default -> throw new IllegalStateException("a reply begins with " + (char) kind);
    }
  }

  private static double parseDouble(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(text);
    };
  }

  private void bulk(long lua) {
    long length = number();
    if (length < 0) {
      LuaApi.pushBoolean(lua, 0);
      return;
    }
    LuaApi.pushLString(lua, at, length);
    at += length + 2;
  }

  private void wrapped(long lua, LuaText field) {
    LuaApi.createTable(lua, 0, 1);
    pushLine(lua);
    field.set(lua, LuaApi.top(lua) - 1);
  }

  private void array(long lua) {
    long count = number();
    if (count < 0) {
      LuaApi.pushBoolean(lua, 0);
      return;
    }
    // Grown as it is filled: where it has holes, Lua's length operator shows the difference.
    LuaApi.createTable(lua, 0, 0);
    for (int i = 1; i <= count; i++) {
      value(lua);
      LuaApi.rawSetAt(lua, -2, i);
    }
  }

  private void map(long lua) {
    long count = number();
    LuaApi.createTable(lua, 0, 1);
    LuaApi.createTable(lua, 0, (int) count);
    for (long i = 0; i < count; i++) {
      value(lua);
      value(lua);
      setIfKey(lua);
    }
    MAP.set(lua, LuaApi.top(lua) - 1);
  }

  private void set(long lua) {
    long count = number();
    LuaApi.createTable(lua, 0, 1);
    LuaApi.createTable(lua, 0, (int) count);
    for (long i = 0; i < count; i++) {
      value(lua);
      LuaApi.pushBoolean(lua, 1);
      setIfKey(lua);
    }
    SET.set(lua, LuaApi.top(lua) - 1);
  }

  private static void setIfKey(long lua) {
    if (LuaApi.type(lua, -2) == LuaApi.TYPE_NIL) {
      LuaApi.setTop(lua, -3);
    } else {
      LuaApi.rawSet(lua, -3);
    }
  }

  private void verbatim(long lua) {
    long length = number();
    LuaApi.createTable(lua, 0, 1);
    LuaApi.createTable(lua, 0, 2);
    LuaApi.pushLString(lua, at, 3);
    FORMAT.set(lua, LuaApi.top(lua) - 1);
    LuaApi.pushLString(lua, at + 4, length - 4);
    STRING.set(lua, LuaApi.top(lua) - 1);
    VERBATIM.set(lua, LuaApi.top(lua) - 1);
    at += length + 2;
  }

  /**
   * Writes the value on top as a reply, and pops it.
   *
   * @param protocol what the script asked for by {@code redis.setresp}
   * @param runs is told of errors among it that are not counted yet
   */
  static void write(long lua, ReplyWriter out, int protocol, ScriptRunner runs) {
    if (!LuaApi.checkStack(lua, SLOTS)) {
      out.error(TOO_DEEP);
      LuaApi.setTop(lua, -2);
      return;
    }
    int top = LuaApi.top(lua);
    switch (LuaApi.type(lua, top)) {
      case LuaApi.TYPE_STRING -> out.bulk(LuaValues.bytes(lua, top));
      case LuaApi.TYPE_NUMBER -> out.integer(LuaValues.toLong(LuaApi.toNumber(lua, top)));
      case LuaApi.TYPE_BOOLEAN -> bool(out, LuaApi.toBoolean(lua, top), protocol);
      case LuaApi.TYPE_TABLE -> table(lua, top, out, protocol, runs);
      default -> out.nullBulk();
    }
    LuaApi.setTop(lua, top - 1);
  }

  private static void bool(ReplyWriter out, boolean value, int protocol) {
    if (protocol == 3) {
      out.bool(value);
    } else if (value) {
      out.integer(1);
    } else {
      out.nullBulk();
    }
  }

  private static void table(long lua, int table, ReplyWriter out, int protocol, ScriptRunner runs) {
    if (isText(ERR.get(lua, table))) {
      String text = LuaValues.text(lua, -1);
      COUNTED.get(lua, table);
      if (!LuaApi.toBoolean(lua, -1)) {
        runs.errorReplied(text);
      }
      out.error(text);
      return;
    }
    LuaApi.setTop(lua, table);
    if (isText(OK.get(lua, table))) {
      out.simple(LuaValues.text(lua, -1));
      return;
    }
    LuaApi.setTop(lua, table);
    if (DOUBLE.get(lua, table) == LuaApi.TYPE_NUMBER) {
      out.doubleValue(LuaApi.toNumber(lua, -1));
      return;
    }
    LuaApi.setTop(lua, table);
    if (MAP.get(lua, table) == LuaApi.TYPE_TABLE) {
      entries(lua, out, protocol, true, runs);
      return;
    }
    LuaApi.setTop(lua, table);
    if (SET.get(lua, table) == LuaApi.TYPE_TABLE) {
      entries(lua, out, protocol, false, runs);
      return;
    }
    LuaApi.setTop(lua, table);
    if (isText(BIG_NUMBER.get(lua, table))) {
      out.bigNumber(LuaValues.text(lua, -1).replace('\r', ' ').replace('\n', ' '));
      return;
    }
    LuaApi.setTop(lua, table);
    if (VERBATIM.get(lua, table) == LuaApi.TYPE_TABLE && verbatim(lua, out)) {
      return;
    }
    LuaApi.setTop(lua, table);
    out.begin();
    int count = 0;
    while (true) {
      LuaApi.rawGetAt(lua, table, count + 1);
      if (LuaApi.type(lua, -1) == LuaApi.TYPE_NIL) {
        break;
      }
      write(lua, out, protocol, runs);
      count++;
    }
    out.endArray(count);
  }

  private static boolean isText(int type) {
    return type == LuaApi.TYPE_STRING;
  }

  private static void entries(
      long lua, ReplyWriter out, int protocol, boolean withValues, ScriptRunner runs) {
    int table = LuaApi.top(lua);
    int count = 0;
    out.begin();
    LuaApi.pushNil(lua);
    while (LuaApi.next(lua, table)) {
      // The key stays below for the walk to go on from.
      LuaApi.pushValue(lua, -2);
      write(lua, out, protocol, runs);
      if (withValues) {
        write(lua, out, protocol, runs);
      } else {
        LuaApi.setTop(lua, -2);
      }
      count++;
    }
    if (withValues) {
      out.endMap(count);
    } else {
      out.endSet(count);
    }
  }

  private static boolean verbatim(long lua, ReplyWriter out) {
    int table = LuaApi.top(lua);
    if (!isText(STRING.get(lua, table)) || !isText(FORMAT.get(lua, table))) {
      return false;
    }
    String format = LuaValues.text(lua, -1);
    String three = (format + "   ").substring(0, 3);
    out.verbatim(three, LuaValues.bytes(lua, table + 1));
    return true;
  }
}
