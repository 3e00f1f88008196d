package dev.millrace.engine.integration;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Arguments that mean something to the commands they are for about as often as not: few keys, so
 * that commands meet; numbers at the edges, bytes that are no text, long values. Nothing depends on
 * the clock: an expiry is either past or far away.
 *
 * <p>Owned by: the test's thread.
 */
final class RandomArguments {
  /** How many databases are used. */
  static final int DATABASES = 3;

  private static final int KEYS_PER_KIND = 5;
  private static final int WRONG_KIND = 50;
  private static final String[] KINDS = {
    "str", "num", "bits", "hll", "list", "hash", "set", "zset", "geo", "stream"
  };

  /**
   * Keys that are always what they are called: sorted sets with one score for all members, lists.
   * What certain commands reply about others is in no order, or at random.
   */
  private static final List<String> ALWAYS_OF_A_KIND = List.of("lex", "seq");

  /**
   * Whether an argument is such a key; another in its place would ask what even Redis does not
   * decide.
   */
  static boolean isAlwaysOfAKind(Object argument) {
    return ALWAYS_OF_A_KIND.stream().anyMatch(kind -> argument.toString().startsWith(kind + ":"));
  }

  private static final String[] EDGES = {
    "-1",
    "0",
    "-0",
    "00",
    "01",
    "+1",
    " 1",
    "1.5",
    "abc",
    "",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "0x10",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999",
    "(1",
    "[a",
    "COUNT",
    "NX",
    "STORE"
  };
  private static final String[] WORDS = {
    "alpha", "beta", "gamma", "delta", "a", "b", "c", "", "x\0y", "A", "\u00ff\u00fe", "10", "9"
  };
  private static final Map<String, String[]> FIXED =
      Map.of(
          "unit", new String[] {"m", "km", "ft", "mi"},
          "group", new String[] {"g1", "g2"},
          "consumer", new String[] {"c1", "c2", "c3"},
          "bft", new String[] {"u1", "u8", "i8", "i16", "u31", "i64", "u63", "i5", "u64"},
          "pat", new String[] {"*", "*a*", "[a-m]*", "?", "l*:?", "\\*", "*[^1]"},
          "lexmin", new String[] {"-", "[a", "(a", "[b", "(beta", "[1", "[", "+"},
          "lexmax", new String[] {"+", "[z", "(delta", "[gamma", "(9", "[", "-"},
          "zmin", new String[] {"-inf", "0", "(1", "-5", "(-2.5", "10", "inf"},
          "zmax", new String[] {"+inf", "5", "(9", "100", "(2.5", "-1", "-inf"});

  private final RandomGenerator random;
  private int lastKeys;
  private long streamMillis = 1;
  private int moments;

  RandomArguments(RandomGenerator random) {
    this.random = random;
  }

