package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Makes commands that mean something about as often as not: few keys, so that they meet; options in
 * any order, twice, or beside each other's; numbers at the edges; bytes that are no text; wrong
 * numbers of arguments. The same seed makes the same commands, but for moments in time.
 */
final class RandomCommands {
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "5",
    "10",
    "100",
    "9999",
    "10000",
    "-5",
    "00",
    "01",
    "-0",
    "+1",
    " 1",
    "1 ",
    "1.5",
    "abc",
    "",
    "9223372036854775807",
    "9223372036854775806",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999999999999",
    "2147483648",
    "-2147483649",
    "536870912"
  };
  private static final String[] REALS = {
    "0",
    "1",
    "-1",
    "0.1",
    "-0.1",
    "1e3",
    "1E-3",
    "1.5e10",
    "3.14159265358979",
    "1e20",
    "1e-20",
    "1e400",
    "1e4931",
    "1e4932",
    "1e4933",
    "-1e4932",
    "1e-4940",
    "1e-5000",
    "inf",
    "-inf",
    "infinity",
    "nan",
    "0x10",
    "0x1.8p3",
    "0X.4P-2",
    "0x",
    "1e",
    "e5",
    ".5",
    "5.",
    ".",
    "+3",
    "-+3",
    "1 ",
    " 1",
    "",
    "abc",
    "1e+05",
    "1e1000000000000",
    "0e1000000000000",
    "123456789.123456789",
    "99999999999999999999",
    "0.000000000000000005",
    "-0.000000000000000005",
    "17179869184.5"
  };

  private final RandomGenerator random;
  private final String[] keys;

  /** Moments and times to live come from here, each another, so that comparisons are not close. */
  private int times;

  RandomCommands(RandomGenerator random, String... keys) {
    this.random = random;
    this.keys = keys.clone();
  }

  /** A key, rarely one that is never set. */
  Object key() {
    return random.nextInt(30) == 0 ? "missing" : keys[random.nextInt(keys.length)];
  }

  /** A value: text, number, bytes, short or long. */
  Object value() {
    return switch (random.nextInt(9)) {
      case 0 -> NUMBERS[random.nextInt(NUMBERS.length)];
      case 1 -> Integer.toString(random.nextInt(200) - 100);
      case 2 -> bytes(random.nextInt(12));
      case 3 -> bytes(43 + random.nextInt(4));
      case 4 -> "x".repeat(random.nextInt(100));
      case 5 -> letters(random.nextInt(60));
      case 6 -> random.nextInt(12) == 0 ? letters(30_000 + random.nextInt(8000)) : "";
      case 7 -> Long.toString(random.nextLong());
      default -> letters(3);
    };
  }

  String integer() {
    return switch (random.nextInt(3)) {
      case 0 -> NUMBERS[random.nextInt(NUMBERS.length)];
      case 1 -> Integer.toString(random.nextInt(100) - 50);
      default -> Long.toString(random.nextLong() >> random.nextInt(64));
    };
  }

  String real() {
    return switch (random.nextInt(3)) {
      case 0 -> REALS[random.nextInt(REALS.length)];
      case 1 -> random.nextInt(1000) + "." + random.nextInt(1000);
      default -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20));
    };
  }

  String anyOf(String... words) {
    String word = words[random.nextInt(words.length)];
    return random.nextBoolean() ? word : word.toLowerCase(java.util.Locale.ROOT);
  }

  boolean chance(int outOf) {
    return random.nextInt(outOf) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Seconds to live, far enough from any other that was made. */
  long secondsToLive() {
    return 10_000 + 1_000L * (times++ % 500) * (1 + random.nextInt(3));
  }

  /** An expiry option and its number, now and then a bad one. */
  List<Object> expiry(String... kinds) {
    String kind = anyOf(kinds);
    String number;
    if (chance(6)) {
      number = integer();
      // A moment soon would pass on one server before the other.
      if (number.matches("-?\\d{1,15}") && !number.startsWith("-") && !number.equals("0")) {
        number = "-" + number;
      }
    } else {
      number = Long.toString(moment(kind));
    }
    return List.of(kind, number);
  }

  private long moment(String kind) {
    long seconds = secondsToLive();
    return switch (kind.toUpperCase(java.util.Locale.ROOT)) {
      case "EX" -> seconds;
      case "PX" -> seconds * 1000;
      case "EXAT" -> 4_000_000_000L + seconds;
      default -> (4_000_000_000L + seconds) * 1000;
    };
  }

  /** A command with options in any order, perhaps cut short or lengthened. */
  Object[] command(List<Object> fixed, List<List<Object>> options) {
    List<List<Object>> shuffled = new ArrayList<>(options);
    Collections.shuffle(shuffled, Random.from(random));
    List<Object> all = new ArrayList<>(fixed);
    shuffled.forEach(all::addAll);
    if (chance(40)) {
      all.add(anyOf("NX", "GET", "PX", "FOO", "DB", "COUNT", ""));
    }
    if (chance(40) && all.size() > 1) {
      all.removeLast();
    }
    return all.toArray();
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
