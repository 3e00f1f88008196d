package dev.millrace.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random mixture of SORT and SORT_RO over lists and sets of numbers and of texts, with weights in
 * strings and hashes, on Millrace's handlers and a real Redis side by side.
 *
 * <p>Left out is what Redis leaves open: the order in which a set comes unsorted, and the order of
 * equal weights when a LIMIT makes it sort another way. Numbers beyond a double are left out too:
 * after one, Redis takes every text for such a number until some call resets C's errno.
 *
 * <p>Owned by: the test's thread.
 */
final class SortMix {
  private static final List<String> NUMBERS =
      List.of(
          "1",
          "2",
          "10",
          "-5",
          "1.5",
          "0x10",
          " 3",
          "1e3",
          "inf",
          "-inf",
          "",
          "0",
          "-0",
          "007",
          "9007199254740993",
          "1e-300",
          "3.0000000000000001");
  private static final List<String> TEXTS =
      List.of("a", "B", "b", "aa", "Z", "\u00e9", "a\0b", "a\0a", "_", "10", "9", "nan");

  private final SideBySide both;
  private final RandomCommands make;

  SortMix(SideBySide both, RandomGenerator random) {
    this.both = both;
    this.make = new RandomCommands(random, "list", "set", "zset", "texts", "target", "string");
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      if (i % 200 == 0) {
        fill();
      }
      int client = make.below(2);
      if (make.chance(6)) {
        change(client);
      } else {
        sort(client);
      }
    }
  }

  private void fill() {
    both.same(0, "DEL", "list", "set", "texts", "target", "zset");
    for (int i = make.below(40); i >= 0; i--) {
      both.same(0, "RPUSH", "list", number());
      both.same(0, "SADD", "set", number());
      both.same(0, "ZADD", "zset", Integer.toString(make.below(5)), number());
      both.same(0, "RPUSH", "texts", text());
    }
    both.same(0, "SET", "string", "x");
    for (String each : NUMBERS) {
      if (make.chance(2)) {
        both.same(0, "SET", "w_" + each, number());
      }
      if (make.chance(2)) {
        both.same(0, "HSET", "h_" + each, "f", number(), "t", text());
      }
    }
    for (String each : TEXTS) {
      if (make.chance(2)) {
        both.same(0, "SET", bytes("w_" + each + "_x"), text());
      }
    }
  }

  private String number() {
    return make.chance(2) ? Integer.toString(make.below(200)) : NUMBERS.get(make.below(17));
  }

  private byte[] text() {
    return bytes(TEXTS.get(make.below(TEXTS.size())));
  }

  private static byte[] bytes(String latin) {
    return latin.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private void change(int client) {
    switch (make.below(5)) {
      case 0 -> both.same(client, "LRANGE", "target", "0", "-1");
      case 1 -> both.same(client, "RPUSH", "list", make.chance(9) ? "word" : number());
      case 2 -> both.same(client, "SET", "w_" + number(), make.chance(9) ? "word" : number());
      case 3 -> both.same(client, "SET", "target", "x", "EXAT", "4000000000");
      default -> both.same(client, "EXPIRETIME", "target");
    }
  }

  private void sort(int client) {
    String key = make.anyOf("list", "list", "texts", "set", "zset", "string", "missing");
    String name = key.toLowerCase(java.util.Locale.ROOT);
    boolean readOnly = make.chance(4);
    boolean alpha = name.equals("texts") ? !make.chance(9) : make.chance(4);
    boolean limited = make.chance(3);
    boolean ordered = name.equals("list") || name.equals("texts") || name.equals("zset");
    List<List<Object>> options = new ArrayList<>();
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("ASC", "DESC", "DESC")));
    }
    if (alpha) {
      options.add(List.of(make.anyOf("ALPHA")));
    }
    if (limited) {
      options.add(List.of(make.anyOf("LIMIT"), place(), place()));
    }
    boolean store = make.chance(3);
    if (make.chance(3) && !(alpha && (limited || !ordered || name.equals("zset")))) {
      options.add(List.of(make.anyOf("BY"), make.anyOf("w_*", "h_*->f", "w_*_x", "h_*->", "*")));
    } else if (make.chance(5) && (ordered || store && !readOnly)) {
      options.add(List.of(make.anyOf("BY"), make.anyOf("nosort", "w_x", "#")));
    }
    while (make.chance(3)) {
      options.add(
          List.of(
              make.anyOf("GET"),
              make.anyOf(
                  "#", "w_*", "h_*->f", "h_*->t", "*", "w_*_x", "none", "h_*->none", "->*")));
    }
    if (store) {
      options.add(List.of(make.anyOf("STORE"), make.anyOf("target", "list", "target")));
    }
    Object[] command =
        make.command(List.of(make.anyOf(readOnly ? "SORT_RO" : "SORT"), name), options);
    both.same(client, lowerKeys(command));
  }

  /** Patterns and keys come in both cases from the mixer, and name other keys then. */
  private static Object[] lowerKeys(Object[] command) {
    Object[] lower = command.clone();
    for (int i = 1; i < lower.length; i++) {
      if (!(lower[i - 1] + "").equalsIgnoreCase("LIMIT")) {
        lower[i] =
            lower[i] instanceof String word ? word.toLowerCase(java.util.Locale.ROOT) : lower[i];
      }
    }
    return lower;
  }

  private Object place() {
    return make.chance(12) ? make.integer() : make.below(20) - 3;
  }
}
