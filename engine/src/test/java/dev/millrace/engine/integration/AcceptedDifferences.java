package dev.millrace.engine.integration;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Where the differential run lets Millrace reply otherwise than Redis, each with its reason. What
 * Redis itself leaves to chance is not here but left out of {@code commands.txt}: ranges by member
 * over sorted sets with several scores, SORT BY nosort of a set, members drawn at random (their
 * number is compared), and OBJECT REFCOUNT, which tells of objects that Redis shares.
 */
final class AcceptedDifferences {
  private static final List<String> MAY_TELL_ENCODINGS = List.of("OBJECT", "EXEC", "EVAL");

  private AcceptedDifferences() {}

  static boolean covers(List<Object> command, byte[] our, byte[] their) {
    return isEncodingOfSortedSet(command, our, their);
  }

  /**
   * SORT of a small sorted set turns it into a skip list in Redis, for good; reading a value
   * changes nothing here.
   */
  private static boolean isEncodingOfSortedSet(List<Object> command, byte[] our, byte[] their) {
    return MAY_TELL_ENCODINGS.contains(command.getFirst().toString().toUpperCase(Locale.ROOT))
        && oneName(our).equals(oneName(their));
  }

  private static String oneName(byte[] reply) {
    return new String(reply, StandardCharsets.ISO_8859_1)
        .replace("$8\r\nskiplist\r\n", "$8\r\nlistpack\r\n");
  }
}
