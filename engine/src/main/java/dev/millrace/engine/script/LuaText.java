package dev.millrace.engine.script;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * A short text that is pushed again and again, kept off-heap for ever: for constants only.
 *
 * <p>Immutable.
 */
public final class LuaText {
  private final long address;
  private final int length;

  /** A constant of one byte per char. */
  public LuaText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    this.address = Native.bytes(Arena.global(), bytes);
    this.length = bytes.length;
  }

  /** Pushes it. */
  public void push(long lua) {
    LuaApi.pushLString(lua, address, length);
  }

  /**
   * Sets this field of the table at {@code index} (absolute) to the value on top, and pops that.
   */
  public void set(long lua, int index) {
    push(lua);
    LuaApi.insert(lua, -2);
    LuaApi.rawSet(lua, index);
  }

  /** Pushes this field of the table at {@code index} (absolute) and returns its type. */
  public int get(long lua, int index) {
    push(lua);
    LuaApi.rawGet(lua, index);
    return LuaApi.type(lua, -1);
  }
}
