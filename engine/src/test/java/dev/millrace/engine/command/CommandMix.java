package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random mixture of every command of these groups, several clients taking turns, run on
 * Millrace's handlers and a real Redis side by side.
 *
 * <p>Owned by: the test's thread.
 */
final class CommandMix {
  /** The keys the commands meet on, and the one that sometimes holds a list. */
  static final List<String> KEYS = List.of("a", "b", "c", "d", "counter", "\0bin\t", "list");

  static final int DATABASES = 3;

  private final SideBySide both;
  private final RandomGenerator random;
  private final RandomCommands make;
  private final int[] database;
  private final boolean[] inMulti;

  CommandMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.random = random;
    this.make = new RandomCommands(random, KEYS.subList(0, KEYS.size() - 1).toArray(String[]::new));
    this.database = new int[clients];
    this.inMulti = new boolean[clients];
  }

  /** Runs so many commands, and ends the transactions that are still open. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = random.nextInt(database.length);
      if (make.chance(50) && !inMulti[client]) {
        database[client] = random.nextInt(DATABASES);
        both.select(client, database[client]);
      } else if (make.chance(60) && !inMulti[client]) {
        both.putList(client, database[client], "list");
      } else if (make.chance(20)) {
        inMulti[client] = transaction(both, make, client, inMulti[client]);
      } else {
        one(both, make, client, inMulti[client]);
      }
    }
    for (int client = 0; client < inMulti.length; client++) {
      if (inMulti[client]) {
        both.same(client, "DISCARD");
      }
    }
  }

  private static boolean transaction(
      SideBySide both, RandomCommands make, int client, boolean inMulti) {
    switch (make.below(6)) {
      case 0, 1 -> {
        both.same(client, "MULTI");
        return true;
      }
      case 2 -> both.same(client, "WATCH", make.key(), make.key());
      case 3 -> both.same(client, "UNWATCH");
      case 4 -> {
        both.same(client, "DISCARD");
        return false;
      }
      default -> {
        both.same(client, "EXEC");
        return false;
      }
    }
    return inMulti;
  }

  private static void one(SideBySide both, RandomCommands make, int client, boolean inMulti) {
    switch (make.below(10)) {
      case 0, 1, 2 -> strings(both, make, client);
      case 3 -> counters(both, make, client);
      case 4 -> parts(both, make, client);
      case 5 -> keys(both, make, client, inMulti);
      case 6, 7 -> expiry(both, make, client, inMulti);
      case 8 -> names(both, make, client);
      default -> about(both, make, client, inMulti);
    }
  }

  private static Object anyKey(RandomCommands make) {
    return make.chance(12) ? "list" : make.key();
  }

  private static void strings(SideBySide both, RandomCommands make, int client) {
    Object key = anyKey(make);
    switch (make.below(10)) {
      case 0, 1, 2, 3 -> {
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(2)) {
          options.add(
              make.chance(2)
                  ? make.expiry("EX", "PX", "EXAT", "PXAT")
                  : List.of(make.anyOf("NX", "XX", "GET", "KEEPTTL", "GET", "PERSIST")));
        }
        both.same(client, make.command(List.of("SET", key, make.value()), options));
      }
      case 4 -> both.same(client, make.command(List.of("SETNX", key, make.value()), List.of()));
      case 5 -> {
        boolean seconds = make.chance(2);
        Object number = make.expiry(seconds ? "EX" : "PX").get(1);
        both.same(client, seconds ? "SETEX" : "PSETEX", key, number, make.value());
      }
      case 6 -> both.same(client, make.command(List.of("GETSET", key, make.value()), List.of()));
      case 7 -> {
        List<Object> pairs = new ArrayList<>(List.of(make.anyOf("MSET", "MSETNX")));
        for (int i = make.below(4); i >= 0; i--) {
          pairs.add(make.chance(10) ? "fresh" + make.below(1000) : make.key());
          pairs.add(make.value());
        }
        both.same(client, make.command(pairs, List.of()));
      }
      case 8 -> both.same(client, "MGET", make.key(), "list", make.key());
      default ->
          both.same(client, make.command(List.of(make.anyOf("GET", "GETDEL"), key), List.of()));
    }
  }

  private static void counters(SideBySide both, RandomCommands make, int client) {
    Object key = make.chance(2) ? "counter" : anyKey(make);
    switch (make.below(5)) {
      case 0 -> both.same(client, make.command(List.of("INCR", key), List.of()));
      case 1 -> both.same(client, make.command(List.of("DECR", key), List.of()));
      case 2 -> both.same(client, make.command(List.of("INCRBY", key, make.integer()), List.of()));
      case 3 -> both.same(client, make.command(List.of("DECRBY", key, make.integer()), List.of()));
      default -> both.same(client, "INCRBYFLOAT", key, make.real());
    }
  }

  private static void parts(SideBySide both, RandomCommands make, int client) {
    Object key = anyKey(make);
    switch (make.below(6)) {
      case 0 -> both.same(client, make.command(List.of("APPEND", key, make.value()), List.of()));
      case 1 -> both.same(client, make.command(List.of("STRLEN", key), List.of()));
      case 2 -> {
        Object offset = make.chance(3) ? make.integer() : make.below(60);
        // An offset in the millions would fill the machine's memory on both sides.
        boolean large = offset.toString().matches("\\d{6,9}");
        both.same(client, "SETRANGE", key, large ? "70" : offset, make.value());
      }
      case 3, 4 ->
          both.same(client, make.anyOf("GETRANGE", "SUBSTR"), key, bound(make), bound(make));
      default -> {
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(2)) {
          options.add(
              make.chance(3)
                  ? List.of("MINMATCHLEN", make.chance(4) ? make.integer() : make.below(4))
                  : List.of(make.anyOf("LEN", "IDX", "IDX", "WITHMATCHLEN")));
        }
        both.same(client, make.command(List.of("LCS", anyKey(make), anyKey(make)), options));
      }
    }
  }

  private static Object bound(RandomCommands make) {
    return make.chance(4) ? make.integer() : make.below(40) - 20;
  }

  private static void keys(SideBySide both, RandomCommands make, int client, boolean inMulti) {
    // What EXEC would tell in each server's own order is not asked for inside a transaction.
    switch (make.below(inMulti ? 4 : 8)) {
      case 0 -> both.same(client, make.anyOf("DEL", "UNLINK"), anyKey(make), make.key());
      case 1 -> both.same(client, "EXISTS", anyKey(make), make.key(), make.key());
      case 2 -> both.same(client, "TOUCH", anyKey(make), make.key());
      case 3 -> both.same(client, make.command(List.of("TYPE", anyKey(make)), List.of()));
      case 4 ->
          both.sameInAnyOrder(
              client, "KEYS", make.anyOf("*", "?", "[a-c]", "*[^t]", "c*r", "fresh*", "\\a", "**"));
      case 5 -> {
        List<List<Object>> options = new ArrayList<>();
        options.add(List.of("COUNT", make.chance(6) ? make.integer() : "100000"));
        if (make.chance(2)) {
          options.add(List.of(make.anyOf("MATCH"), make.anyOf("*", "[a-d]", "**", "fresh?")));
        }
        if (make.chance(2)) {
          options.add(List.of(make.anyOf("TYPE"), make.anyOf("string", "list", "none", "foo")));
        }
        // A small count stops each server at another key, so only the errors can be compared.
        Object count = options.getFirst().get(1);
        if (count.toString().matches("[1-9]\\d{0,3}")) {
          options.set(0, List.of("COUNT", "10000"));
        }
        both.sameInAnyOrder(client, make.command(new ArrayList<>(List.of("SCAN", "0")), options));
      }
      case 6 -> both.same(client, make.anyOf("FLUSHDB", "FLUSHALL", "DBSIZE"), "FOO");
      default -> {
        if (make.chance(10)) {
          both.same(client, make.anyOf("FLUSHDB", "FLUSHALL"), make.anyOf("SYNC", "ASYNC"));
        } else {
          both.same(client, "DBSIZE");
        }
      }
    }
  }

  private static void expiry(SideBySide both, RandomCommands make, int client, boolean inMulti) {
    Object key = anyKey(make);
    switch (make.below(inMulti ? 4 : 6)) {
      case 0, 1 -> {
        String name = make.anyOf("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT");
        String kind =
            switch (name.toUpperCase(java.util.Locale.ROOT)) {
              case "EXPIRE" -> "EX";
              case "PEXPIRE" -> "PX";
              case "EXPIREAT" -> "EXAT";
              default -> "PXAT";
            };
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(3)) {
          options.add(List.of(make.anyOf("NX", "XX", "GT", "LT", "XX")));
        }
        Object number = make.expiry(kind).get(1);
        both.same(client, make.command(List.of(name, key, number), options));
      }
      case 2 -> both.same(client, make.command(List.of("PERSIST", key), List.of()));
      case 3 -> {
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(2)) {
          options.add(
              make.chance(4)
                  ? List.of(make.anyOf("PERSIST"))
                  : make.expiry("EX", "PX", "EXAT", "PXAT"));
        }
        both.same(client, make.command(List.of("GETEX", key), options));
      }
      default ->
          both.sameButForTime(client, make.anyOf("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), key);
    }
  }

  private static void names(SideBySide both, RandomCommands make, int client) {
    switch (make.below(4)) {
      case 0 -> both.same(client, "RENAME", make.key(), make.key());
      case 1 -> both.same(client, "RENAMENX", make.key(), make.key());
      case 2 -> {
        List<List<Object>> options = new ArrayList<>();
        if (make.chance(2)) {
          options.add(List.of("DB", make.chance(3) ? make.integer() : make.below(3)));
        }
        if (make.chance(2)) {
          options.add(List.of(make.anyOf("REPLACE")));
        }
        both.same(client, make.command(List.of("COPY", anyKey(make), make.key()), options));
      }
      default ->
          both.same(client, "MOVE", make.key(), make.chance(3) ? make.integer() : make.below(3));
    }
  }

  private static void about(SideBySide both, RandomCommands make, int client, boolean inMulti) {
    Object key = anyKey(make);
    switch (make.below(inMulti ? 4 : 7)) {
      case 0 ->
          both.same(
              client, make.command(List.of("OBJECT", make.anyOf("ENCODING"), key), List.of()));
      case 1 -> both.same(client, "OBJECT", make.anyOf("FREQ", "HELP", "FOO"), key);
      case 2 -> both.same(client, "OBJECT", make.anyOf("HELP"));
      case 3 -> both.same(client, make.anyOf("NOSUCH", "GETT"), make.integer(), "x y");
      case 4 -> both.sameButForTime(client, "OBJECT", "IDLETIME", key);
      case 5 -> exchange(both, make, client);
      default -> {
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(2)) {
          options.add(
              make.chance(2)
                  ? List.of(make.anyOf("REPLACE", "ABSTTL"))
                  : List.of(make.anyOf("IDLETIME", "FREQ"), make.integer()));
        }
        byte[] payload = "\0\3abc\12\012345678".getBytes(StandardCharsets.ISO_8859_1);
        both.same(
            client, make.command(List.of("RESTORE", make.key(), make.integer(), payload), options));
      }
    }
  }

  /** Each server restores what the other dumped. */
  private static void exchange(SideBySide both, RandomCommands make, int client) {
    Object key = make.key();
    if (both.ourReply(client, "TYPE", key).equals("+list\r\n")) {
      both.same(client, "TYPE", key); // a copy of the list, whose payload is another part's
      return;
    }
    String our = both.ourReply(client, "DUMP", key);
    String their = both.theirReply(client, "DUMP", key);
    if (!our.startsWith("$") || our.startsWith("$-1")) {
      both.same(client, "EXISTS", key);
      return;
    }
    Object target = make.key();
    String[] ttl = {"0", Long.toString(make.secondsToLive() * 1000)};
    String life = ttl[make.below(2)];
    String reply = both.ourReply(client, "RESTORE", target, life, payload(their), "REPLACE");
    String expected = both.theirReply(client, "RESTORE", target, life, payload(our), "REPLACE");
    if (!reply.equals(expected)) {
      throw new AssertionError("RESTORE of a value DUMP gave: " + reply + " beside " + expected);
    }
    both.same(client, "GET", target);
    both.same(client, "OBJECT", "ENCODING", target);
  }

  static byte[] payload(String bulk) {
    int start = bulk.indexOf("\r\n") + 2;
    return bulk.substring(start, bulk.length() - 2).getBytes(StandardCharsets.ISO_8859_1);
  }
}
