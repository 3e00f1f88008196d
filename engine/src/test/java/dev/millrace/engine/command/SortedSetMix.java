package dev.millrace.engine.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Random commands on sorted sets, all of them with all of their options, in few keys so that they
 * meet, with sets and strings among those.
 *
 * <p>Owned by: the test's thread.
 */
final class SortedSetMix {
  static final List<String> KEYS = List.of("z1", "z2", "z3", "z4", "same", "set", "text");

  private static final String[] SCORES = {
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "1.5",
    "-2.25",
    "0.1",
    "0.2",
    "0.3",
    "3.3",
    "1e3",
    "1e17",
    "1e300",
    "-1e300",
    "1e-5",
    "1e-300",
    "5e-324",
    "123456789.123",
    "4611686018427387904",
    "4611686018427387905",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "inf",
    "-inf",
    "+inf",
    "Infinity",
    "0x10",
    "0x1.8p3",
    "1e100",
    "12345678901234567890123"
  };

  private static final String[] BAD_SCORES = {
    "nan", "", "abc", "1 ", " 1", "1e400", "-1e400", "1e-400", "1.2.3", "0x", "(", "--1", "e5",
    "1\0"
  };

  private final SideBySide both;
  private final RandomCommands make;

  SortedSetMix(SideBySide both, RandomCommands make) {
    this.both = both;
    this.make = make;
  }

  /** Makes the keys that are no sorted sets. */
  void prepare(int client) {
    both.same(client, "DEL", "set", "text");
    both.same(client, "SADD", "set", "a", "b", "c", "m1", "m2", "m3", "5", "7");
    both.same(client, "SET", "text", "hello");
  }

  /** One random command of a client. */
  void one(int client) {
    switch (make.below(22)) {
      case 0, 1, 2, 3, 4 -> add(client);
      case 5 -> increase(client);
      case 6 -> remove(client);
      case 7 -> removeRange(client);
      case 8, 9, 10 -> range(client);
      case 11, 12 -> rangeOfOldForm(client);
      case 13 -> rangeStore(client);
      case 14 -> count(client);
      case 15 -> single(client);
      case 16 -> pop(client);
      case 17, 18 -> combine(client);
      case 19 -> combineAndStore(client);
      case 20 -> sample(client);
      default -> about(client);
    }
  }

  private String key() {
    // All members of one have the same score, so that ranges of members mean something.
    return KEYS.get(make.below(make.chance(6) ? KEYS.size() : 5));
  }

  private String other() {
    return make.chance(15) ? "missing" : key();
  }

  private Object member() {
    return switch (make.below(12)) {
      case 0 -> Integer.toString(make.below(30));
      case 1 -> Integer.toString(make.below(100_000) - 50_000);
      case 2 -> make.chance(4) ? make.value() : "a";
      case 3 -> "x".repeat(make.below(20));
      case 4 -> String.valueOf((char) ('a' + make.below(5)));
      case 5 -> new byte[] {(byte) make.below(256), (byte) (make.below(2) * 200)};
      default -> "m" + make.below(30);
    };
  }

  private String score() {
    return switch (make.below(20)) {
      case 0, 1, 2, 3, 4 -> SCORES[make.below(SCORES.length)];
      case 5, 6, 7 -> make.below(50) + "." + make.below(1000);
      case 8 -> Double.toString((make.below(2_000_001) - 1_000_000) / 7.0);
      default -> Integer.toString(make.below(20) - 5);
    };
  }

  private String anyScore() {
    return make.chance(60) ? BAD_SCORES[make.below(BAD_SCORES.length)] : score();
  }

  private void add(int client) {
    String key = key();
    List<Object> command = new ArrayList<>(List.of(make.anyOf("ZADD"), key));
    while (make.chance(3)) {
      command.add(make.anyOf("NX", "XX", "GT", "LT", "CH", "INCR", "CH"));
    }
    int pairs = make.chance(10) ? 1 + make.below(12) : 1;
    for (int i = 0; i < pairs; i++) {
      command.add(key.equals("same") ? "0" : anyScore());
      command.add(member());
    }
    both.same(client, make.command(command, List.of()));
  }

