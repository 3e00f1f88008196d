package dev.millrace.engine.integration;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where the differential run lets Millrace reply otherwise than Redis, each with its reason. What
 * Redis itself leaves to chance is not here but left out of {@code commands.txt}: ranges by member
 * over sorted sets with several scores, SORT BY nosort of a set, members drawn at random (their
 * number is compared), and OBJECT REFCOUNT, which tells of objects that Redis shares.
 */
final class AcceptedDifferences {
  private AcceptedDifferences() {}

  static boolean covers(List<Object> command, byte[] our, byte[] their) {
    return isEncodingOfSortedSet(command, our, their);
  }

  /**
   * SORT of a small sorted set turns it into a skip list in Redis, for good; reading a value
   * changes nothing here.
   */
  private static boolean isEncodingOfSortedSet(List<Object> command, byte[] our, byte[] their) {
    return command.getFirst().toString().equalsIgnoreCase("OBJECT")
        && text(our).equals("$8\r\nlistpack\r\n")
        && text(their).equals("$8\r\nskiplist\r\n");
  }

  private static String text(byte[] reply) {
    return new String(reply, StandardCharsets.ISO_8859_1);
  }
}
