package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random commands on estimates of cardinality, damaged ones among them; the bytes of every value
 * are compared as soon as it changed.
 *
 * <p>Owned by: the test's thread.
 */
final class HyperLogLogMix {
  static final List<String> KEYS = List.of("a", "b", "c", "d", "e", "\0bin\t", "list");

  private final SideBySide both;
  private final RandomGenerator random;
  private final RandomCommands make;
  private final int clients;

  HyperLogLogMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.random = random;
    this.make = new RandomCommands(random, KEYS.toArray(String[]::new));
    this.clients = clients;
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = random.nextInt(clients);
      if (make.chance(80)) {
        both.putList(client, 0, "list");
      } else {
        one(client);
      }
    }
  }

  private void one(int client) {
    Object key = make.key();
    switch (make.below(11)) {
      case 0, 1, 2, 3, 4 -> add(client, key);
      case 5, 6 -> both.same(client, make.command(List.of("PFCOUNT", key), List.of()));
      case 7 -> both.same(client, many("PFCOUNT"));
      case 8 -> {
        Object[] merge = many("PFMERGE");
        both.same(client, merge);
        if (merge.length > 1) {
          look(client, merge[1]);
        }
      }
      case 9 ->
          both.same(
              client,
              "PFDEBUG",
              make.anyOf("GETREG", "DECODE", "ENCODING", "TODENSE", "DECODE", "ENCODING", "FOO"),
              key);
      default -> other(client, key);
    }
    look(client, key);
  }

  private void look(int client, Object key) {
    both.same(client, "GET", key);
    both.same(client, "OBJECT", "ENCODING", key);
  }

  private void add(int client, Object key) {
    List<Object> command = new ArrayList<>(List.of("PFADD", key));
    // Now and then a very large step, which makes a value dense at once.
    int count = make.chance(30) ? make.below(2_000) : make.below(12);
    for (int i = 0; i < count; i++) {
      command.add(make.chance(20) ? make.value() : "element:" + make.below(20_000));
    }
    both.same(client, make.command(command, List.of()));
  }

  private Object[] many(String name) {
    List<Object> command = new ArrayList<>(List.of(name));
    for (int i = make.below(4); i >= 0; i--) {
      command.add(make.key());
    }
    return make.command(command, List.of());
  }

  private void other(int client, Object key) {
    switch (make.below(6)) {
      case 0, 1 -> both.same(client, "DEL", key);
      case 2 -> both.same(client, "SET", key, make.value());
      case 3 -> damage(client, key);
      case 4 -> both.same(client, "SETRANGE", key, make.below(30), noHalfRun(bytes(1)));
      default -> {
        // What one server kept is what the other goes on with, cut short at times.
        String value = both.theirReply(client, "GET", key);
        if (value.startsWith("$") && !value.startsWith("$-1")) {
          int from = value.indexOf("\r\n") + 2;
          byte[] kept = value.substring(from).getBytes(StandardCharsets.ISO_8859_1);
          boolean cut = kept.length > 12_000 && make.chance(20);
          byte[] part = new byte[kept.length - (cut ? 3 : 2)];
          System.arraycopy(kept, 0, part, 0, part.length);
          both.same(client, "SET", make.key(), part);
        }
      }
    }
  }

  /** A header, right or nearly so, and runs that may not cover all registers. */
  private void damage(int client, Object key) {
    byte[] value = bytes(make.below(60));
    byte[] header = "HYLL\1\0\0\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(header, 0, value, 0, Math.min(header.length, value.length));
    if (make.chance(4) && value.length > 0) {
      value[random.nextInt(value.length)]++;
    }
    both.same(client, "SET", key, noHalfRun(value));
  }

  /** A run of two bytes without its second is damage to Millrace; Redis reads the string's end. */
  private static byte[] noHalfRun(byte[] value) {
    int last = value.length - 1;
    if (last >= 0 && (value[last] & 0xc0) == 0x40) {
      value[last] = (byte) (value[last] | 0x80);
    }
    return value;
  }

  private byte[] bytes(int length) {
    byte[] value = new byte[length];
    random.nextBytes(value);
    return value;
  }
}