  private void increase(int client) {
    String key = key();
    if (!key.equals("same")) {
      both.same(client, make.command(List.of("ZINCRBY", key, anyScore(), member()), List.of()));
    }
  }

  private void remove(int client) {
    List<Object> command = new ArrayList<>(List.of("ZREM", other()));
    for (int i = make.below(4); i >= 0; i--) {
      command.add(member());
    }
    both.same(client, make.command(command, List.of()));
  }

  private void removeRange(int client) {
    switch (make.below(4)) {
      case 0 -> both.same(client, "ZREMRANGEBYRANK", other(), rank(), rank());
      case 1 -> both.same(client, "ZREMRANGEBYSCORE", other(), scoreEnd(), scoreEnd());
      case 2 -> both.same(client, "ZREMRANGEBYLEX", lexKey(), lexEnd(), lexEnd());
      default -> {
        int from = make.below(20);
        both.same(client, "ZREMRANGEBYRANK", other(), from, from + make.below(3));
      }
    }
  }

  private Object rank() {
    return make.chance(15) ? make.integer() : make.below(40) - 20;
  }

  private String scoreEnd() {
    return switch (make.below(12)) {
      case 0 -> "-inf";
      case 1 -> "+inf";
      case 2 -> "(" + score();
      case 3 -> make.chance(4) ? "(" + BAD_SCORES[make.below(BAD_SCORES.length)] : "inf";
      case 4 -> anyScore();
      case 5 -> make.anyOf("(inf", "(-inf", "(-0", "(0");
      default -> (make.chance(3) ? "(" : "") + (make.below(20) - 5);
    };
  }

  /** Ranges of members make sense where all scores are the same, and must be parsed anywhere. */
  private String lexKey() {
    return make.chance(20) ? make.anyOf("missing", "text").toLowerCase(Locale.ROOT) : "same";
  }

