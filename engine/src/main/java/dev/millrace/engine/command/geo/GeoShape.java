package dev.millrace.engine.command.geo;

/**
 * What is searched: a circle, or a box that is aligned with the meridians, round a position; and
 * the cells that cover it.
 *
 * <p>Owned by: executor thread.
 */
final class GeoShape {
  /** The middle cell and those around it, in the order in which they are searched. */
  static final int CELLS = 9;

  private static final int[] EAST = {0, 0, 0, 1, -1, 1, -1, 1, -1};
  private static final int[] NORTH = {0, 1, -1, 0, 0, 1, 1, -1, -1};

  /** Half the length of the equator on a web map, in metres. */
  private static final double MERCATOR_MAX = 20037726.37;

  /** From these latitudes on, cells are so narrow that larger ones are needed. */
  private static final double NARROW = 66;

  private static final double NARROWER = 80;

  double longitude;
  double latitude;

  /** Metres in the unit that lengths are given in. */
  double unit;

  /** Of a box: its lengths, in the unit. */
  double width;

  double height;

  /** Of a circle, in the unit. */
  double radius;

  boolean isBox;

  private final long[] cells = new long[CELLS];
  private final boolean[] useful = new boolean[CELLS];
  private int steps;
  private double distance;

  /** Whether a position is inside; {@link #distance} then tells how far from the middle it is. */
  boolean contains(double x, double y) {
    if (!isBox) {
      distance = GeoDistance.between(longitude, latitude, x, y);
      return !(distance > radius * unit);
    }
    if (GeoDistance.betweenLatitudes(y, latitude) > height * unit / 2
        || GeoDistance.between(x, y, longitude, y) > width * unit / 2) {
      return false;
    }
    distance = GeoDistance.between(longitude, latitude, x, y);
    return true;
  }

  /** Distance from the middle, in metres, of the position that was found inside last. */
  double distance() {
    return distance;
  }

  /** Chooses the cells that cover the shape. */
  void cover() {
    double halfHeight = unit * (isBox ? height / 2 : radius);
    double halfWidth = unit * (isBox ? width / 2 : radius);
    double up = GeoDistance.degrees(halfHeight / GeoDistance.EARTH_RADIUS);
    // The parallel nearer to the pole is the one on which the width spans more degrees.
    double parallel = latitude < 0 ? latitude - up : latitude + up;
    double across =
        GeoDistance.degrees(
            halfWidth / GeoDistance.EARTH_RADIUS / CMath.cos(GeoDistance.radians(parallel)));
    double west = longitude - across;
    double east = longitude + across;
    double south = latitude - up;
    double north = latitude + up;
    double reach =
        unit
            * (isBox ? Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) : radius);
    placeCells(stepsFor(reach, latitude));
    if (steps > 1
        && (GeoHash.latitudeMax(cells[1], steps) < north
            || GeoHash.latitudeMin(cells[2], steps) > south
            || GeoHash.longitudeMax(cells[3], steps) < east
            || GeoHash.longitudeMin(cells[4], steps) > west)) {
      placeCells(steps - 1);
    }
    if (steps >= 2) {
      boolean noSouth = GeoHash.latitudeMin(cells[0], steps) < south;
      boolean noNorth = GeoHash.latitudeMax(cells[0], steps) > north;
      boolean noWest = GeoHash.longitudeMin(cells[0], steps) < west;
      boolean noEast = GeoHash.longitudeMax(cells[0], steps) > east;
      for (int i = 1; i < CELLS; i++) {
        useful[i] =
            !((noSouth && NORTH[i] < 0)
                || (noNorth && NORTH[i] > 0)
                || (noWest && EAST[i] < 0)
                || (noEast && EAST[i] > 0));
      }
    }
  }

  private void placeCells(int newSteps) {
    steps = newSteps;
    cells[0] = GeoHash.encode(longitude, latitude, steps, GeoHash.LATITUDE_MAX);
    for (int i = 0; i < CELLS; i++) {
      cells[i] = GeoHash.neighbor(cells[0], steps, EAST[i], NORTH[i]);
      useful[i] = true;
    }
  }

  /** So many halvings that a cell is about as large as the shape. */
  private static int stepsFor(double reach, double latitude) {
    if (reach == 0) {
      return GeoHash.STEPS_MAX;
    }
    int steps = 1;
    for (double length = reach; length < MERCATOR_MAX; length *= 2) {
      steps++;
    }
    steps -= 2;
    if (Math.abs(latitude) > NARROW) {
      steps--;
    }
    if (Math.abs(latitude) > NARROWER) {
      steps--;
    }
    return Math.max(1, Math.min(GeoHash.STEPS_MAX, steps));
  }

  /** Whether a cell may hold something and is not the one searched before it. */
  boolean isUseful(int cell, int before) {
    return useful[cell] && (before < 0 || cells[cell] != cells[before]);
  }

  /** The lowest score in a cell. */
  double scoreFrom(int cell) {
    return GeoHash.score(cells[cell], steps);
  }

  /** The score behind the highest in a cell. */
  double scoreTo(int cell) {
    return GeoHash.score(cells[cell] + 1, steps);
  }
}
