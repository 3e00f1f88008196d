package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A random mixture of commands on streams, several clients taking turns, run on Millrace's handlers
 * and a real Redis side by side. Times that each server takes from its own clock are left out of
 * the comparison, and no ID is made from a clock: {@code *} is used where the last ID lies in the
 * future.
 *
 * <p>Owned by: the test's thread.
 */
final class StreamMix {
  static final List<String> KEYS = List.of("a", "b", "c", "future", "text");

  /** A moment in the year 2286, behind every clock. */
  private static final String FUTURE = "9999999999999";

  private static final String[] IDS = {
    "0",
    "0-0",
    "0-1",
    "1",
    "1-1",
    "2-0",
    "5",
    "7-3",
    "01-02",
    " 1",
    "+3-1",
    "3-+1",
    "3--1",
    "3--01",
    "-",
    "+",
    "(1-1",
    "(-",
    "(0-0",
    "(",
    "*",
    "1-*",
    "$",
    ">",
    "",
    "-1",
    "1-",
    "1-2-3",
    "abc",
    "18446744073709551615",
    "18446744073709551615-18446744073709551615",
    "18446744073709551616",
    "9223372036854775807-9223372036854775808",
    "(18446744073709551615-18446744073709551615",
    "1\0002",
    "-\0",
  };

  private static final Pattern MOMENT = Pattern.compile(":1[0-9]{12}\r\n");
  private static final Pattern IDLE = Pattern.compile("(\\$4\r\nidle\r\n):\\d+\r\n");
  private static final Pattern PENDING_IDLE = Pattern.compile(":\\d+\r\n(:-?\\d+\r\n)");

  private final SideBySide both;
  private final RandomGenerator random;
  private final RandomCommands make;
  private final int clients;
  private long millis = 1;
  private long sequence;

  StreamMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.random = random;
    this.make = new RandomCommands(random, KEYS.toArray(String[]::new));
    this.clients = clients;
  }

  static UnaryOperator<String> withoutMoments() {
    return reply -> IDLE.matcher(MOMENT.matcher(reply).replaceAll(":T\r\n")).replaceAll("$1:T\r\n");
  }

  private static UnaryOperator<String> withoutIdleTimes() {
    return reply -> PENDING_IDLE.matcher(reply).replaceAll(":T\r\n$1");
  }

  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      one(random.nextInt(clients));
    }
  }

  private void one(int client) {
    switch (make.below(24)) {
      case 0, 1, 2, 3, 4, 5 -> add(client);
      case 6 -> trim(client);
      case 7, 8 -> range(client);
      case 9 -> delete(client);
      case 10 -> read(client);
      case 11, 12, 13 -> readGroup(client);
      case 14, 15 -> group(client);
      case 16 -> acknowledge(client);
      case 17 -> pending(client);
      case 18, 19 -> claim(client);
      case 20 -> autoClaim(client);
      case 21 -> info(client);
      case 22 -> other(client);
      default -> about(client);
    }
  }

  private String key() {
    return make.chance(40)
        ? "missing" + make.below(3)
        : KEYS.get(make.below(make.chance(9) ? 5 : 3));
  }

  private String groupName() {
    return make.chance(20) ? "nogroup" : make.anyOf("g", "h", "group\0zero");
  }

  private String consumer() {
    return "consumer" + (make.chance(6) ? make.below(20) : make.below(3));
  }

  /** An ID that is there as likely as not. */
  private String id() {
    if (make.chance(25)) {
      return IDS[make.below(IDS.length)];
    }
    String bracket = make.chance(12) ? "(" : "";
    long at = Math.max(0, millis - make.below(make.chance(3) ? 300 : 30));
    return bracket + (make.chance(4) ? Long.toString(at) : at + "-" + make.below(4));
  }

  private String bound(boolean low) {
    return make.chance(3) ? (low ? "-" : "+") : id();
  }

  private String newId() {
    if (make.chance(30)) {
      return id();
    }
    if (make.chance(3)) {
      sequence++;
    } else {
      millis += 1 + make.below(make.chance(20) ? 300 : 4);
      sequence = make.below(3);
    }
    return make.chance(6) ? millis + "-*" : millis + "-" + sequence;
  }

  private void add(int client) {
    String key = key();
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XADD"), key));
    if (make.chance(10)) {
      command.add(make.anyOf("NOMKSTREAM"));
    }
    if (make.chance(4)) {
      strategy(command);
    }
    if (key.equals("future")) {
      both.same(client, "XADD", key, FUTURE + "-1", "f", "v");
      command.add("NOMKSTREAM");
      command.add("*");
    } else {
      command.add(newId());
    }
    fields(command);
    both.same(client, make.command(command, List.of()));
  }

  private void fields(List<Object> command) {
    String[] names = {"field", "other", "5", "\0bin\t", "n".repeat(70)};
    int count = make.chance(4) ? make.below(6) : 2;
    int from = make.chance(5) ? make.below(4) : 0;
    for (int i = 0; i < count; i++) {
      command.add(names[(from + i) % names.length]);
      command.add(make.value());
    }
  }

  private void strategy(List<Object> command) {
    boolean byLength = make.chance(2);
    command.add(byLength ? make.anyOf("MAXLEN") : make.anyOf("MINID"));
    boolean approximate = make.chance(2);
    if (approximate) {
      command.add("~");
    } else if (make.chance(2)) {
      command.add("=");
    }
    if (byLength) {
      command.add(make.chance(20) ? make.integer() : make.below(60));
    } else {
      command.add(id());
    }
    if (make.chance(approximate ? 2 : 20)) {
      command.add(make.anyOf("LIMIT"));
      command.add(make.chance(20) ? make.integer() : make.below(30));
    }
  }

  private void trim(int client) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XTRIM"), key()));
    strategy(command);
    if (make.chance(30)) {
      strategy(command);
    }
    both.same(client, make.command(command, List.of()));
  }

  private List<List<Object>> count() {
    List<List<Object>> options = new ArrayList<>();
    if (make.chance(2)) {
      options.add(
          List.of(make.anyOf("COUNT"), make.chance(10) ? make.integer() : 1 + make.below(20)));
    }
    return options;
  }

  private void range(int client) {
    boolean backward = make.chance(2);
    List<Object> command =
        List.of(
            make.anyOf(backward ? "XREVRANGE" : "XRANGE"),
            key(),
            bound(!backward),
            bound(backward));
    both.same(client, make.command(command, count()));
  }

  private void delete(int client) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XDEL"), key()));
    ids(command);
    both.same(client, make.command(command, List.of()));
  }

  private void ids(List<Object> command) {
    int known = make.chance(3) ? 12 : 3;
    for (int i = make.below(known); i >= 0; i--) {
      command.add(id());
    }
  }

  private void streams(List<Object> command, String usual) {
    command.add(make.anyOf("STREAMS"));
    int streams = 1 + make.below(3);
    for (int i = 0; i < streams; i++) {
      command.add(key());
    }
    for (int i = 0; i < streams; i++) {
      command.add(make.chance(3) ? id() : usual);
    }
  }

  private void read(int client) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XREAD")));
    count().forEach(command::addAll);
    if (make.chance(20)) {
      command.add(make.anyOf("NOACK", "GROUP"));
    }
    streams(command, Long.toString(Math.max(0, millis - 20)));
    both.same(client, make.command(command, List.of()));
  }

  private void readGroup(int client) {
    List<Object> command =
        new ArrayList<>(
            List.of(make.anyOf("XREADGROUP"), make.anyOf("GROUP"), groupName(), consumer()));
    count().forEach(command::addAll);
    if (make.chance(6)) {
      command.add(make.anyOf("NOACK"));
    }
    if (make.chance(3)) {
      command.add(make.anyOf("STREAMS"));
      command.add(key());
      command.add(make.chance(2) ? "0" : id());
    } else {
      streams(command, ">");
    }
    both.same(client, make.command(command, List.of()));
  }

  private void group(int client) {
    List<Object> command = new ArrayList<>();
    String which = make.chance(3) ? "CREATE" : make.anyOf("SETID", "CREATECONSUMER", "CREATE");
    if (make.chance(12)) {
      which = make.anyOf("DESTROY", "DELCONSUMER", "DELCONSUMER", "FOO");
    }
    command.addAll(List.of(make.anyOf("XGROUP"), which, key(), groupName()));
    switch (which.toUpperCase(java.util.Locale.ROOT)) {
      case "CREATE", "SETID" -> {
        command.add(make.chance(3) ? "$" : make.chance(3) ? "0" : id());
        if (make.chance(3)) {
          command.add(make.anyOf("MKSTREAM"));
        }
        if (make.chance(4)) {
          command.add(make.anyOf("ENTRIESREAD"));
          command.add(make.chance(8) ? make.integer() : make.below(100));
        }
      }
      case "DESTROY" -> {}
      default -> command.add(consumer());
    }
    both.same(client, make.command(command, List.of()));
  }

  private void acknowledge(int client) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XACK"), key(), groupName()));
    ids(command);
    both.same(client, make.command(command, List.of()));
  }

  private void pending(int client) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf("XPENDING"), key(), groupName()));
    if (!make.chance(3)) {
      if (make.chance(3)) {
        command.add(make.anyOf("IDLE"));
        command.add(make.chance(3) ? "0" : make.chance(10) ? "abc" : "1000000000");
      }
      command.add(bound(true));
      command.add(bound(false));
      command.add(make.chance(12) ? make.integer() : make.below(30));
      if (make.chance(3)) {
        command.add(consumer());
      }
      if (make.chance(30)) {
        command.add("more");
      }
    }
    both.sameAfter(withoutIdleTimes(), client, make.command(command, List.of()));
  }

  private String minIdle() {
    String odd = make.integer();
    // Who has been idle for a few milliseconds is a matter of when each server looks.
    boolean isShort = odd.matches("[1-9][0-9]{0,5}");
    return make.chance(15) && !isShort ? odd : make.anyOf("0", "0", "-1", "1000000000");
  }

  private void claim(int client) {
    List<Object> command =
        new ArrayList<>(List.of(make.anyOf("XCLAIM"), key(), groupName(), consumer(), minIdle()));
    ids(command);
    List<List<Object>> options = new ArrayList<>();
    for (int i = make.below(3); i > 0; i--) {
      options.add(
          switch (make.below(6)) {
            case 0 -> List.of(make.anyOf("FORCE"));
            case 1 -> List.of(make.anyOf("JUSTID"));
            case 2 -> List.of(make.anyOf("IDLE"), make.chance(9) ? "x" : "2000000000");
            case 3 -> List.of(make.anyOf("TIME"), make.chance(9) ? "x" : make.below(50));
            case 4 -> List.of(make.anyOf("RETRYCOUNT"), make.chance(9) ? "x" : make.below(9) - 2);
            default -> List.of(make.anyOf("LASTID"), id());
          });
    }
    both.same(client, make.command(command, options));
  }

  private void autoClaim(int client) {
    List<List<Object>> options = count();
    if (make.chance(3)) {
      options.add(List.of(make.anyOf("JUSTID")));
    }
    List<Object> command =
        List.of(make.anyOf("XAUTOCLAIM"), key(), groupName(), consumer(), minIdle(), bound(true));
    Object[] whole = make.command(command, options);
    for (Object argument : whole) {
      if (argument.toString().matches("[0-9]{9,}") && !argument.equals(whole[4])) {
        return; // how many are too many is a matter of the machine's memory
      }
    }
    both.same(client, whole);
  }

  private void info(int client) {
    List<Object> command =
        switch (make.below(4)) {
          case 0 -> List.of("XINFO", make.anyOf("STREAM"), key());
          case 1 -> List.of("XINFO", make.anyOf("GROUPS"), key());
          case 2 -> List.of("XINFO", make.anyOf("CONSUMERS"), key(), groupName());
          default -> List.of("XINFO", make.anyOf("STREAM"), key(), make.anyOf("FULL"));
        };
    both.sameAfter(withoutMoments(), client, make.command(command, count()));
  }

  private void other(int client) {
    switch (make.below(9)) {
      case 0 -> both.same(client, make.anyOf("XLEN"), key());
      case 1, 2, 3 -> {
        List<Object> command = new ArrayList<>(List.of(make.anyOf("XSETID"), key()));
        command.add(make.chance(3) ? id() : (millis += make.below(5)) + "-" + make.below(3));
        List<List<Object>> options = new ArrayList<>();
        if (make.chance(3)) {
          options.add(
              List.of(
                  make.anyOf("ENTRIESADDED"), make.chance(9) ? make.integer() : make.below(1000)));
        }
        if (make.chance(4)) {
          options.add(List.of(make.anyOf("MAXDELETEDID"), id()));
        }
        both.same(client, make.command(command, options));
      }
      case 4 -> both.same(client, make.anyOf("XGROUP", "XINFO"), make.anyOf("HELP"));
      case 5 -> both.same(client, make.anyOf("XGROUP", "XINFO", "XACK", "XREADGROUP"), "x", "y");
      case 6 -> exchange(client);
      case 7 -> lastIdSetBack(client);
      default -> {
        both.same(client, "SET", "text", "x");
        both.same(client, "COPY", key(), key(), make.anyOf("REPLACE"));
      }
    }
  }

  /** Adds entries below the ID of one that was deleted, which stays in its node. */
  private void lastIdSetBack(int client) {
    String key = key();
    millis += 10;
    both.same(client, "XADD", key, millis + "-1", "f", "v");
    both.same(client, "XADD", key, millis + "-9", "f", "v");
    if (make.chance(3)) {
      both.same(client, "XTRIM", key, "MINID", millis + "-9");
    }
    both.same(client, "XDEL", key, millis + "-9");
    both.same(client, "XSETID", key, make.chance(2) ? millis + "-2" : (millis - 1) + "-1");
    both.same(client, "XADD", key, millis + "-" + (3 + make.below(7)), "f", "w");
    both.same(client, "XRANGE", key, (millis - 3) + "-1", millis + "-" + make.below(10));
    both.same(client, "XREVRANGE", key, millis + "-" + make.below(10), (millis - 3) + "-1");
    both.same(client, "XDEL", key, millis + "-" + make.below(10));
    sequence = 10;
  }

  private void about(int client) {
    String key = key();
    switch (make.below(make.chance(6) ? 5 : 3)) {
      case 0 -> both.same(client, "TYPE", key);
      case 1 -> both.same(client, "OBJECT", "ENCODING", key);
      case 2 -> both.same(client, "EXISTS", key);
      case 3 -> both.same(client, "DEL", key);
      default -> both.same(client, "RENAME", key, key());
    }
  }

  /** Each server restores what the other dumped. */
  private void exchange(int client) {
    String key = key();
    String our = both.ourReply(client, "DUMP", key);
    String their = both.theirReply(client, "DUMP", key);
    if (!our.startsWith("$") || our.startsWith("$-1")) {
      both.same(client, "EXISTS", key);
      return;
    }
    String target = key();
    String reply = both.ourReply(client, "RESTORE", target, "0", payload(their), "REPLACE");
    String expected = both.theirReply(client, "RESTORE", target, "0", payload(our), "REPLACE");
    if (!reply.equals(expected)) {
      throw new AssertionError("RESTORE of a value DUMP gave: " + reply + " beside " + expected);
    }
    compare(client, target);
  }

  private static byte[] payload(String bulk) {
    int start = bulk.indexOf("\r\n") + 2;
    return bulk.substring(start, bulk.length() - 2).getBytes(StandardCharsets.ISO_8859_1);
  }

  private void compare(int client, String key) {
    both.same(client, "TYPE", key);
    both.sameAfter(withoutMoments(), client, "XINFO", "STREAM", key, "FULL", "COUNT", "0");
    both.sameAfter(withoutMoments(), client, "XINFO", "STREAM", key);
    both.same(client, "XREVRANGE", key, "+", "-");
  }

  void compareDatasets() {
    both.sameInAnyOrder(0, "KEYS", "*");
    for (String key : KEYS) {
      compare(0, key);
    }
  }
}
