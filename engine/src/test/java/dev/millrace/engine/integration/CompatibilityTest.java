package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command that a real Redis lists, asked of Millrace: does it know it, and does COMMAND INFO
 * say the same of it? The outcome is the table in {@code docs/compatibility.md}; with {@code
 * -Dmillrace.compatibility.write=true} this test writes it, and otherwise it finds it so.
 */
class CompatibilityTest {
  private static final Path PAGE = Path.of("..", "docs", "compatibility.md");
  private static final String BEGIN = "<!-- begin: commands -->\n";
  private static final String END = "<!-- end: commands -->\n";

  /** What the table says beside the state, by command or by container. */
  private static final Map<String, String> REMARKS =
      Map.ofEntries(
          Map.entry("asking", "refused: no cluster"),
          Map.entry("cluster", "refused: no cluster"),
          Map.entry("debug", "not every subcommand: what shows Redis's own internals is missing"),
          Map.entry("lolwut", "a drawing of its own"),
          Map.entry("module|load", "refused: no modules"),
          Map.entry("module|loadex", "refused: no modules"),
          Map.entry("module|unload", "refused: no modules"),
          Map.entry("readonly", "refused: no cluster"),
          Map.entry("readwrite", "refused: no cluster"));

  /** Command lines whose keys are asked for. */
  private static final List<String> LINES =
      List.of(
          "GET a",
          "SET a b",
          "SET a b GET EX 10",
          "MSET a 1 b 2",
          "MSETNX a 1 b",
          "RENAME a b",
          "COPY a b REPLACE",
          "BITOP AND d a b c",
          "BITFIELD a GET u8 0",
          "BITFIELD a GET u8 0 OVERFLOW SAT SET u8 0 1",
          "BITFIELD_RO a GET u8 0",
          "PFCOUNT a b",
          "PFMERGE d a b",
          "OBJECT ENCODING a",
          "MEMORY USAGE a",
          "LPUSH a b c",
          "LMOVE a b LEFT LEFT",
          "BLPOP a b 0",
          "BLMPOP 0 2 a b LEFT",
          "LMPOP 2 a b LEFT",
          "LMPOP 3 a LEFT",
          "SMOVE a b c",
          "SINTERCARD 2 a b LIMIT 1",
          "SUNIONSTORE d a b",
          "ZADD a 1 b",
          "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
          "ZINTER 2 a b",
          "ZRANGESTORE d a 0 -1",
          "BZMPOP 1 2 a b MIN",
          "GEORADIUS a 1 2 3 m STORE d",
          "GEORADIUS a 1 2 3 m STORE d STOREDIST e",
          "GEORADIUSBYMEMBER a b 3 m STOREDIST d",
          "GEOSEARCHSTORE d a FROMMEMBER b BYRADIUS 3 m",
          "SORT a BY x STORE d",
          "SORT a STORE d STORE e",
          "SORT_RO a BY x",
          "XADD a * f v",
          "XREAD COUNT 2 STREAMS a b 0 0",
          "XREADGROUP GROUP g c STREAMS a b > >",
          "XREAD STREAMS a b 0",
          "XGROUP CREATE a g $",
          "XINFO STREAM a",
          "EVAL script 2 a b c",
          "EVALSHA script 0 a",
          "EVAL script x a",
          "EVAL script 3 a",
          "FCALL f 1 a b",
          "FCALL_RO f 1 a b",
          "MIGRATE h 1 a 0 10",
          "MIGRATE h 1 \"\" 0 10 KEYS a b",
          "MIGRATE h 1 \"\" 0 10 AUTH KEYS KEYS a b",
          "MIGRATE h 1 a 0 10 COPY AUTH2 KEYS KEYS",
          "RESTORE a 0 x",
          "RESTORE-ASKING a 0 x",
          "WATCH a b",
          "PUBLISH a b",
          "SPUBLISH a b",
          "SSUBSCRIBE a b",
          "SUBSCRIBE a b",
          "PING",
          "CONFIG GET a",
          "ACL SETUSER a",
          "DEBUG OBJECT a",
          "FLUSHALL",
          "NOSUCH a",
          "GET",
          "GET a b",
          "MEMORY FOO a",
          "SCAN 0",
          "KEYS a",
          "XGROUP HELP");

  @TempDir static Path directory;
  private static RealRedis redis;
  private static InProcessServer millrace;

  @BeforeAll
  static void start() {
    redis = RealRedis.start();
    millrace = InProcessServer.start(directory);
  }

  @AfterAll
  static void stop() {
    millrace.close();
    redis.close();
  }

