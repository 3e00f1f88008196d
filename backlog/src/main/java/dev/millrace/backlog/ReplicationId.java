package dev.millrace.backlog;

import java.util.HexFormat;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Names one history of the stream: 40 lower-case hexadecimal digits, as in PSYNC.
 *
 * <p>Two servers at the same ID and offset hold the same bytes up to there.
 *
 * @param hex the 40 digits
 */
public record ReplicationId(String hex) {
  /** Number of digits. */
  public static final int LENGTH = 40;

  public ReplicationId {
    if (!isLowerCaseHex(hex)) {
      throw new IllegalArgumentException("not a replication ID: " + hex);
    }
  }

  /** A new ID of 160 random bits. */
  public static ReplicationId random(RandomGenerator random) {
    byte[] bytes = new byte[LENGTH / 2];
    random.nextBytes(bytes);
    return new ReplicationId(HexFormat.of().formatHex(bytes));
  }

  /**
   * Reads an ID in either case: replicas compare without regard to case.
   *
   * @throws IllegalArgumentException when the text is not 40 hexadecimal digits
   */
  public static ReplicationId parse(String text) {
    return new ReplicationId(text.toLowerCase(Locale.ROOT));
  }

  /** As {@link #parse}, but null when the text is no ID, as the {@code ?} of a first PSYNC. */
  public static @Nullable ReplicationId tryParse(String text) {
    String lowerCase = text.toLowerCase(Locale.ROOT);
    return isLowerCaseHex(lowerCase) ? new ReplicationId(lowerCase) : null;
  }

  private static boolean isLowerCaseHex(String text) {
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char digit = text.charAt(i);
      if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return hex;
  }
}
