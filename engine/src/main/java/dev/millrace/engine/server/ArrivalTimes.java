package dev.millrace.engine.server;

import dev.millrace.aof.OffsetTime;
import java.util.List;

/**
 * When the stream came: for any time an offset up to which everything had come by then, exact to
 * {@value #GRAIN_MILLIS} ms, or more coarsely where much is kept. Errs on the late side.
 *
 * <p>L7: {@value #ENTRIES_MAX} entries at most; when they are all used, every other one goes.
 *
 * <p>Owned by: one thread.
 */
final class ArrivalTimes {
  static final int ENTRIES_MAX = 1 << 14;
  static final int GRAIN_MILLIS = 10;

  private final long[] offsets = new long[ENTRIES_MAX];
  private final long[] millis = new long[ENTRIES_MAX];
  private int count;
  private long grain = GRAIN_MILLIS;
  private long grainBegan = Long.MIN_VALUE;

  /** What a log knows of the time before a start; what came later counts as come now. */
  static ArrivalTimes of(List<OffsetTime> known, long end, long now) {
    ArrivalTimes times = new ArrivalTimes();
    for (OffsetTime one : known) {
      times.note(one.offset(), Math.min(one.millis(), now));
    }
    times.note(end, now);
    return times;
  }

  /**
   * Everything before {@code offset} has come by {@code now}. Neither ever decreases, or not much.
   */
  void note(long offset, long now) {
    if (count > 0 && now - grainBegan < grain) {
      offsets[count - 1] = offset;
      millis[count - 1] = Math.max(millis[count - 1], now);
      return;
    }
    if (count == ENTRIES_MAX) {
      thin();
    }
    grainBegan = now;
    offsets[count] = offset;
    millis[count] = count == 0 ? now : Math.max(millis[count - 1], now);
    count++;
  }

  private void thin() {
    for (int i = 1; i < count; i += 2) {
      offsets[i / 2] = offsets[i];
      millis[i / 2] = millis[i];
    }
    count /= 2;
    grain *= 2;
  }

  /** Up to where everything had come by {@code time}; -1 when nothing is known of that time. */
  long offsetAt(long time) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (millis[middle] <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? -1 : offsets[low - 1];
  }

  /** Forgets what is before {@code offset}, which nobody asks for any more. */
  void forgetBefore(long offset) {
    int gone = 0;
    while (gone < count - 1 && offsets[gone + 1] <= offset) {
      gone++;
    }
    // Moving is dear: not for a few.
    if (gone > ENTRIES_MAX / 4) {
      System.arraycopy(offsets, gone, offsets, 0, count - gone);
      System.arraycopy(millis, gone, millis, 0, count - gone);
      count -= gone;
    }
  }
}
