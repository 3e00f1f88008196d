package dev.millrace.engine.command.geo;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.sortedset.SortedSetKeys;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Positions, lengths and units among the arguments.
 *
 * <p>Owned by: executor thread.
 */
final class GeoArguments {
  private static final CommandError BAD_UNIT =
      new CommandError("ERR unsupported unit provided. please use M, KM, FT, MI");
  private static final CommandError BAD_RADIUS = new CommandError("ERR need numeric radius");
  private static final CommandError BAD_WIDTH = new CommandError("ERR need numeric width");
  private static final CommandError BAD_HEIGHT = new CommandError("ERR need numeric height");
  private static final CommandError NEGATIVE_RADIUS =
      new CommandError("ERR radius cannot be negative");
  private static final CommandError NEGATIVE_BOX =
      new CommandError("ERR height or width cannot be negative");

  private static final byte[][] UNITS = {ascii("m"), ascii("km"), ascii("ft"), ascii("mi")};
  private static final double[] METRES = {1, 1000, 0.3048, 1609.34};
  private static final int PRINTED_DECIMALS = 6;

  private final SortedSetKeys keys;

  GeoArguments(SortedSetKeys keys) {
    this.keys = keys;
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** Metres in the unit that an argument names. */
  static double unit(Call call, int argument) {
    for (int i = 0; i < UNITS.length; i++) {
      if (call.is(argument, UNITS[i])) {
        return METRES[i];
      }
    }
    throw BAD_UNIT;
  }

  /** Reads longitude and latitude into the middle of a shape. */
  void position(Call call, int argument, GeoShape shape) {
    double longitude = keys.real(call, argument, CommandError.NOT_A_FLOAT);
    double latitude = keys.real(call, argument + 1, CommandError.NOT_A_FLOAT);
    if (!(Math.abs(longitude) <= GeoHash.LONGITUDE_MAX)
        || !(Math.abs(latitude) <= GeoHash.LATITUDE_MAX)) {
      throw new CommandError(
          "ERR invalid longitude,latitude pair " + printed(longitude) + "," + printed(latitude));
    }
    shape.longitude = longitude;
    shape.latitude = latitude;
  }

  /** Reads radius and unit of a circle. */
  void circle(Call call, int argument, GeoShape shape) {
    shape.radius = keys.real(call, argument, BAD_RADIUS);
    if (shape.radius < 0) {
      throw NEGATIVE_RADIUS;
    }
    shape.unit = unit(call, argument + 1);
    shape.isBox = false;
  }

  /** Reads width, height and unit of a box. */
  void box(Call call, int argument, GeoShape shape) {
    shape.width = keys.real(call, argument, BAD_WIDTH);
    shape.height = keys.real(call, argument + 1, BAD_HEIGHT);
    if (shape.width < 0 || shape.height < 0) {
      throw NEGATIVE_BOX;
    }
    shape.unit = unit(call, argument + 2);
    shape.isBox = true;
  }

  /** A double as {@code printf("%f")} prints it. */
  private static String printed(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String digits =
        new BigDecimal(Math.abs(value))
            .setScale(PRINTED_DECIMALS, RoundingMode.HALF_EVEN)
            .toPlainString();
    return Double.doubleToRawLongBits(value) < 0 ? "-" + digits : digits;
  }
}
