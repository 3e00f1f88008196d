package dev.millrace.engine.command.geo;

/**
 * Distances on the earth taken as a sphere, by the haversine formula, in metres. Stateless; any
 * thread.
 */
final class GeoDistance {
  /** Of the sphere, in metres. */
  static final double EARTH_RADIUS = 6372797.560856;

  private static final double RADIANS = Math.PI / 180.0;

  private GeoDistance() {}

  static double radians(double degrees) {
    return degrees * RADIANS;
  }

  static double degrees(double radians) {
    return radians / RADIANS;
  }

  /** Distance between two positions in degrees. */
  static double between(double longitude1, double latitude1, double longitude2, double latitude2) {
    double v = CMath.sin((radians(longitude2) - radians(longitude1)) / 2);
    if (v == 0) {
      return betweenLatitudes(latitude1, latitude2);
    }
    double y1 = radians(latitude1);
    double y2 = radians(latitude2);
    double u = CMath.sin((y2 - y1) / 2);
    double a = u * u + CMath.cos(y1) * CMath.cos(y2) * v * v;
    return 2 * EARTH_RADIUS * CMath.asin(Math.sqrt(a));
  }

  /** Distance between two positions on one meridian. */
  static double betweenLatitudes(double latitude1, double latitude2) {
    return EARTH_RADIUS * Math.abs(radians(latitude2) - radians(latitude1));
  }
}
