package dev.millrace.engine.command.stream;

import java.util.Arrays;

/**
 * IDs of entries, in a list that is used again and again.
 *
 * <p>Owned by: executor thread.
 */
final class IdList {
  private static final int KEPT = 2048;

  private long[] halves = new long[64];
  private int used;

  void clear() {
    used = 0;
    if (halves.length > KEPT) {
      halves = new long[64];
    }
  }

  void add(long millis, long sequence) {
    if (used == halves.length) {
      halves = Arrays.copyOf(halves, 2 * used);
    }
    halves[used++] = millis;
    halves[used++] = sequence;
  }

  int size() {
    return used / 2;
  }

  long millis(int i) {
    return halves[2 * i];
  }

  long sequence(int i) {
    return halves[2 * i + 1];
  }
}
