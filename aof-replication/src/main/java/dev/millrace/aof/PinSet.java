package dev.millrace.aof;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The open pins. Lock-free, for the executor takes pins too (L6). Few at a time: one for each
 * transfer, snapshot, restore point and tail. Owned by: no thread; safe for all.
 */
final class PinSet {
  private static final Pin[] NONE = {};

  private final AtomicReference<Pin[]> pins = new AtomicReference<>(NONE);

  Pin add(long offset) {
    Pin pin = new Pin(this, offset);
    pins.updateAndGet(old -> {
      Pin[] all = Arrays.copyOf(old, old.length + 1);
      all[old.length] = pin;
      return all;
    });
    return pin;
  }

  void remove(Pin pin) {
    pins.updateAndGet(old -> Arrays.stream(old).filter(p -> p != pin).toArray(Pin[]::new));
  }

  /** The least offset kept; {@link Long#MAX_VALUE} when none is. */
  long leastOffset() {
    long least = Long.MAX_VALUE;
    for (Pin pin : all()) {
      if (!pin.isClosed()) {
        least = Math.min(least, pin.offset());
      }
    }
    return least;
  }

  int size() {
    return all().length;
  }

  private Pin[] all() {
    return Check.present(pins.get(), "the set is never null");
  }
}
