package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random commands on bits of strings, with what changes those strings otherwise in between.
 *
 * <p>Owned by: the test's thread.
 */
final class BitmapMix {
  static final List<String> KEYS = List.of("a", "b", "c", "d", "\0bin\t", "list");

  private final SideBySide both;
  private final RandomGenerator random;
  private final RandomCommands make;
  private final int clients;

  BitmapMix(SideBySide both, RandomGenerator random, int clients) {
    this.both = both;
    this.random = random;
    this.make = new RandomCommands(random, KEYS.toArray(String[]::new));
    this.clients = clients;
  }

  /** Runs so many commands. */
  void run(int commands) {
    for (int i = 0; i < commands; i++) {
      int client = random.nextInt(clients);
      if (make.chance(60)) {
        both.putList(client, 0, "list");
      } else {
        one(client);
      }
    }
  }

  /** Compares every key's bytes and encoding. */
  void compareDatasets() {
    both.sameInAnyOrder(0, "KEYS", "*");
    for (String key : KEYS) {
      both.same(0, "TYPE", key);
      both.same(0, "GET", key);
      both.same(0, "OBJECT", "ENCODING", key);
      both.sameButForTime(0, "PEXPIRETIME", key);
    }
  }

  private void one(int client) {
    Object key = make.key();
    switch (make.below(12)) {
      case 0, 1 -> run(client, List.of("SETBIT", key, offset(), bit()));
      case 2 -> run(client, List.of("GETBIT", key, offset()));
      case 3, 4 -> run(client, range(List.of("BITCOUNT", key)));
      case 5, 6 -> run(client, range(List.of("BITPOS", key, bit())));
      case 7 -> operation(client);
      case 8, 9, 10 -> fields(client, key);
      default -> other(client, key);
    }
    both.same(client, "GET", key);
    both.same(client, "OBJECT", "ENCODING", key);
  }

  private void run(int client, List<Object> command) {
    both.same(client, make.command(command, List.of()));
  }

  private Object offset() {
    if (!make.chance(4)) {
      return make.below(make.chance(4) ? 3000 : 90);
    }
    String any = make.integer();
    // An offset in the millions would fill the machine's memory on both sides.
    return any.matches("\\d{7,10}") ? "17" : any;
  }

  private Object bit() {
    return make.chance(12) ? make.integer() : make.below(2);
  }

  private Object index() {
    return make.chance(12) ? make.integer() : make.below(60) - 30;
  }

  private List<Object> range(List<Object> start) {
    List<Object> command = new ArrayList<>(start);
    for (int i = make.below(3); i > 0; i--) {
      command.add(index());
    }
    if (command.size() == start.size() + 2 && make.chance(2)) {
      command.add(make.chance(15) ? "FOO" : make.anyOf("BIT", "BYTE"));
    }
    return command;
  }

  private void operation(int client) {
    String name = make.chance(20) ? "NAND" : make.anyOf("AND", "OR", "XOR", "NOT");
    List<Object> command = new ArrayList<>(List.of("BITOP", name, make.key()));
    for (int i = name.equalsIgnoreCase("NOT") ? make.below(20) / 19 : make.below(4); i >= 0; i--) {
      command.add(make.key());
    }
    run(client, command);
  }

  private void fields(int client, Object key) {
    boolean readOnly = make.chance(5);
    List<Object> command = new ArrayList<>(List.of(readOnly ? "BITFIELD_RO" : "BITFIELD", key));
    int last = make.below(5);
    boolean onlyReads = readOnly || make.chance(4);
    if (!onlyReads) {
      // Where the string grew and nothing fitted, Redis does not propagate and Millrace does; this
      // always fits.
      command.addAll(List.of("SET", "u1", make.below(90), make.below(2)));
    }
    for (int i = 0; i < last; i++) {
      switch (onlyReads ? make.below(30) / 29 : make.below(6)) {
        case 0 -> command.addAll(List.of(make.anyOf("GET"), type(), fieldOffset()));
        case 1, 2 -> command.addAll(List.of(make.anyOf("SET"), type(), fieldOffset(), number()));
        case 3 ->
            command.addAll(
                List.of("OVERFLOW", make.chance(15) ? "FOO" : make.anyOf("WRAP", "SAT", "FAIL")));
        default -> command.addAll(List.of(make.anyOf("INCRBY"), type(), fieldOffset(), number()));
      }
    }
    run(client, command);
  }

  private Object type() {
    return switch (make.below(20)) {
      case 0 -> make.anyOf("u64", "i65", "u0", "i0", "x8", "", "u", "u-1", "i08", "u 1");
      case 1 -> "i8\0x".getBytes(StandardCharsets.ISO_8859_1);
      case 2, 3 -> "i64";
      case 4 -> "u63";
      case 5, 6, 7 -> "u" + (1 + make.below(16));
      case 8, 9, 10 -> "i" + (1 + make.below(16));
      default -> (make.chance(2) ? "u" : "i") + (1 + make.below(63));
    };
  }

  private Object fieldOffset() {
    return make.chance(3) ? "#" + (make.chance(9) ? "x" : make.below(12)) : offset();
  }

  private Object number() {
    return make.chance(3) ? Integer.toString(make.below(40) - 20) : make.integer();
  }

  private void other(int client, Object key) {
    switch (make.below(7)) {
      case 0 -> both.same(client, "DEL", key);
      case 1 -> both.same(client, "SET", key, Integer.toString(make.below(100_000) - 50_000));
      case 2 -> {
        byte[] ones = new byte[make.below(80)];
        Arrays.fill(ones, (byte) -1);
        both.same(client, "SET", key, ones);
      }
      case 3 -> both.same(client, "APPEND", key, "\0".repeat(make.below(80)));
      case 4 -> both.same(client, "EXPIRE", key, "10000");
      default -> both.same(client, "SET", key, make.value());
    }
  }
}
