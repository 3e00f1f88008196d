package dev.millrace.tools.aof;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes the ledger's times as this machine's clock on the wall shows them. */
final class Moment {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private Moment() {}

  /** The time, or {@code -} for 0, which stands for unknown. */
  static String of(long millis) {
    return millis == 0 ? "-" : FORMAT.format(Instant.ofEpochMilli(millis));
  }
}
