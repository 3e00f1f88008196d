package dev.millrace.engine.script;

/**
 * {@code math.random} as Redis's scripts know it: the 48-bit linear congruential generator of
 * {@code lrand48(3)}, with the start that the C library gives it, so that every server draws the
 * same numbers.
 *
 * <p>Owned by: the thread that runs the states which draw from it.
 */
public final class RandomNumbers {
  private static final long MULTIPLIER = 0x5DEECE66DL;
  private static final long ADDEND = 0xB;
  private static final long MASK = (1L << 48) - 1;
  private static final long START = 0x1234ABCD330EL;
  private static final long SEED_LOW = 0x330E;
  private static final int MAX = Integer.MAX_VALUE;

  private long state = START;

  private double draw() {
    state = (state * MULTIPLIER + ADDEND) & MASK;
    return (double) ((state >>> 17) % MAX) / MAX;
  }

  int next(long lua) {
    double drawn = draw();
    switch (LuaApi.top(lua)) {
      case 0 -> LuaApi.pushNumber(lua, drawn);
      case 1 -> {
        int high = LuaValues.checkInt(lua, 1);
        if (high < 1) {
          throw LuaError.argument(1, "interval is empty");
        }
        LuaApi.pushNumber(lua, Math.floor(drawn * high) + 1);
      }
      case 2 -> {
        int low = LuaValues.checkInt(lua, 1);
        int high = LuaValues.checkInt(lua, 2);
        if (low > high) {
          throw LuaError.argument(2, "interval is empty");
        }
        LuaApi.pushNumber(lua, Math.floor(drawn * ((double) high - low + 1)) + low);
      }
      default -> throw LuaError.positioned("wrong number of arguments");
    }
    return 1;
  }

  int seed(long lua) {
    state = ((LuaValues.checkInt(lua, 1) & 0xffffffffL) << 16) | SEED_LOW;
    return 0;
  }
}