  boolean chance(int outOf) {
    return random.nextInt(outOf) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Something a command will seldom expect. */
  Object edge() {
    return EDGES[random.nextInt(EDGES.length)];
  }

  /** Appends one argument of this kind, or several where the kind says so. */
  void append(String kind, List<Object> to) {
    if (kind.startsWith("keys:")) {
      lastKeys = 1 + random.nextInt(3);
      to.add(Integer.toString(lastKeys));
      for (int i = 0; i < lastKeys; i++) {
        to.add(key(kind.substring(5)));
      }
    } else if (kind.equals("weights")) {
      for (int i = 0; i < lastKeys; i++) {
        to.add(score());
      }
    } else if (kind.equals("streams")) {
      int streams = 1 + random.nextInt(2);
      for (int i = 0; i < streams; i++) {
        to.add(key("stream"));
      }
      for (int i = 0; i < streams; i++) {
        to.add(streamId());
      }
    } else {
      to.add(one(kind));
    }
  }

  private Object one(String kind) {
    String[] fixed = FIXED.get(kind);
    if (fixed != null) {
      return fixed[random.nextInt(fixed.length)];
    }
    return switch (kind) {
      case "any" -> key(KINDS[random.nextInt(KINDS.length)]);
      case "v" -> value();
      case "m" -> member();
      case "int" -> Integer.toString(random.nextInt(-20, 60));
      case "f" -> chance(3) ? "f" + random.nextInt(8) : member();
      case "i" -> Integer.toString(random.nextInt(-12, 13));
      case "c" -> Integer.toString(random.nextInt(12));
      case "n" -> chance(3) ? edge() : Long.toString(random.nextLong() >> random.nextInt(1, 64));
      case "off" -> Integer.toString(random.nextInt(400));
      case "bfo" -> (chance(3) ? "#" : "") + random.nextInt(100);
      case "real" -> real();
      case "score" -> score();
      case "db" -> Integer.toString(random.nextInt(DATABASES));
      case "sec" -> Long.toString(secondsToLive());
      case "ms" -> Long.toString(1000 * secondsToLive());
      case "secat" -> Long.toString(4_000_000_000L + secondsToLive());
      case "msat" -> Long.toString(1000 * (4_000_000_000L + secondsToLive()));
      case "lon" -> Double.toString(random.nextInt(-1_000_000, 1_000_000) / 10_000.0);
      case "lat" -> Double.toString(random.nextInt(-800_000, 800_000) / 10_000.0);
      case "dist" -> Integer.toString(1 << random.nextInt(24));
      case "newid" -> newStreamId();
      case "xid" -> streamId();
      case "xmin" -> chance(2) ? "-" : chance(3) ? "(" + streamId() : streamId();
      case "xmax" -> chance(2) ? "+" : chance(3) ? "(" + streamId() : streamId();
      default -> key(kind);
    };
  }

  private String key(String kind) {
    boolean wrong = !ALWAYS_OF_A_KIND.contains(kind) && chance(WRONG_KIND);
    String of = wrong ? KINDS[random.nextInt(KINDS.length)] : kind;
    return of + ":" + random.nextInt(KEYS_PER_KIND);
  }

  private Object value() {
    return switch (random.nextInt(10)) {
      case 0 -> edge();
      case 1, 2 -> Integer.toString(random.nextInt(200) - 100);
      case 3 -> bytes(random.nextInt(30));
      case 4 -> "x".repeat(random.nextInt(100));
      case 5 -> chance(20) ? letters(random.nextInt(10_000)) : letters(43 + random.nextInt(4));
      case 6 -> Long.toString(random.nextLong());
      default -> letters(random.nextInt(10));
    };
  }

  private Object member() {
    return switch (random.nextInt(8)) {
      case 0 -> WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.ISO_8859_1);
      case 1, 2 -> Integer.toString(random.nextInt(40));
      case 3 -> Integer.toString(random.nextInt());
      case 4 -> Long.toString(random.nextLong());
      case 5 -> chance(20) ? letters(60 + random.nextInt(200)) : letters(5);
      case 6 -> "m" + random.nextInt(100);
      default -> letters(2);
    };
  }

  private String real() {
    return switch (random.nextInt(5)) {
      case 0 -> edge().toString();
      case 1 -> Integer.toString(random.nextInt(-50, 50));
      case 2 -> "1e" + random.nextInt(-12, 13);
      default -> random.nextInt(-1000, 1000) + "." + random.nextInt(1000);
    };
  }

  private String score() {
    return switch (random.nextInt(8)) {
      case 0 -> chance(5) ? edge().toString() : "inf";
      case 1 -> "-inf";
      case 2 -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(-20, 21)));
      case 3 -> random.nextInt(-10, 10) + "." + random.nextInt(100);
      case 4 -> Long.toString(random.nextLong() >> random.nextInt(64));
      default -> Integer.toString(random.nextInt(-10, 20));
    };
  }

  private String newStreamId() {
    streamMillis += random.nextInt(2);
    return streamMillis + (chance(3) ? "-*" : "-" + random.nextInt(1, 100));
  }

  private String streamId() {
    long back = Math.min(streamMillis, random.nextInt(chance(4) ? 2000 : 60));
    String id = Long.toString(streamMillis - back);
    return chance(3) ? id : id + "-" + random.nextInt(100);
  }

  /** Now and then past; else far away, and from every other moment too. */
  private long secondsToLive() {
    return chance(40) ? -random.nextInt(3) : 100_000 + 100_000L * (moments++ % 5000);
  }

  private byte[] bytes(int length) {
    byte[] value = new byte[length];
    random.nextBytes(value);
    return value;
  }

  private String letters(int length) {
    byte[] value = new byte[length];
    for (int i = 0; i < length; i++) {
      value[i] = (byte) ('a' + random.nextInt(4));
    }
    return new String(value, StandardCharsets.US_ASCII);
  }
}
