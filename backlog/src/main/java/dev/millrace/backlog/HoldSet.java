package dev.millrace.backlog;

import java.util.Arrays;

/** Copies of the small array of holds, one in or one out. Stateless; any thread. */
final class HoldSet {
  private HoldSet() {}

  static Hold[] with(Hold[] holds, Hold added) {
    Hold[] more = Arrays.copyOf(holds, holds.length + 1);
    more[holds.length] = added;
    return more;
  }

  static Hold[] without(Hold[] holds, Hold removed) {
    return Arrays.stream(holds).filter(hold -> hold != removed).toArray(Hold[]::new);
  }
}
