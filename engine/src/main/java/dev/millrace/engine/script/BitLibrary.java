package dev.millrace.engine.script;

import java.util.function.IntBinaryOperator;

/**
 * {@code bit}: operations on 32-bit integers with the behaviour of the Lua BitOp library. Numbers
 * are taken modulo 2^32, rounded to the nearest (ties to even), results are signed.
 *
 * <p>Any thread.
 */
final class BitLibrary {
  /** Adding it leaves the integer's low 32 bits at the end of the mantissa. */
  private static final double ROUNDING = 6755399441055744.0;

  private BitLibrary() {}

  static LuaModule module() {
    return new LuaModule("bit")
        .function("tobit", lua -> result(lua, argument(lua, 1)))
        .function("bnot", lua -> result(lua, ~argument(lua, 1)))
        .function("bswap", lua -> result(lua, Integer.reverseBytes(argument(lua, 1))))
        .function("band", fold((a, b) -> a & b))
        .function("bor", fold((a, b) -> a | b))
        .function("bxor", fold((a, b) -> a ^ b))
        .function("lshift", shift((a, n) -> a << n))
        .function("rshift", shift((a, n) -> a >>> n))
        .function("arshift", shift((a, n) -> a >> n))
        .function("rol", shift(Integer::rotateLeft))
        .function("ror", shift(Integer::rotateRight))
        .function("tohex", BitLibrary::toHex);
  }

  private static int argument(long lua, int index) {
    double number = LuaValues.checkNumber(lua, index);
    return (int) Double.doubleToRawLongBits(number + ROUNDING);
  }

  private static int result(long lua, int value) {
    LuaApi.pushNumber(lua, value);
    return 1;
  }

  private static LuaFunction fold(IntBinaryOperator operator) {
    return lua -> {
      int value = argument(lua, 1);
      for (int i = LuaApi.top(lua); i > 1; i--) {
        value = operator.applyAsInt(value, argument(lua, i));
      }
      return result(lua, value);
    };
  }

  private static LuaFunction shift(IntBinaryOperator operator) {
    return lua -> {
      int value = argument(lua, 1);
      return result(lua, operator.applyAsInt(value, argument(lua, 2) & 31));
    };
  }

  private static int toHex(long lua) {
    int value = argument(lua, 1);
    int digits = LuaApi.type(lua, 2) == LuaApi.TYPE_NONE ? 8 : argument(lua, 2);
    boolean upper = digits < 0;
    int count = upper ? -digits : digits;
    if (count > 8 || count < 0) {
      count = 8;
    }
    String all = "%08x".formatted(value);
    String shown = all.substring(8 - count);
    LuaValues.push(lua, upper ? shown.toUpperCase(java.util.Locale.ROOT) : shown);
    return 1;
  }
}
