package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random mixture of all commands of sets, on sets of numbers and of texts, on Millrace's handlers
 * and a real Redis side by side. The bound of intsets changes on the way.
 *
 * <p>Owned by: the test's thread.
 */
final class SetMix {
  /** Sets, two of numbers, one large, one key that is always a string, one that is often absent. */
  static final List<String> KEYS =
      List.of("a", "b", "numbers", "more", "large", "\0bin\t", "string", "rare");

  private static final long[] BOUNDS = {512, 8, 0, 20, 100_000};

  private final SideBySide both;
  private final RandomCommands make;
  private final int clients;
  private final boolean draws;

  /**
   * @param draws whether members are drawn at random, which each server does in its own way
   */
  SetMix(SideBySide both, RandomGenerator random, int clients, boolean draws) {
    this.draws = draws;
    this.both = both;
    this.make = new RandomCommands(random, KEYS.subList(0, 6).toArray(String[]::new));
    this.clients = clients;
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = make.below(clients);
      if (i % 400 == 0) {
        both.same(client, "SET", "string", "value");
        long bound = BOUNDS[i / 400 % BOUNDS.length];
        both.theirReply(client, "CONFIG", "SET", "set-max-intset-entries", bound);
        both.runner().config().encodings.setMaxIntsetEntries.value(bound);
      }
      one(client);
    }
  }

  private void one(int client) {
    switch (make.below(24)) {
      case 0, 1, 2, 3, 4 -> several(client, "SADD");
      case 5, 6 -> several(client, "SREM");
      case 7 -> several(client, "SMISMEMBER");
      case 8 -> send(client, List.of("SISMEMBER", key(), member("")), List.of());
      case 9 -> send(client, List.of("SCARD", key()), List.of());
      case 10 -> whole(client, "SMEMBERS", key());
      case 11, 12 -> send(client, List.of("SMOVE", key(), key(), member("")), List.of());
      case 13, 14 -> combine(client, make.anyOf("SINTER", "SUNION", "SDIFF"));
      case 15, 16, 17 -> store(client);
      case 18 -> count(client);
      case 19 -> scan(client);
      case 20 -> draw(client);
      case 21 -> about(client);
      case 22 -> copies(client);
      default -> {
        if (make.chance(6)) {
          send(client, List.of("DEL", key()), List.of());
        } else {
          both.same(client, "OBJECT", "ENCODING", key());
        }
      }
    }
  }

  private Object key() {
    return switch (make.below(30)) {
      case 0 -> "string";
      case 1 -> "rare";
      case 2, 3 -> "large";
      case 4, 5, 6, 7 -> "numbers";
      case 8, 9, 10, 11 -> "more";
      default -> make.key();
    };
  }

  /** A member such as the set has: mostly a number for the sets of numbers. */
  private Object member(Object key) {
    boolean numbers = key.equals("numbers") || key.equals("more");
    if (numbers ? !make.chance(40) : make.chance(3)) {
      return make.chance(20) ? make.integer() : Integer.toString(make.below(60) - 20);
    }
    if (key.equals("large") && !make.chance(10)) {
      return "m" + make.below(1000);
    }
    return make.chance(6) ? make.value() : "m" + make.below(20);
  }

  private void send(int client, List<Object> fixed, List<List<Object>> options) {
    both.same(client, make.command(fixed, options));
  }

  private void several(int client, String name) {
    Object key = key();
    List<Object> command = new ArrayList<>(List.of(make.anyOf(name), key));
    for (int i = make.below(key.equals("large") ? 60 : 6); i > 0; i--) {
      command.add(member(key));
    }
    both.same(client, command.toArray());
  }

  /** A command that shows a whole set: numbers of an intset in the same order. */
  private void whole(int client, Object... command) {
    if (both.ourReply(client, "OBJECT", "ENCODING", command[1]).contains("intset")) {
      both.same(client, command);
    } else {
      both.sameInAnyOrder(client, command);
    }
  }

  private void combine(int client, String name) {
    List<Object> command = new ArrayList<>(List.of(name));
    keys(command);
    both.sameInAnyOrder(client, command.toArray());
  }

  private void keys(List<Object> command) {
    for (int i = make.below(12) == 0 ? 0 : 1 + make.below(4); i > 0; i--) {
      command.add(key());
    }
  }

  private void store(int client) {
    Object target = make.chance(10) ? "string" : make.key();
    List<Object> command =
        new ArrayList<>(List.of(make.anyOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), target));
    keys(command);
    both.same(client, command.toArray());
    both.same(client, "OBJECT", "ENCODING", target);
    if (target.equals("string")) {
      both.same(client, "SET", "string", "value");
    } else {
      whole(client, "SMEMBERS", target);
    }
  }

  private void count(int client) {
    int keys = make.below(4);
    List<Object> command =
        new ArrayList<>(List.of("SINTERCARD", make.chance(8) ? make.integer() : keys));
    for (int i = 0; i < keys; i++) {
      command.add(key());
    }
    List<List<Object>> options = new ArrayList<>();
    while (make.chance(2)) {
      options.add(List.of(make.anyOf("LIMIT"), make.chance(6) ? make.integer() : make.below(6)));
    }
    send(client, command, options);
  }

  private void scan(int client) {
    Object key = key();
    List<List<Object>> options = new ArrayList<>();
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("MATCH"), make.anyOf("*", "m?", "[0-5]*", "**", "-*", "1?")));
    }
    String count = make.chance(4) ? make.integer() : "100000";
    // A small count stops each server at another member, so only the errors can be compared.
    options.add(List.of(make.anyOf("COUNT"), count.matches("[1-9]\\d{0,3}") ? "20000" : count));
    Object cursor = make.chance(10) ? make.anyOf("abc", "-0", "", "1.5", "+0") : "0";
    List<Object> command = new ArrayList<>(List.of(make.anyOf("SSCAN"), key, cursor));
    options.forEach(command::addAll);
    whole(client, command.toArray());
  }

  private void draw(int client) {
    Object key = key();
    if (!draws || make.chance(2)) {
      Object count = make.chance(4) ? make.integer() : Integer.toString(make.below(30) - 10);
      if (!count.toString().matches("-\\d{5,19}")) {
        both.sameShape(client, make.command(List.of("SRANDMEMBER", key, count), List.of()));
      }
      both.sameShape(client, "SRANDMEMBER", key);
      return;
    }
    // Each takes its own, and both get all back.
    String before = both.ourReply(client, "SMEMBERS", key);
    Object[] command =
        make.chance(2)
            ? new Object[] {"SPOP", key}
            : new Object[] {"SPOP", key, make.chance(4) ? make.integer() : make.below(30)};
    both.sameShape(client, command);
    both.same(client, "SCARD", key);
    both.same(client, "EXISTS", key);
    List<String> members = SideBySide.bulks(before);
    if (before.startsWith("-") || members.isEmpty()) {
      return;
    }
    both.same(client, "DEL", key);
    List<Object> again = new ArrayList<>(List.of("SADD", key));
    members.forEach(member -> again.add(member.getBytes(StandardCharsets.ISO_8859_1)));
    both.same(client, again.toArray());
  }

  private void about(int client) {
    Object key = key();
    switch (make.below(4)) {
      case 0 -> both.same(client, "TYPE", key);
      case 1 -> both.same(client, make.anyOf("GET", "INCR", "APPEND", "STRLEN", "LLEN"), key);
      case 2 -> both.same(client, "EXISTS", key, key());
      default -> exchange(client, key);
    }
  }

  /** Each server restores what the other dumped. */
  private void exchange(int client, Object key) {
    String our = both.ourReply(client, "DUMP", key);
    String their = both.theirReply(client, "DUMP", key);
    if (!our.startsWith("$") || our.startsWith("$-1")) {
      return;
    }
    Object target = make.key();
    both.sameReplies(
        client,
        new Object[] {"RESTORE", target, "0", CommandMix.payload(their), "REPLACE"},
        new Object[] {"RESTORE", target, "0", CommandMix.payload(our), "REPLACE"});
    both.same(client, "OBJECT", "ENCODING", target);
    if (!key.equals("string")) {
      whole(client, "SMEMBERS", target);
    }
    both.same(client, "DEL", target);
  }

  private void copies(int client) {
    switch (make.below(4)) {
      case 0 -> both.same(client, "RENAME", key(), make.key());
      case 1 -> both.same(client, "PERSIST", key());
      default -> both.same(client, "COPY", key(), make.key(), "REPLACE");
    }
  }

  /** Compares all that is there. */
  void compareDatasets() {
    both.sameInAnyOrder(0, "KEYS", "*");
    for (String key : KEYS) {
      both.same(0, "TYPE", key);
      both.same(0, "OBJECT", "ENCODING", key);
      whole(0, "SMEMBERS", key);
    }
  }
}
