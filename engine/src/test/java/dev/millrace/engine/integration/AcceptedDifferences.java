package dev.millrace.engine.integration;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where the differential run lets Millrace reply otherwise than Redis, each with its reason. What
 * Redis itself leaves to chance is not here but left out of {@code commands.txt}: ranges by member
 * over sorted sets with several scores, SORT BY nosort of a set, members drawn at random (their
 * number is compared), and OBJECT REFCOUNT, which tells of objects that Redis shares.
 */
final class AcceptedDifferences {
  private static final List<String> MAY_TELL_ENCODINGS = List.of("OBJECT", "EXEC", "EVAL");
  private static final Pattern NEGATIVE_ZERO = Pattern.compile("\\$2\r\n-0\r\n|,-0\r\n");

  private AcceptedDifferences() {}

  static boolean covers(List<Object> command, byte[] our, byte[] their) {
    return isEncodingOfSortedSet(command, our, their) || isScoreOfNegativeZero(command, our, their);
  }

  /** What comes of that: a skip list keeps a score of -0, which in a listpack becomes 0. */
  private static boolean isScoreOfNegativeZero(List<Object> command, byte[] our, byte[] their) {
    return command.stream().anyMatch(word -> word.toString().startsWith("zset:"))
        && withoutNegativeZero(our).equals(withoutNegativeZero(their));
  }

  private static String withoutNegativeZero(byte[] reply) {
    String text = new String(reply, StandardCharsets.ISO_8859_1);
    return NEGATIVE_ZERO
        .matcher(text)
        .replaceAll(zero -> zero.group().charAt(0) == ',' ? ",0\r\n" : "\\$1\r\n0\r\n");
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
