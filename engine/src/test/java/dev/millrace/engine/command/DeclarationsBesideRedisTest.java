package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What each command declares is what COMMAND INFO and COMMAND DOCS of a real Redis list. */
class DeclarationsBesideRedisTest {
  private static final Set<String> GROUPS =
      Set.of(
          "string",
          "list",
          "hash",
          "set",
          "sorted-set",
          "geo",
          "stream",
          "bitmap",
          "hyperloglog",
          "scripting",
          "generic",
          "transactions");

  private static RealRedis redis;
  private static CommandRunner runner;

  @BeforeAll
  static void start() {
    redis = RealRedis.start();
    runner = new CommandRunner(1);
  }

  @AfterAll
  static void stop() {
    runner.close();
    redis.close();
  }

  @Test
  void shouldDeclareEveryCommandOfTheseGroups() {
    List<String> expected = new ArrayList<>();
    Object docs = redis.client().call("COMMAND", "DOCS");
    Map<String, Object> all = pairs(docs);
    all.forEach((name, doc) -> {
      String group = text(pairs(doc).get("group"));
      if (GROUPS.contains(group)) {
        expected.add(name);
      }
    });
    expected.addAll(List.of("dbsize", "flushdb", "flushall", "restore-asking"));
    // Commands of the generic group that belong to other parts: they wait, or migrate.
    expected.removeAll(List.of("wait", "migrate"));
    assertThat(declared().stream().map(Command::name))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void shouldListWhatCommandInfoLists() {
    RespClient client = redis.client();
    for (Command command : declared()) {
      List<?> reply = list(client.call("COMMAND", "INFO", command.name()));
      assertThat(info(command)).isEqualTo(info(list(reply.getFirst())));
    }
  }

  @Test
  void shouldDescribeArgumentsAsCommandDocsDoes() {
    RespClient client = redis.client();
    for (Command command : declared()) {
      Map<String, Object> reply = pairs(client.call("COMMAND", "DOCS", command.name()));
      assertThat(docs(command)).isEqualTo(docs(pairs(reply.get(command.name()))));
    }
  }

  @Test
  void shouldSaySomethingOfEachCommand() {
    for (Command command : declared()) {
      List<Command> some = new ArrayList<>(command.subcommands().values());
      some.add(command);
      for (Command one : some) {
        assertThat(one.summary()).as(one.fullName()).isNotBlank();
        assertThat(one.complexity()).as(one.fullName()).isNotBlank();
      }
    }
  }

  /** The commands that Redis 7.0 has too. */
  private static List<Command> declared() {
    return runner.table().all().stream()
        .filter(c -> !c.group().equals("bf") && !c.since().matches("(7\\.[1-9]|[89]\\.).*"))
        .toList();
  }

  private static Map<String, Object> info(Command command) {
    Map<String, Object> out = new TreeMap<>();
    out.put("name", command.fullName());
    out.put("arity", (long) command.arity());
    out.put(
        "flags",
        new TreeSet<>(
            command.flags().stream()
                .filter(flag -> flag != CommandFlag.MAY_REPLICATE) // which COMMAND does not tell
                .map(CommandFlag::word)
                .toList()));
    out.put("categories", new TreeSet<>(command.categories().stream().map(c -> "@" + c).toList()));
    out.put("tips", new TreeSet<>(command.tips()));
    out.put("keys", command.keySpecs().stream().map(DeclarationsBesideRedisTest::keySpec).toList());
    out.put("first", (long) command.firstKey());
    out.put("step", (long) command.step());
    Map<String, Object> children = new TreeMap<>();
    command.subcommands().values().forEach(child -> children.put(child.fullName(), info(child)));
    out.put("subcommands", children);
    return out;
  }

  private static Map<String, Object> info(List<?> reply) {
    Map<String, Object> out = new TreeMap<>();
    out.put("name", text(reply.get(0)));
    out.put("arity", reply.get(1));
    out.put("flags", texts(reply.get(2)));
    out.put("categories", texts(reply.get(6)));
    out.put("tips", texts(reply.get(7)));
    out.put("keys", list(reply.get(8)).stream().map(DeclarationsBesideRedisTest::keySpec).toList());
    out.put("first", reply.get(3));
    out.put("step", reply.get(5));
    Map<String, Object> children = new TreeMap<>();
    for (Object child : list(reply.get(9))) {
      children.put(text(list(child).getFirst()), info(list(child)));
    }
    out.put("subcommands", children);
    return out;
  }

  private static String keySpec(KeySpec spec) {
    String numbers =
        switch (spec.find()) {
          case RANGE -> "to " + spec.lastKey() + " by " + spec.step() + " limit " + spec.limit();
          case KEYNUM -> "counted at 0, first at 1, by " + spec.step();
          case UNKNOWN -> "";
        };
    return String.join(
        " ",
        spec.notes(),
        new TreeSet<>(spec.flags()).toString(),
        "from " + begin(spec),
        spec.find().name().toLowerCase(Locale.ROOT),
        numbers);
  }

  private static String begin(KeySpec spec) {
    if (!spec.keyword().isEmpty()) {
      return spec.keyword() + " after " + spec.keywordFrom();
    }
    return spec.find() == KeySpec.Find.UNKNOWN ? "unknown" : Integer.toString(spec.beginIndex());
  }

  private static String keySpec(Object reply) {
    Map<String, Object> spec = pairs(reply);
    Map<String, Object> begin = pairs(spec.get("begin_search"));
    Map<String, Object> find = pairs(spec.get("find_keys"));
    Map<String, Object> how = pairs(find.get("spec"));
    Map<String, Object> beginSpec = pairs(begin.get("spec"));
    Object index = beginSpec.get("index");
    String where =
        beginSpec.containsKey("keyword")
            ? text(beginSpec.get("keyword")) + " after " + beginSpec.get("startfrom")
            : "unknown";
    String type = text(find.get("type"));
    String numbers =
        switch (type) {
          case "range" ->
              "to "
                  + how.get("lastkey")
                  + " by "
                  + how.get("keystep")
                  + " limit "
                  + how.get("limit");
          case "keynum" ->
              "counted at "
                  + how.get("keynumidx")
                  + ", first at "
                  + how.get("firstkey")
                  + ", by "
                  + how.get("keystep");
          default -> "";
        };
    return String.join(
        " ",
        spec.containsKey("notes") ? text(spec.get("notes")) : "",
        texts(spec.get("flags")).toString(),
        "from " + (text(begin.get("type")).equals("index") ? index : where),
        type,
        numbers);
  }

  private static Map<String, Object> docs(Command command) {
    Map<String, Object> out = new TreeMap<>();
    out.put("group", command.group());
    out.put("since", command.since());
    out.put(
        "arguments", command.arguments().stream().map(DeclarationsBesideRedisTest::show).toList());
    Map<String, Object> children = new TreeMap<>();
    command.subcommands().values().forEach(child -> children.put(child.fullName(), docs(child)));
    out.put("subcommands", children);
    return out;
  }

  private static Map<String, Object> docs(Map<String, Object> reply) {
    Map<String, Object> out = new TreeMap<>();
    out.put("group", text(reply.get("group")));
    out.put("since", text(reply.get("since")));
    out.put("arguments", arguments(reply));
    Map<String, Object> children = new TreeMap<>();
    if (reply.containsKey("subcommands")) {
      pairs(reply.get("subcommands")).forEach((name, doc) -> children.put(name, docs(pairs(doc))));
    }
    out.put("subcommands", children);
    return out;
  }

  private static List<String> arguments(Map<String, Object> reply) {
    return reply.containsKey("arguments")
        ? list(reply.get("arguments")).stream().map(DeclarationsBesideRedisTest::show).toList()
        : List.of();
  }

  private static String show(Argument argument) {
    String key = argument.keySpecIndex() < 0 ? "" : Integer.toString(argument.keySpecIndex());
    return String.join(
        " ",
        argument.name(),
        argument.type(),
        argument.token(),
        argument.since(),
        key,
        new TreeSet<>(argument.flags()).toString(),
        argument.parts().stream().map(DeclarationsBesideRedisTest::show).toList().toString());
  }

  private static String show(Object reply) {
    Map<String, Object> argument = pairs(reply);
    Object key = argument.get("key_spec_index");
    return String.join(
        " ",
        text(argument.get("name")),
        text(argument.get("type")),
        argument.containsKey("token") ? text(argument.get("token")) : "",
        argument.containsKey("since") ? text(argument.get("since")) : "",
        key == null ? "" : key.toString(),
        argument.containsKey("flags") ? texts(argument.get("flags")).toString() : "[]",
        arguments(argument).toString());
  }

  private static Map<String, Object> pairs(@Nullable Object reply) {
    List<?> flat = list(reply);
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      map.put(text(flat.get(i)), flat.get(i + 1));
    }
    return map;
  }

  private static List<?> list(@Nullable Object reply) {
    assertThat(reply).isInstanceOf(List.class);
    return (List<?>) Objects.requireNonNull(reply);
  }

  private static Set<String> texts(@Nullable Object reply) {
    return new TreeSet<>(list(reply).stream().map(DeclarationsBesideRedisTest::text).toList());
  }

  private static String text(@Nullable Object reply) {
    return reply instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(reply);
  }
}
