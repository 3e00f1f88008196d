package dev.millrace.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.Command;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The administration commands, reply by reply beside a real Redis. */
class AdminBesideRedisTest {
  @Test
  void shouldAnswerTheConnectionCommandsAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            PING
            PING|a
            PING|a|b
            ECHO|x
            SELECT|x
            SELECT|99
            SELECT|-1
            SELECT|3
            SWAPDB|x|1
            SWAPDB|1|x
            SWAPDB|0|99
            SWAPDB|0|0
            SWAPDB|0|1
            AUTH|x
            AUTH|a|b|c
            AUTH|default|x
            AUTH|foo|x
            HELLO|x
            HELLO|4
            HELLO|2|FOO
            HELLO|2|AUTH|a
            HELLO|2|AUTH|foo|x
            HELLO|2|SETNAME|a b
            CLIENT|GETNAME
            CLIENT|SETNAME|a b
            CLIENT|SETNAME|abc
            CLIENT|GETNAME
            CLIENT|SETNAME|
            CLIENT|GETNAME
            RESET
            PING
            QUIT
            """);
      }
    }
  }

  @Test
  void shouldAskForThePasswordAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      admin.same(
          0,
          """
          CONFIG|SET|requirepass|secret
          PING
          RESET
          PING
          HELLO
          HELLO|3
          AUTH|wrong
          AUTH|default|wrong
          AUTH|foo|secret
          HELLO|2|AUTH|default|wrong
          ECHO|x
          AUTH|secret
          PING
          RESET
          AUTH|default|secret
          PING
          CONFIG|SET|requirepass|
          RESET
          PING
          """);
    }
  }

  @Test
  void shouldAnswerClientAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            CLIENT
            CLIENT|FOO
            CLIENT|KILL|x:1
            CLIENT|KILL|ID|0
            CLIENT|KILL|ID|x
            CLIENT|KILL|ID|99999
            CLIENT|KILL|TYPE|foo
            CLIENT|KILL|TYPE|slave
            CLIENT|KILL|USER|nobody
            CLIENT|KILL|SKIPME|maybe
            CLIENT|KILL|FOO|x
            CLIENT|KILL|ADDR
            CLIENT|KILL|ADDR|x|ID
            CLIENT|LIST|TYPE|foo
            CLIENT|LIST|TYPE|pubsub
            CLIENT|LIST|ID|x
            CLIENT|LIST|ID|0
            CLIENT|LIST|ID|99999
            CLIENT|LIST|ID
            CLIENT|LIST|FOO
            CLIENT|LIST|TYPE|normal|ID|3
            CLIENT|PAUSE|x
            CLIENT|PAUSE|-1
            CLIENT|PAUSE|99999999999999999999
            CLIENT|PAUSE|0|foo
            CLIENT|PAUSE|0
            CLIENT|UNPAUSE
            CLIENT|UNBLOCK|x
            CLIENT|UNBLOCK|99999
            CLIENT|UNBLOCK|99999|FOO
            CLIENT|REPLY|foo
            CLIENT|REPLY|on
            CLIENT|NO-EVICT|foo
            CLIENT|NO-EVICT|on
            CLIENT|NO-EVICT|off
            CLIENT|CACHING|yes
            CLIENT|TRACKING|foo
            CLIENT|TRACKING|off
            CLIENT|TRACKINGINFO
            CLIENT|GETREDIR
            """);
      }
    }
  }

  @Test
  void shouldDescribeAClientInTheFieldsOfRedis() {
    try (AdminFixture admin = new AdminFixture()) {
      List<String> ours = fields(admin.both.ourReply(0, "CLIENT", "INFO"));
      List<String> theirs = fields(admin.both.theirReply(0, "CLIENT", "INFO"));
      assertThat(ours).isEqualTo(theirs);
    }
  }

  private static List<String> fields(String reply) {
    List<String> names = new ArrayList<>();
    for (String field : Objects.toString(Wire.read(reply)).strip().split(" ")) {
      names.add(field.substring(0, field.indexOf('=')));
    }
    return names;
  }

  @Test
  void shouldAnswerConfigAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            CONFIG
            CONFIG|FOO
            CONFIG|GET
            CONFIG|GET|nosuch
            CONFIG|GET|maxmemory
            CONFIG|GET|MaxMemory
            CONFIG|GET|maxmemory|maxmemory
            CONFIG|GET|slave-priority
            CONFIG|SET|a
            CONFIG|SET|a|b
            CONFIG|SET|a|b|c
            CONFIG|SET|maxmemory|zzz
            CONFIG|SET|maxmemory|1gb|hz|x
            CONFIG|GET|maxmemory
            CONFIG|SET|maxmemory|1gb|hz|20
            CONFIG|GET|maxmemory
            CONFIG|SET|maxmemory|0
            CONFIG|SET|save|3600 1 300 100
            CONFIG|GET|save
            CONFIG|SET|save|
            CONFIG|SET|databases|3
            CONFIG|SET|port|1|port|2
            CONFIG|SET|client-output-buffer-limit|slave 1mb 2mb 3
            CONFIG|GET|client-output-buffer-limit
            CONFIG|REWRITE
            CONFIG|RESETSTAT
            """);
      }
    }
  }

  @Test
  void shouldDescribeEveryCommandInCommandInfoAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (Command command : knownToRedis(admin)) {
        Object ours = Wire.read(admin.both.ourReply(0, "COMMAND", "INFO", command.name()));
        Object theirs = Wire.read(admin.both.theirReply(0, "COMMAND", "INFO", command.name()));
        List<?> theirInfo = new ArrayList<>(Wire.list(Wire.list(theirs).get(0)));
        List<?> ourInfo = Wire.list(Wire.list(ours).get(0));
        assertThat(ourInfo.subList(0, 9)).isEqualTo(theirInfo.subList(0, 9));
        assertThat(subcommands(ourInfo, theirInfo)).isEqualTo(subcommands(theirInfo, ourInfo));
      }
    }
  }

  /** The subcommands that are in both, in the order of their names; a hash table orders Redis's. */
  private static List<?> subcommands(List<?> info, List<?> other) {
    Set<String> known = new TreeSet<>();
    Wire.list(other.get(9)).forEach(child -> known.add((String) Wire.list(child).get(0)));
    return Wire.list(info.get(9)).stream()
        .filter(child -> known.contains((String) Wire.list(child).get(0)))
        .sorted(Comparator.comparing(child -> (String) Wire.list(child).get(0)))
        .toList();
  }

  @Test
  void shouldDocumentEveryCommandInTheShapeOfRedis() {
    try (AdminFixture admin = new AdminFixture()) {
      for (Command command : knownToRedis(admin)) {
        String name = command.name();
        Map<String, Object> ours = docs(admin.both.ourReply(0, "COMMAND", "DOCS", name), name);
        Map<String, Object> theirs = docs(admin.both.theirReply(0, "COMMAND", "DOCS", name), name);
        compareDocs(name, ours, theirs);
      }
    }
  }

  private static Map<String, Object> docs(String reply, String name) {
    return Wire.map(Wire.map(Wire.read(reply)).get(name));
  }

  private static void compareDocs(
      String name, Map<String, Object> ours, Map<String, Object> theirs) {
    assertThat(ours).as(name).containsKeys("summary", "complexity");
    for (String field : List.of("since", "group", "arguments")) {
      assertThat(ours.get(field)).as("%s of %s", field, name).isEqualTo(current(theirs.get(field)));
    }
    if (ours.get("subcommands") != null) {
      Map<String, Object> ourChildren = Wire.map(ours.get("subcommands"));
      Map<String, Object> theirChildren = Wire.map(theirs.get("subcommands"));
      assertThat(theirChildren).containsKeys(ourChildren.keySet().toArray(new String[0]));
      ourChildren.forEach(
          (child, doc) -> compareDocs(child, Wire.map(doc), Wire.map(theirChildren.get(child))));
    }
  }

  /**
   * Without the versions in which an argument fell out of use: declarations have only those in use.
   */
  private static @Nullable Object current(@Nullable Object docs) {
    if (!(docs instanceof List<?> list)) {
      return docs;
    }
    List<@Nullable Object> left = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if ("deprecated_since".equals(list.get(i))) {
        i++;
      } else {
        left.add(current(list.get(i)));
      }
    }
    return left;
  }

  @Test
  void shouldFindKeysAndNamesOfCommandsAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            COMMAND|FOO
            COMMAND|INFO|foo
            COMMAND|INFO|get|foo
            COMMAND|DOCS|foo
            COMMAND|GETKEYS|foo|a
            COMMAND|GETKEYS|ping|a
            COMMAND|GETKEYS|get
            COMMAND|GETKEYS|get|a|b
            COMMAND|GETKEYS|zunionstore|a|0|b
            COMMAND|GETKEYS|zunionstore|a|+1|b
            COMMAND|GETKEYS|zunionstore|a|+2|b
            COMMAND|GETKEYSANDFLAGS|zunionstore|a|01|b|c
            COMMAND|GETKEYS|zunionstore|a|1.5|b
            COMMAND|GETKEYS|zdiffstore|a|+1|b
            COMMAND|GETKEYS|sintercard|+1|a
            COMMAND|GETKEYS|lmpop|01|a|left
            COMMAND|GETKEYS|blmpop|1|01|a|left
            COMMAND|GETKEYS|bzmpop|1|01|a|min
            COMMAND|GETKEYS|zunion|+2|a|b
            COMMAND|GETKEYSANDFLAGS|eval|x|+1|a
            COMMAND|GETKEYS|fcall|f|01|a
            COMMAND|GETKEYS|zunionstore|a|99999999999|b
            COMMAND|GETKEYS|zunionstore|a|-1|b
            COMMAND|GETKEYS|zunionstore|a|5|b
            COMMAND|GETKEYS|zdiffstore|a|0|b
            COMMAND|GETKEYS|sintercard|0|a
            COMMAND|GETKEYS|lmpop|0|a|left
            COMMAND|GETKEYS|eval|x|0
            COMMAND|GETKEYS|eval|x|0|a
            COMMAND|GETKEYS|eval|x|-1
            COMMAND|GETKEYS|eval|x|5|a
            COMMAND|GETKEYS|eval|x|abc|a
            COMMAND|GETKEYS|fcall|f|0
            COMMAND|GETKEYS|mget|a|b|c
            COMMAND|GETKEYS|mset|a|1|b
            COMMAND|GETKEYS|mset|a|1|b|2
            COMMAND|GETKEYS|object|encoding|k
            COMMAND|GETKEYS|memory|usage|k
            COMMAND|GETKEYS|rename|a|b
            COMMAND|GETKEYSANDFLAGS|rename|a|b
            COMMAND|GETKEYSANDFLAGS|set|a|1
            COMMAND|GETKEYSANDFLAGS|set|a|1|GET
            COMMAND|GETKEYSANDFLAGS|del|a|b
            COMMAND|LIST|FILTERBY|MODULE|foo
            COMMAND|LIST|FILTERBY|ACLCAT|foo
            COMMAND|LIST|FILTERBY|FOO|xa*
            COMMAND|LIST|FILTERBY|PATTERN|dbsiz?
            COMMAND|LIST|FILTERBY
            COMMAND|LIST|FOO
            """);
      }
      int known = admin.both.runner().table().all().size();
      assertThat(admin.both.ourReply(0, "COMMAND", "COUNT")).isEqualTo(":" + known + "\r\n");
      assertThat(Wire.list(Wire.read(admin.both.ourReply(0, "COMMAND")))).hasSize(known);
      List<String> names = names(admin.both.ourReply(0, "COMMAND", "LIST"));
      assertThat(names(admin.both.theirReply(0, "COMMAND", "LIST")))
          .containsAll(names.stream().filter(name -> !isBeyondRedis(name)).toList());
      assertThat(names.stream().filter(name -> !name.contains("|"))).hasSize(known);
    }
  }

  private static List<Command> knownToRedis(AdminFixture admin) {
    return admin.both.runner().table().all().stream()
        .filter(command -> !isBeyondRedis(command.name()))
        .toList();
  }

  /** Bloom filters, the commands on hash fields of Redis 7.4 and 8.0, and what is ours. */
  private static boolean isBeyondRedis(String name) {
    return name.startsWith("bf.")
        || name.startsWith("millrace")
        || name.matches("hp?expire(at|time)?|hp?ttl|hpersist|h[gs]etex|hgetdel");
  }

  private static List<String> names(String reply) {
    return Wire.list(Wire.read(reply)).stream().map(String.class::cast).toList();
  }

  @Test
  void shouldAnswerDebugAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            DEBUG|FOO
            DEBUG|SLEEP
            DEBUG|SLEEP|0.001
            DEBUG|ERROR|FOO bar
            DEBUG|SET-ACTIVE-EXPIRE|0
            DEBUG|SET-ACTIVE-EXPIRE|1
            DEBUG|QUICKLIST-PACKED-THRESHOLD|100
            DEBUG|QUICKLIST-PACKED-THRESHOLD|x
            DEBUG|CHANGE-REPL-ID
            DEBUG|OBJECT|nokey
            DEBUG|PROTOCOL|string
            DEBUG|PROTOCOL|integer
            DEBUG|PROTOCOL|double
            DEBUG|PROTOCOL|null
            DEBUG|PROTOCOL|array
            DEBUG|PROTOCOL|set
            DEBUG|PROTOCOL|map
            DEBUG|PROTOCOL|attrib
            DEBUG|PROTOCOL|verbatim
            DEBUG|PROTOCOL|true
            DEBUG|PROTOCOL|false
            DEBUG|PROTOCOL|bignum
            DEBUG|PROTOCOL|foo
            DEBUG|LOG|x
            DEBUG|REPLYBUFFER
            DEBUG|REPLYBUFFER|RESIZING
            DEBUG|REPLYBUFFER|RESIZING|1
            DEBUG|REPLYBUFFER|RESIZING|x
            DEBUG|REPLYBUFFER|FOO|1
            DEBUG|REPLYBUFFER|PEAK-RESET-TIME|NEVER
            DEBUG|REPLYBUFFER|PEAK-RESET-TIME|-5
            DEBUG|REPLYBUFFER|PEAK-RESET-TIME|x
            DEBUG|REPLYBUFFER|PEAK-RESET-TIME|reset
            DEBUG|STRINGMATCH-LEN|5|a*
            DEBUG|REPLICATE
            DEBUG|RELOAD|FOO
            DEBUG|JMAP
            DEBUG|POPULATE|x
            DEBUG|POPULATE|20
            GET|key:7
            DEBUG|POPULATE|5|p|20
            GET|p:4
            DBSIZE
            DEBUG|DIGEST
            FLUSHALL
            DEBUG|DIGEST
            """);
      }
      admin.same(0, "DEBUG|PROTOCOL|push");
      assertThat(admin.asked)
          .contains("activeExpiry false", "activeExpiry true", "changeReplicationId");
    }
  }

  @Test
  void shouldRefuseDebugUnlessItIsEnabled() throws Exception {
    try (AdminFixture admin = new AdminFixture(1, "--enable-debug-command", "no")) {
      admin.same(0, "DEBUG|SLEEP|0");
      admin.same(0, "CONFIG|SET|enable-debug-command|yes");
    }
  }

  @Test
  void shouldDigestAnyDatasetOfStringsAsRedisDoes() {
    long seed = 42;
    RandomGenerator seeded = new SplittableRandom(seed);
    try (AdminFixture admin = new AdminFixture(1)) {
      for (int i = 0; i < 300; i++) {
        String key = "k" + seeded.nextInt(100);
        switch (seeded.nextInt(7)) {
          case 0 -> admin.both.same(0, "SET", key, Long.toString(seeded.nextLong()));
          case 1 -> admin.both.same(0, "SET", key, "v".repeat(seeded.nextInt(200)));
          case 2 -> admin.both.same(0, "SET", key, "x", "EX", "100000");
          case 3 -> admin.both.same(0, "APPEND", key, "y");
          case 4 -> admin.both.same(0, "DEL", key);
          case 5 -> admin.both.same(0, "PERSIST", key);
          default -> admin.both.same(0, "SELECT", seeded.nextInt(4));
        }
        if (i % 50 == 49) {
          admin.both.same(0, "DEBUG", "DIGEST");
          admin.both.same(0, "DEBUG", "DIGEST-VALUE", key, "nokey", "k1", "k2");
        }
      }
    }
  }

  @Test
  void shouldTellTheSameSizeOfADumpAsRedisInDebugObject() {
    try (AdminFixture admin = new AdminFixture(1)) {
      for (String value : List.of("abc", "12345", "-1", "0123456789abcdefghi", "")) {
        admin.both.same(0, "SET", "k", value);
        assertThat(object(admin.both.ourReply(0, "DEBUG", "OBJECT", "k")))
            .isEqualTo(object(admin.both.theirReply(0, "DEBUG", "OBJECT", "k")));
      }
    }
  }

  private static String object(String reply) {
    return reply.replaceAll("at:0x[0-9a-f]+", "").replaceAll("lru:[0-9]+", "");
  }

  @Test
  void shouldAnswerTheOtherServerCommandsAsRedisDoes() {
    try (AdminFixture admin = new AdminFixture()) {
      for (int client = 0; client < 2; client++) {
        admin.same(
            client,
            """
            BGSAVE|FOO
            SAVE|x
            SHUTDOWN|FOO
            SHUTDOWN|ABORT
            SHUTDOWN|SAVE|NOSAVE
            SHUTDOWN|ABORT|NOW
            LOLWUT|VERSION|x
            SLOWLOG
            SLOWLOG|FOO
            SLOWLOG|GET|x
            SLOWLOG|GET|-2
            SLOWLOG|GET|a|b
            SLOWLOG|GET
            SLOWLOG|LEN
            SLOWLOG|RESET
            LATENCY|GRAPH|foo
            LATENCY|HISTORY|foo
            LATENCY|LATEST
            LATENCY|RESET
            LATENCY|RESET|a|b
            LATENCY|HISTOGRAM|foo
            MEMORY|USAGE|nokey
            MEMORY|USAGE|a|FOO|3
            MEMORY|USAGE|a|SAMPLES
            MEMORY|USAGE|a|SAMPLES|-1
            MEMORY|USAGE|a|SAMPLES|x
            MEMORY|PURGE
            INFO|foo
            INFO|modules|cluster
            """);
      }
    }
  }

  @Test
  void shouldStartAndRefuseSavesAsRedisWordsIt() {
    try (AdminFixture admin = new AdminFixture(1)) {
      assertThat(admin.both.ourReply(0, "BGSAVE")).isEqualTo("+Background saving started\r\n");
      admin.answer = Persistence.Answer.SCHEDULED;
      assertThat(admin.both.ourReply(0, "BGSAVE", "SCHEDULE"))
          .isEqualTo("+Background saving scheduled\r\n");
      admin.answer = Persistence.Answer.ALREADY;
      assertThat(admin.both.ourReply(0, "BGSAVE"))
          .isEqualTo("-ERR Background save already in progress\r\n");
      assertThat(admin.both.ourReply(0, "BGREWRITEAOF"))
          .isEqualTo("-ERR Background append only file rewriting already in progress\r\n");
      assertThat(admin.asked).containsExactly("save false", "save true", "save false", "base");
    }
  }

  @Test
  void shouldHaveEveryFieldOfInfo() {
    // What these count does not exist here.
    Set<String> left = Set.of("total_reads_processed", "total_writes_processed", "errorstat_ERR");
    try (AdminFixture admin = new AdminFixture(1, "--appendonly", "yes")) {
      List<String> ours = infoFields(admin.both.ourReply(0, "INFO", "everything"));
      List<String> theirs = infoFields(admin.both.theirReply(0, "INFO", "everything"));
      theirs.removeAll(left);
      theirs.removeIf(
          name -> name.startsWith("cmdstat_") || name.startsWith("latency_percentiles_"));
      // Ours stand among them; Redis's are all there, in its order.
      ours.retainAll(theirs);
      assertThat(ours).isEqualTo(theirs);
    }
  }

  private static List<String> infoFields(@Nullable String reply) {
    List<String> names = new ArrayList<>();
    for (String line : Objects.toString(Wire.read(Objects.requireNonNull(reply))).split("\r\n")) {
      names.add(line.replaceFirst(":.*", ""));
    }
    names.removeIf(String::isEmpty);
    return names;
  }
}