  private Object lexEnd() {
    return switch (make.below(12)) {
      case 0, 1 -> "-";
      case 2, 3 -> "+";
      case 4 -> make.anyOf("+a", "-a", "", "a", "(", "[", "+\0a");
      default -> {
        Object member = member();
        String text =
            member instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.ISO_8859_1)
                : member.toString();
        yield ((make.chance(2) ? "(" : "[") + text).getBytes(StandardCharsets.ISO_8859_1);
      }
    };
  }

  private void range(int client) {
    List<List<Object>> options = new ArrayList<>();
    Object min;
    Object max;
    String key = other();
    switch (make.below(3)) {
      case 0 -> {
        min = rank();
        max = rank();
      }
      case 1 -> {
        min = scoreEnd();
        max = scoreEnd();
        options.add(List.of(make.anyOf("BYSCORE")));
      }
      default -> {
        key = lexKey();
        min = lexEnd();
        max = lexEnd();
        options.add(List.of(make.anyOf("BYLEX")));
      }
    }
    if (make.chance(3)) {
      options.add(List.of(make.anyOf("REV")));
    }
    if (make.chance(3)) {
      options.add(List.of("LIMIT", limit(), limit()));
    }
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("WITHSCORES")));
    }
    both.same(client, make.command(List.of("ZRANGE", key, min, max), options));
  }

  private Object limit() {
    return make.chance(20) ? make.integer() : make.below(12) - 2;
  }

  private void rangeOfOldForm(int client) {
    List<List<Object>> options = new ArrayList<>();
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("WITHSCORES")));
    }
    if (make.chance(3)) {
      options.add(List.of("LIMIT", limit(), limit()));
    }
    List<Object> fixed =
        switch (make.below(3)) {
          case 0 ->
              List.of(
                  make.anyOf("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), other(), scoreEnd(), scoreEnd());
          case 1 ->
              List.of(make.anyOf("ZRANGEBYLEX", "ZREVRANGEBYLEX"), lexKey(), lexEnd(), lexEnd());
          default -> List.of(make.anyOf("ZREVRANGE"), other(), rank(), rank());
        };
    both.same(client, make.command(fixed, options));
  }

  private void rangeStore(int client) {
    List<List<Object>> options = new ArrayList<>();
    Object min = rank();
    Object max = rank();
    if (make.chance(2)) {
      min = scoreEnd();
      max = scoreEnd();
      options.add(List.of(make.anyOf("BYSCORE")));
    }
    if (make.chance(3)) {
      options.add(List.of(make.anyOf("REV")));
    }
    if (make.chance(3)) {
      options.add(List.of("LIMIT", limit(), limit()));
    }
    String target = make.anyOf("z1", "z2").toLowerCase(Locale.ROOT);
    both.same(client, make.command(List.of("ZRANGESTORE", target, other(), min, max), options));
    both.same(client, "OBJECT", "ENCODING", target);
  }

  private void count(int client) {
    switch (make.below(3)) {
      case 0 ->
          both.same(
              client, make.command(List.of("ZCOUNT", other(), scoreEnd(), scoreEnd()), List.of()));
      case 1 -> both.same(client, "ZLEXCOUNT", lexKey(), lexEnd(), lexEnd());
      default -> both.same(client, "ZCARD", other());
    }
  }

  private void single(int client) {
    switch (make.below(3)) {
      case 0 -> both.same(client, make.command(List.of("ZSCORE", other(), member()), List.of()));
      case 1 -> both.same(client, "ZMSCORE", other(), member(), member(), member());
      default ->
          both.same(
              client,
              make.command(List.of(make.anyOf("ZRANK", "ZREVRANK"), other(), member()), List.of()));
    }
  }

  private void pop(int client) {
    switch (make.below(4)) {
      case 0 ->
          both.same(
              client,
              make.command(
                  List.of(make.anyOf("ZPOPMIN", "ZPOPMAX"), other()),
                  make.chance(3) ? List.of(List.of(limit())) : List.of()));
      case 1 -> {
        List<List<Object>> options = new ArrayList<>();
        while (make.chance(3)) {
          options.add(List.of(make.anyOf("COUNT"), limit()));
        }
        Object number = make.chance(20) ? make.integer() : "2";
        both.same(
            client,
            make.command(
                List.of("ZMPOP", number, other(), other(), make.anyOf("MIN", "MAX")), options));
      }
      case 2 -> {
        // A key that is there ends it at once; so nobody waits.
        both.same(client, "ZADD", "same", "0", "m1");
        both.same(client, make.anyOf("BZPOPMIN", "BZPOPMAX"), other(), "same", timeout());
      }
      default -> {
        both.same(client, "ZADD", "same", "0", "m1");
        both.same(
            client,
            "BZMPOP",
            timeout(),
            "2",
            other(),
            "same",
            make.anyOf("MIN", "MAX"),
            "COUNT",
            limit());
      }
    }
  }

  private Object timeout() {
    return make.chance(10) ? make.anyOf("-1", "a", "", "nan") : "1.5";
  }

  private List<Object> inputs() {
    List<Object> keys = new ArrayList<>();
    int count = 1 + make.below(3);
    keys.add(make.chance(30) ? make.integer() : Integer.toString(count));
    for (int i = 0; i < count; i++) {
      keys.add(make.chance(8) ? "set" : other());
    }
    return keys;
  }

  private List<List<Object>> combining(boolean weights, int keys, boolean scores) {
    List<List<Object>> options = new ArrayList<>();
    if (weights && make.chance(3)) {
      List<Object> words = new ArrayList<>(List.of(make.anyOf("WEIGHTS")));
      for (int i = 0; i < keys; i++) {
        words.add(anyScore());
      }
      options.add(words);
    }
    if (weights && make.chance(3)) {
      options.add(List.of(make.anyOf("AGGREGATE"), make.anyOf("SUM", "MIN", "MAX", "AVG", "MIN")));
    }
    if (scores && make.chance(2)) {
      options.add(List.of(make.anyOf("WITHSCORES")));
    }
    return options;
  }

  private void combine(int client) {
    List<Object> inputs = inputs();
    String name = make.anyOf("ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD");
    boolean cardinality = name.equalsIgnoreCase("zintercard");
    List<List<Object>> options =
        combining(
            make.chance(20) || !(cardinality || name.equalsIgnoreCase("zdiff")),
            inputs.size() - 1,
            make.chance(20) || !cardinality);
    if (cardinality && make.chance(2)) {
      options.add(List.of(make.anyOf("LIMIT"), limit()));
    }
    inputs.addFirst(name);
    both.same(client, make.command(inputs, options));
  }

  private void combineAndStore(int client) {
    List<Object> inputs = inputs();
    String name = make.anyOf("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE");
    List<List<Object>> options =
        combining(
            make.chance(20) || !name.equalsIgnoreCase("zdiffstore"),
            inputs.size() - 1,
            make.chance(20));
    String target = make.anyOf("z3", "z4").toLowerCase(Locale.ROOT);
    inputs.addFirst(target);
    inputs.addFirst(name);
    both.same(client, make.command(inputs, options));
    both.same(client, "OBJECT", "ENCODING", target);
  }

  private void sample(int client) {
    switch (make.below(4)) {
      case 0 -> {
        // What is drawn is each server's own; all of them are the same.
        List<List<Object>> options =
            make.chance(2) ? List.of(List.of(make.anyOf("WITHSCORES"))) : List.of();
        Object count = make.chance(3) ? make.anyOf("a", "1.5", "-9223372036854775808") : "100000";
        List<Object> command = new ArrayList<>(List.of("ZRANDMEMBER", other(), count));
        options.forEach(command::addAll);
        both.same(client, command.toArray());
      }
      case 1 -> both.same(client, "ZRANDMEMBER", make.anyOf("missing", "text"));
      default -> {
        List<List<Object>> options = new ArrayList<>();
        options.add(List.of("COUNT", make.chance(10) ? "0" : "100000"));
        if (make.chance(2)) {
          options.add(List.of(make.anyOf("MATCH"), make.anyOf("*", "m*", "[a-c]", "?", "1*")));
        }
        Object cursor = make.chance(20) ? make.anyOf("abc", "") : "0";
        both.sameInAnyOrder(client, make.command(List.of("ZSCAN", other(), cursor), options));
      }
    }
  }

  private void about(int client) {
    switch (make.below(7)) {
      case 0 -> both.same(client, "OBJECT", "ENCODING", key());
      case 1, 6 -> exchange(client);
      case 2 -> both.same(client, "TYPE", key());
      case 3 -> both.same(client, "COPY", key(), "z" + (1 + make.below(4)), "REPLACE");
      case 4 -> {
        if (make.chance(5)) {
          both.same(client, "DEL", key());
          prepare(client);
        }
      }
      default -> compare(client);
    }
  }

  /** Each server restores what the other dumped. */
  private void exchange(int client) {
    String key = "z" + (1 + make.below(4));
    String our = both.ourReply(client, "DUMP", key);
    String their = both.theirReply(client, "DUMP", key);
    if (our.startsWith("$-1") || our.startsWith("_")) {
      both.same(client, "EXISTS", key);
      return;
    }
    String target = "z" + (1 + make.below(4));
    String reply = both.ourReply(client, "RESTORE", target, "0", payload(their), "REPLACE");
    String expected = both.theirReply(client, "RESTORE", target, "0", payload(our), "REPLACE");
    if (!reply.equals(expected)) {
      throw new AssertionError("RESTORE of a value DUMP gave: " + reply + " beside " + expected);
    }
    both.same(client, "ZRANGE", target, "0", "-1", "WITHSCORES");
    both.same(client, "OBJECT", "ENCODING", target);
  }

  private static byte[] payload(String bulk) {
    int start = bulk.indexOf("\r\n") + 2;
    return bulk.substring(start, bulk.length() - 2).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Everything in every key. */
  void compare(int client) {
    for (String key : KEYS) {
      both.same(client, "TYPE", key);
      both.same(client, "OBJECT", "ENCODING", key);
      both.same(client, "ZRANGE", key, "0", "-1", "WITHSCORES");
      both.same(client, "ZREVRANGEBYSCORE", key, "+inf", "-inf", "WITHSCORES");
    }
  }
}
