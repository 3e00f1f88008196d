package dev.millrace.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random mixture of all commands of hashes, on hashes of every size, on Millrace's handlers and a
 * real Redis side by side. Bounds of the small form change on the way.
 *
 * <p>Owned by: the test's thread.
 */
final class HashMix {
  /** Hashes, one of them large, one key that is always a string, and one that is often absent. */
  static final List<String> KEYS = List.of("a", "b", "c", "large", "\0bin\t", "string", "rare");

  private static final long[][] BOUNDS = {{512, 64}, {8, 64}, {512, 10}, {0, 0}, {128, 100_000}};

  private final SideBySide both;
  private final RandomCommands make;
  private final int clients;

  HashMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.make = new RandomCommands(random, KEYS.subList(0, 5).toArray(String[]::new));
    this.clients = clients;
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = make.below(clients);
      if (i % 400 == 0) {
        both.same(client, "SET", "string", "value");
        long[] bounds = BOUNDS[i / 400 % BOUNDS.length];
        both.theirReply(client, "CONFIG", "SET", "hash-max-listpack-entries", bounds[0]);
        both.theirReply(client, "CONFIG", "SET", "hash-max-listpack-value", bounds[1]);
        both.runner().config().encodings.hashMaxListpackEntries.value(bounds[0]);
        both.runner().config().encodings.hashMaxListpackValue.value(bounds[1]);
      }
      one(client);
    }
  }

  private void one(int client) {
    switch (make.below(24)) {
      case 0, 1, 2, 3 -> set(client);
      case 4 -> send(client, List.of("HSETNX", key(), field(), value()), List.of());
      case 5, 6 -> several(client, "HDEL");
      case 7, 8 -> send(client, List.of("HGET", key(), field()), List.of());
      case 9 -> several(client, "HMGET");
      case 10 -> send(client, List.of(make.anyOf("HEXISTS", "HSTRLEN"), key(), field()), List.of());
      case 11, 12 -> send(client, List.of("HINCRBY", key(), field(), make.integer()), List.of());
      case 13, 14 -> send(client, List.of("HINCRBYFLOAT", key(), field(), make.real()), List.of());
      case 15 -> send(client, List.of("HLEN", key()), List.of());
      case 16, 17 -> whole(client, make.anyOf("HGETALL", "HKEYS", "HVALS"), key());
      case 18, 19 -> scan(client);
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
    return switch (make.below(25)) {
      case 0 -> "string";
      case 1 -> "rare";
      case 2, 3, 4, 5 -> "large";
      default -> make.key();
    };
  }

  /** A field, often one that is in the hashes already. */
  private Object field() {
    return make.chance(12) ? make.value() : "f" + make.below(make.chance(3) ? 40 : 12);
  }

  private Object value() {
    return make.chance(3) ? Integer.toString(make.below(2000) - 1000) : make.value();
  }

  private void send(int client, List<Object> fixed, List<List<Object>> options) {
    both.same(client, make.command(fixed, options));
  }

  private void set(int client) {
    Object key = key();
    List<Object> command = new ArrayList<>(List.of(make.anyOf("HSET", "HSET", "HMSET"), key));
    int fields = key.equals("large") ? make.below(40) : make.below(5);
    for (int i = 0; i < fields; i++) {
      command.add(key.equals("large") && make.chance(2) ? "n" + make.below(900) : field());
      command.add(value());
    }
    if (make.chance(30)) {
      command.removeLast();
    }
    both.same(client, command.toArray());
  }

  private void several(int client, String name) {
    List<Object> command = new ArrayList<>(List.of(make.anyOf(name), key()));
    for (int i = make.below(6); i > 0; i--) {
      command.add(field());
    }
    both.same(client, command.toArray());
  }

  private boolean hasOrder(int client, Object key) {
    return both.ourReply(client, "OBJECT", "ENCODING", key).contains("listpack");
  }

  /** A command that shows a whole hash: a small one in the same order. */
  private void whole(int client, Object... command) {
    if (hasOrder(client, command[1])) {
      both.same(client, command);
    } else {
      both.sameInAnyOrder(client, command);
    }
  }

  private void scan(int client) {
    Object key = key();
    List<List<Object>> options = new ArrayList<>();
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("MATCH"), make.anyOf("*", "f?", "[a-f]*", "**", "n*", "f1?")));
    }
    if (make.chance(8)) {
      options.add(List.of(make.anyOf("TYPE"), "hash"));
    }
    String count = make.chance(4) ? make.integer() : "100000";
    // A small count stops each server at another field, so only the errors can be compared.
    count = count.matches("[1-9]\\d{0,3}") ? "20000" : count;
    options.add(List.of(make.anyOf("COUNT"), count));
    Object cursor = make.chance(10) ? make.anyOf("abc", "-0", "", "1.5", "+0") : "0";
    Object[] command = make.command(List.of("HSCAN", key, cursor), options);
    // Without its last word it may have no count left.
    if (List.of(command).contains(count)
        || both.ourReply(client, "TYPE", key).equals("+string\r\n")) {
      whole(client, command);
    }
  }

  private void draw(int client) {
    Object key = key();
    boolean sure = make.chance(2);
    Object count = sure ? "100000" : make.below(20) - 10;
    List<Object> command = new ArrayList<>(List.of("HRANDFIELD", key, count));
    if (make.chance(2)) {
      command.add(make.anyOf("WITHVALUES", "WITHVALUES", "WITHVALUE"));
    }
    if (make.chance(8)) {
      command.set(2, make.anyOf("abc", "-9223372036854775808", "4611686018427387904", "1.0", ""));
      sure = true;
    }
    if (sure) {
      whole(client, command.toArray());
    } else {
      both.sameShape(client, command.toArray());
    }
    if (make.chance(3)) {
      both.sameShape(client, "HRANDFIELD", key);
    }
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
    // Each kept the other's order.
    both.sameInAnyOrder(client, "HGETALL", target);
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
      whole(0, "HGETALL", key);
    }
  }
}
