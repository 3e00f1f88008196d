package dev.millrace.engine.server;

import dev.millrace.engine.config.Config;
import java.util.concurrent.TimeUnit;

/** The setting {@code key-load-delay}: how long a loading rests after each key. */
final class KeyLoadDelay {
  private KeyLoadDelay() {}

  /**
   * Rests, if it is set, in the thread that loads.
   *
   * @return whether it is set
   */
  static boolean pause(Config config) {
    long micros = config.persistence.keyLoadDelay.value();
    if (micros <= 0) {
      return false;
    }
    try {
      TimeUnit.MICROSECONDS.sleep(micros);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
