package dev.millrace.engine.command.geo;

/**
 * Brings the first so many of a set of points into order of their distance, and leaves the others
 * anywhere behind them: in linear time when they are few.
 *
 * <p>The quicksort of J. L. Bentley and M. D. McIlroy, "Engineering a Sort Function" (1993), which
 * goes only into the parts that are wanted. Redis does the same steps, so that points of one
 * distance come out in the same order.
 *
 * <p>Owned by: executor thread.
 */
final class PartialSort {
  private static final int INSERTION_MAX = 6;
  private static final int NINTHER_MIN = 41;

  private final int[] order;
  private final double[] distance;
  private final boolean farthestFirst;
  private final int wanted;

  private PartialSort(int[] order, double[] distance, boolean farthestFirst, int wanted) {
    this.order = order;
    this.distance = distance;
    this.farthestFirst = farthestFirst;
    this.wanted = wanted;
  }

  /**
   * Sorts.
   *
   * @param order the points' numbers, which are rearranged
   * @param count how many there are
   * @param wanted how many are to be in order
   */
  static void sort(int[] order, int count, double[] distance, boolean farthestFirst, int wanted) {
    new PartialSort(order, distance, farthestFirst, wanted).sort(0, count);
  }

  private int compare(int i, int j) {
    double left = distance[order[i]];
    double right = distance[order[j]];
    return farthestFirst ? Double.compare(right, left) : Double.compare(left, right);
  }

  private void swap(int i, int j) {
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }

  private void swap(int i, int j, int length) {
    for (int k = 0; k < length; k++) {
      swap(i + k, j + k);
    }
  }

  private void sort(int from, int to) {
    int start = from;
    while (to - start > INSERTION_MAX) {
      swap(start, pivot(start, to));
      // Equal ones gather at both ends: [start, equalLeft) and (equalRight, to).
      int equalLeft = start + 1;
      int left = start + 1;
      int right = to - 1;
      int equalRight = to - 1;
      while (true) {
        for (int c; left <= right && (c = compare(left, start)) <= 0; left++) {
          if (c == 0) {
            swap(equalLeft++, left);
          }
        }
        for (int c; left <= right && (c = compare(right, start)) >= 0; right--) {
          if (c == 0) {
            swap(right, equalRight--);
          }
        }
        if (left > right) {
          break;
        }
        swap(left++, right--);
      }
      int smaller = left - equalLeft;
      int larger = equalRight - right;
      int moved = Math.min(equalLeft - start, smaller);
      swap(start, left - moved, moved);
      moved = Math.min(larger, to - equalRight - 1);
      swap(left, to - moved, moved);
      if (smaller > 1 && start < wanted) {
        sort(start, start + smaller);
      }
      if (larger <= 1 || to - larger >= wanted) {
        return;
      }
      start = to - larger;
    }
    for (int i = start + 1; i < to; i++) {
      for (int j = i; j > start && compare(j - 1, j) > 0; j--) {
        swap(j, j - 1);
      }
    }
  }

  private int pivot(int start, int to) {
    int length = to - start;
    int low = start;
    int middle = start + length / 2;
    int high = to - 1;
    if (length == INSERTION_MAX + 1) {
      return middle;
    }
    if (length >= NINTHER_MIN) {
      int step = length / 8;
      low = median(low, low + step, low + 2 * step);
      middle = median(middle - step, middle, middle + step);
      high = median(high - 2 * step, high - step, high);
    }
    return median(low, middle, high);
  }

  private int median(int a, int b, int c) {
    if (compare(a, b) < 0) {
      return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
    }
    return compare(b, c) > 0 ? b : compare(a, c) < 0 ? a : c;
  }
}
