package dev.millrace.engine.keyspace;

import java.util.random.RandomGenerator;

/**
 * The 24 access bits of an entry, which say how recently or how often it was used. Which of the two
 * depends on the eviction policy, and the bits are not rewritten when the policy changes: an
 * entry's bits are misread until its next access, as in Redis.
 *
 * <pre>
 *  LRU   23                      0      LFU   23              8 7         0
 *        +-----------------------+            +----------------+----------+
 *        | seconds, modulo 2^24  |            | minutes (16)   | counter  |
 *        +-----------------------+            +----------------+----------+
 * </pre>
 *
 * The LFU counter is logarithmic: the chance that an access raises it falls with its height, and it
 * loses one for every decay time that passed since its minutes.
 *
 * <p>Owned by: executor thread.
 */
final class Recency {
  static final int ACCESS_MAX = (1 << 24) - 1;

  /** Where a new entry's LFU counter begins, so that it is not the first to go. */
  static final int LFU_INITIAL = 5;

  private static final int LFU_MAX = 255;
  private static final int MINUTES_MAX = 0xFFFF;
  private static final long MILLIS_PER_SECOND = 1000;
  private static final long MILLIS_PER_MINUTE = 60_000;

  private final KeyspaceClock clock;
  private final RandomGenerator random;
  private boolean lfu;
  private int logFactor = 10;
  private int decayMinutes = 1;

  Recency(KeyspaceClock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  void useLfu(boolean wanted) {
    lfu = wanted;
  }

  void configureLfu(int newLogFactor, int newDecayMinutes) {
    if (newLogFactor < 0 || newDecayMinutes < 0) {
      throw new IllegalArgumentException("negative LFU setting");
    }
    logFactor = newLogFactor;
    decayMinutes = newDecayMinutes;
  }

  boolean isLfu() {
    return lfu;
  }

  /** The bits of a new entry. */
  int initial() {
    return lfu ? lfuBits(LFU_INITIAL) : lruNow();
  }

  /** Notes an access to the entry. */
  void touch(long entry) {
    int before = Entry.access(entry);
    int after = lfu ? lfuBits(raised(frequency(before))) : lruNow();
    if (after != before) {
      Entry.setAccess(entry, after);
    }
  }

  /**
   * How long ago the bits were last set, in milliseconds, right up to one turn of the LRU clock.
   */
  long idleMillis(int access) {
    int now = lruNow();
    int seconds = now >= access ? now - access : now + (ACCESS_MAX - access);
    return seconds * MILLIS_PER_SECOND;
  }

  /** The LFU counter with the decay that is due taken off. */
  int frequency(int access) {
    int counter = access & 0xFF;
    if (decayMinutes == 0) {
      return counter;
    }
    int then = access >>> 8;
    int now = minutesNow();
    int elapsed = now >= then ? now - then : MINUTES_MAX - then + now;
    return Math.max(0, counter - elapsed / decayMinutes);
  }

  /** The bits of an entry unused for that long. */
  int idleFor(long idleSeconds) {
    return (int) ((clock.millis() / MILLIS_PER_SECOND - idleSeconds) & ACCESS_MAX);
  }

  /** The bits of an entry with that LFU counter now. */
  int lfuBits(int counter) {
    return (minutesNow() << 8) | counter;
  }

  private int raised(int counter) {
    if (counter == LFU_MAX) {
      return counter;
    }
    double height = Math.max(0, counter - LFU_INITIAL);
    return random.nextDouble() < 1.0 / (height * logFactor + 1) ? counter + 1 : counter;
  }

  private int lruNow() {
    return (int) (clock.millis() / MILLIS_PER_SECOND) & ACCESS_MAX;
  }

  private int minutesNow() {
    return (int) (clock.millis() / MILLIS_PER_MINUTE) & MINUTES_MAX;
  }
}
