package dev.millrace.engine.command.geo;

import dev.millrace.engine.struct.Element;
import java.util.Arrays;

/**
 * What a search found: members with their scores, positions and distances, in columns that are kept
 * from search to search. Members are referred to where they are, so the sorted set must not change
 * meanwhile.
 *
 * <p>Owned by: executor thread.
 */
final class GeoPoints {
  private static final int KEPT = 4096;
  private static final int NUMBER = -1;

  private int count;
  private long[] member = new long[64];
  private int[] length = new int[64];
  private double[] score = new double[64];
  private double[] distance = new double[64];
  private double[] longitude = new double[64];
  private double[] latitude = new double[64];

  /** The points in the order asked for. */
  private int[] order = new int[64];

  private int[] merged = new int[64];

  /** Forgets all points. */
  void clear() {
    count = 0;
    if (member.length > KEPT) {
      resize(KEPT);
    }
  }

  private void resize(int capacity) {
    member = Arrays.copyOf(member, capacity);
    length = Arrays.copyOf(length, capacity);
    score = Arrays.copyOf(score, capacity);
    distance = Arrays.copyOf(distance, capacity);
    longitude = Arrays.copyOf(longitude, capacity);
    latitude = Arrays.copyOf(latitude, capacity);
    order = Arrays.copyOf(order, capacity);
    merged = new int[capacity];
  }

  void add(Element element, double itsScore, double x, double y, double itsDistance) {
    if (count == member.length) {
      resize(count * 2);
    }
    member[count] = element.isInteger() ? element.integer() : element.address();
    length[count] = element.isInteger() ? NUMBER : element.length();
    score[count] = itsScore;
    distance[count] = itsDistance;
    longitude[count] = x;
    latitude[count] = y;
    order[count] = count;
    count++;
  }

  int count() {
    return count;
  }

  /** Puts the member at a place of the order into an element. */
  void member(int place, Element into) {
    int point = order[place];
    if (length[point] == NUMBER) {
      into.number(member[point]);
    } else {
      into.string(member[point], length[point]);
    }
  }

  double score(int place) {
    return score[order[place]];
  }

  double distance(int place) {
    return distance[order[place]];
  }

  double longitude(int place) {
    return longitude[order[place]];
  }

  double latitude(int place) {
    return latitude[order[place]];
  }

  /**
   * Orders the points by distance; those of one distance stay in the order they came in when all
   * are wanted.
   *
   * @param wanted how many will be looked at, from the first on
   */
  void sort(boolean farthestFirst, int wanted) {
    if (wanted < count) {
      PartialSort.sort(order, count, distance, farthestFirst, wanted);
      return;
    }
    int[] from = order;
    int[] to = merged;
    for (int run = 1; run < count; run *= 2) {
      for (int low = 0; low < count; low += 2 * run) {
        int middle = Math.min(low + run, count);
        merge(from, to, low, middle, Math.min(middle + run, count), farthestFirst);
      }
      int[] swapped = from;
      from = to;
      to = swapped;
    }
    order = from;
    merged = to;
  }

  private void merge(int[] from, int[] to, int low, int middle, int high, boolean farthestFirst) {
    int left = low;
    int right = middle;
    for (int i = low; i < high; i++) {
      boolean takesRight =
          left == middle
              || (right < high
                  && (farthestFirst
                      ? distance[from[right]] > distance[from[left]]
                      : distance[from[right]] < distance[from[left]]));
      to[i] = takesRight ? from[right++] : from[left++];
    }
  }
}