  @Test
  void shouldTellOfEveryCommandWhatThePageTells() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf(BEGIN) + BEGIN.length();
    int to = page.indexOf(END);
    String table = table();
    if (Boolean.getBoolean("millrace.compatibility.write")) {
      Files.writeString(PAGE, page.substring(0, from) + table + page.substring(to));
      return;
    }
    assertThat(page.substring(from, to))
        .as("docs/compatibility.md; -Dmillrace.compatibility.write=true on this test writes it")
        .isEqualTo(table);
  }

  @Test
  void shouldDescribeEveryCommandItKnowsAsRedisDoes() {
    for (String name : names()) {
      Object ours = info(millrace.client(), name);
      if (ours != null) {
        assertThat(ours).as(name).isEqualTo(info(redis.client(), name));
      }
    }
  }

  @Test
  void shouldDocumentEveryCommandItKnowsAsRedisDoes() {
    for (String name : names()) {
      if (info(millrace.client(), name) != null && !name.contains("|")) {
        Map<String, Object> ours = docs(list(millrace.client().call("COMMAND", "DOCS", name)));
        assertThat(ours)
            .as(name)
            .isEqualTo(docs(list(redis.client().call("COMMAND", "DOCS", name))));
      }
    }
  }

  /** Where the keys are in a command line, for every way commands have of telling. */
  @Test
  void shouldFindKeysWhereRedisFindsThem() {
    for (String line : LINES) {
      String[] words = line.replace("\"\"", "\0").split(" ", -1);
      for (int i = 0; i < words.length; i++) {
        words[i] = words[i].equals("\0") ? "" : words[i];
      }
      boolean isKnown =
          line.startsWith("NOSUCH")
              || info(millrace.client(), words[0].toLowerCase(java.util.Locale.ROOT)) != null;
      for (String question : List.of("GETKEYS", "GETKEYSANDFLAGS")) {
        Object[] command = new Object[words.length + 2];
        command[0] = "COMMAND";
        command[1] = question;
        System.arraycopy(words, 0, command, 2, words.length);
        if (isKnown) {
          assertThat(show(millrace.client().call(command)))
              .as(question + " " + line)
              .isEqualTo(show(redis.client().call(command)));
        }
      }
    }
  }

  private static String table() {
    Map<String, List<String>> groups = new TreeMap<>();
    int missing = 0;
    List<String> names = names();
    for (String name : names) {
      String state = "equal";
      if (info(millrace.client(), name) == null) {
        state = "missing";
        missing++;
      } else if (remark(name) != null) {
        state = Objects.requireNonNull(remark(name));
      }
      String row = "| `" + name.replace("|", " ").toUpperCase(java.util.Locale.ROOT) + "` | ";
      groups.computeIfAbsent(group(name), none -> new ArrayList<>()).add(row + state + " |\n");
    }
    StringBuilder out = new StringBuilder();
    out.append(names.size()).append(" commands and subcommands, ");
    out.append(missing).append(" of them missing.\n");
    groups.forEach((group, rows) -> {
      out.append("\n### ").append(group).append("\n\n| command | state |\n|---|---|\n");
      rows.forEach(out::append);
    });
    return out.toString();
  }

  private static @Nullable String remark(String name) {
    String own = REMARKS.get(name);
    return own != null || !name.contains("|")
        ? own
        : REMARKS.get(name.substring(0, name.indexOf('|')));
  }

  private static String group(String name) {
    List<?> reply = list(redis.client().call("COMMAND", "DOCS", name));
    return show(pairs(reply.get(1)).get("group"));
  }

  private static List<String> names() {
    return list(redis.client().call("COMMAND", "LIST")).stream()
        .map(CompatibilityTest::show)
        .sorted()
        .toList();
  }

  /** What COMMAND INFO says of one command, sets sorted, without its subcommands; null: nothing. */
  private static @Nullable Object info(RespClient client, String name) {
    Object reply = list(client.call("COMMAND", "INFO", name)).getFirst();
    if (reply == null) {
      return null;
    }
    List<?> parts = list(reply);
    List<Object> out = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      boolean isSet = i == 2 || i == 6 || i == 7;
      out.add(isSet ? new TreeSet<>(texts(parts.get(i))).toString() : show(parts.get(i)));
    }
    return out;
  }

  /** COMMAND DOCS without what is put in own words, and without the history. */
  private static Map<String, Object> docs(List<?> reply) {
    Map<String, Object> out = new TreeMap<>();
    for (int i = 0; i < reply.size(); i += 2) {
      Map<String, Object> one = pairs(reply.get(i + 1));
      one.keySet().removeAll(List.of("summary", "complexity", "history", "replaced_by"));
      Object children = one.remove("subcommands");
      one.replaceAll((field, value) -> show(value).replace(", deprecated_since, 2.8.12", ""));
      if (children != null) {
        // What is missing yet is told by the page.
        Map<String, Object> known = docs(list(children));
        known.keySet().removeIf(name -> info(millrace.client(), name) == null);
        one.put("subcommands", known);
      }
      out.put(show(reply.get(i)), one);
    }
    return out;
  }

  private static Map<String, Object> pairs(@Nullable Object reply) {
    List<?> flat = list(reply);
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      map.put(show(flat.get(i)), Objects.requireNonNull(flat.get(i + 1)));
    }
    return map;
  }

  private static List<?> list(@Nullable Object reply) {
    assertThat(reply).isInstanceOf(List.class);
    return (List<?>) Objects.requireNonNull(reply);
  }

  private static List<String> texts(Object reply) {
    return list(reply).stream().map(CompatibilityTest::show).toList();
  }

  private static String show(@Nullable Object reply) {
    if (reply instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    if (reply instanceof List<?> many) {
      return many.stream().map(CompatibilityTest::show).toList().toString();
    }
    return reply instanceof RespError error ? error.toString() : String.valueOf(reply);
  }
}
