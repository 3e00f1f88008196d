package dev.millrace.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random mixture of all commands of lists, on lists of every size, on Millrace's handlers and a
 * real Redis side by side.
 *
 * <p>Owned by: the test's thread.
 */
final class ListMix {
  /** Lists, one key that is always a string, and one that is often absent. */
  static final List<String> KEYS = List.of("a", "b", "c", "long", "\0bin\t", "string", "rare");

  private final SideBySide both;
  private final RandomCommands make;
  private final int clients;

  ListMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.make = new RandomCommands(random, KEYS.subList(0, 5).toArray(String[]::new));
    this.clients = clients;
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = make.below(clients);
      if (i % 500 == 0) {
        both.same(client, "SET", "string", "value");
        // Phases of lists in small and in large nodes.
        String[] limits = {"-2", "-1", "3", "1", "-5", "64", "0", "-4"};
        String limit = limits[i / 500 % limits.length];
        both.theirReply(client, "CONFIG", "SET", "list-max-listpack-size", limit);
        both.runner().config().encodings.listMaxListpackSize.value(Long.parseLong(limit));
      }
      one(client);
    }
  }

  private Object key() {
    return switch (make.below(25)) {
      case 0 -> "string";
      case 1 -> "rare";
      case 2, 3, 4, 5 -> "long";
      default -> make.key();
    };
  }

  private void one(int client) {
    switch (make.below(22)) {
      case 0, 1, 2, 3, 4 -> push(client);
      case 5, 6 -> pop(client);
      case 7 -> several(client);
      case 8, 9 -> move(client);
      case 10, 11 -> read(client);
      case 12 -> positions(client);
      case 13 -> send(client, List.of("LSET", key(), index(), element()), List.of());
      case 14, 15 ->
          send(
              client,
              List.of(
                  "LINSERT",
                  key(),
                  make.chance(12) ? "AMID" : make.anyOf("BEFORE", "AFTER"),
                  element(),
                  element()),
              List.of());
      case 16 -> send(client, List.of("LREM", key(), index(), element()), List.of());
      case 17 -> {
        if (make.chance(3)) {
          send(client, List.of("LTRIM", key(), index(), index()), List.of());
        } else {
          send(client, List.of("LTRIM", key(), make.below(3), -1 - make.below(3)), List.of());
        }
      }
      case 18 -> waiting(client);
      case 19 -> about(client);
      case 20 -> copies(client);
      default -> {
        if (make.chance(8)) {
          send(client, List.of("DEL", key()), List.of());
        } else {
          send(client, List.of("LLEN", key()), List.of());
        }
      }
    }
  }

  private void send(int client, List<Object> fixed, List<List<Object>> options) {
    both.same(client, make.command(fixed, options));
  }

  /** An element, often one that is in the lists already. */
  private Object element() {
    if (make.chance(200)) {
      return "large".repeat(1_000 + make.below(4_000));
    }
    return make.chance(2) ? "e" + make.below(8) : make.value();
  }

  private Object index() {
    return make.chance(6) ? make.integer() : make.below(60) - 30;
  }

  private void push(int client) {
    List<Object> command = new ArrayList<>();
    command.add(make.anyOf("LPUSH", "RPUSH", "LPUSH", "RPUSH", "LPUSHX", "RPUSHX"));
    Object key = key();
    command.add(key);
    int elements = key.equals("long") ? make.below(60) : make.below(6);
    for (int i = 0; i < elements; i++) {
      command.add(element());
    }
    both.same(client, command.toArray());
  }

  private void pop(int client) {
    List<List<Object>> count = new ArrayList<>();
    if (make.chance(2)) {
      count.add(List.of(make.chance(4) ? make.integer() : Integer.toString(make.below(30))));
    }
    send(client, List.of(make.anyOf("LPOP", "RPOP"), key()), count);
  }

  private void several(int client) {
    boolean waits = make.chance(2);
    List<Object> command = new ArrayList<>();
    command.add(waits ? "BLMPOP" : make.anyOf("LMPOP"));
    if (waits) {
      command.add(timeout());
    }
    int keys = 1 + make.below(3);
    command.add(make.chance(12) ? make.integer() : keys);
    for (int i = 0; i < keys; i++) {
      command.add(key());
    }
    command.add(make.chance(12) ? "MIDDLE" : make.anyOf("LEFT", "RIGHT"));
    List<List<Object>> count = new ArrayList<>();
    if (make.chance(2)) {
      count.add(List.of(make.anyOf("COUNT"), make.chance(4) ? make.integer() : make.below(20)));
    }
    inTransaction(client, make.command(command, count));
  }

  private void move(int client) {
    Object from = key();
    Object to = make.chance(3) ? from : key();
    if (make.chance(3)) {
      send(client, List.of(make.anyOf("RPOPLPUSH"), from, to), List.of());
    } else {
      send(client, List.of(make.anyOf("LMOVE"), from, to, side(), side()), List.of());
    }
  }

  private Object side() {
    return make.chance(15) ? "UP" : make.anyOf("LEFT", "RIGHT");
  }

  private Object timeout() {
    return make.chance(8) ? make.real() : "1";
  }

  /** What could wait is said inside a transaction, where it answers at once. */
  private void waiting(int client) {
    switch (make.below(3)) {
      case 0 ->
          inTransaction(
              client,
              make.command(
                  List.of(make.anyOf("BLPOP", "BRPOP"), key(), key(), timeout()), List.of()));
      case 1 ->
          inTransaction(
              client,
              make.command(
                  List.of(make.anyOf("BLMOVE"), key(), key(), side(), side(), timeout()),
                  List.of()));
      default ->
          inTransaction(
              client,
              make.command(List.of(make.anyOf("BRPOPLPUSH"), key(), key(), timeout()), List.of()));
    }
  }

  private void inTransaction(int client, Object[] command) {
    both.same(client, "MULTI");
    both.same(client, command);
    both.same(client, "EXEC");
  }

  private void read(int client) {
    if (make.chance(2)) {
      send(client, List.of(make.anyOf("LINDEX"), key(), index()), List.of());
    } else {
      send(client, List.of(make.anyOf("LRANGE"), key(), index(), index()), List.of());
    }
  }

  private void positions(int client) {
    List<List<Object>> options = new ArrayList<>();
    while (make.chance(2)) {
      options.add(
          List.of(
              make.anyOf("RANK", "COUNT", "MAXLEN"),
              make.chance(5) ? make.integer() : make.below(9) - 3));
    }
    send(client, List.of(make.anyOf("LPOS"), key(), element()), options);
  }

  private void about(int client) {
    Object key = key();
    switch (make.below(5)) {
      case 0 -> both.same(client, "OBJECT", "ENCODING", key);
      case 1 -> both.same(client, "TYPE", key);
      case 2 -> both.same(client, make.anyOf("GET", "INCR", "APPEND", "STRLEN"), key);
      case 3 -> both.same(client, "EXISTS", key, key());
      default -> both.same(client, "LRANGE", key, "0", "-1");
    }
  }

  private void copies(int client) {
    switch (make.below(4)) {
      case 0 -> both.same(client, "RENAME", key(), make.key());
      case 1 -> both.same(client, "PERSIST", key());
      default -> both.same(client, "COPY", key(), make.key(), "REPLACE");
    }
  }
}
