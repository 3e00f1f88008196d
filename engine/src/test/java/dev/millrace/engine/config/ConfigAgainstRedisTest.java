package dev.millrace.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares configuration with a real redis-server's, directive by directive. */
class ConfigAgainstRedisTest {
  private static final Path STOCK = Path.of("/etc/redis/redis.conf");
  private static final Set<String> OURS =
      Set.of(
          "aof-segment-size",
          "aof-retention-size",
          "aof-retention-time",
          "repl-log-max-gap-percent",
          "repl-rdb-channel",
          "repl-apply-delay",
          "repl-apply-until",
          "repl-sync-less",
          "repl-transfer-max-rate",
          "snapshot-max-rate",
          "replica-full-sync-buffer-limit",
          "io-transport");

  @TempDir Path directory;

  private static List<String> strings(@Nullable Object reply) {
    List<String> texts = new ArrayList<>();
    for (Object element : (List<?>) Objects.requireNonNull(reply)) {
      texts.add(new String((byte[]) element, StandardCharsets.ISO_8859_1));
    }
    return texts;
  }

  @Test
  void shouldHaveEveryDirectiveOfRedisWithItsDefault() {
    try (RealRedis redis = RealRedis.start()) {
      List<String> theirs = strings(redis.client().call("CONFIG", "GET", "*"));
      Config config = new Config();
      TreeMap<String, String> ours = new TreeMap<>(config.get(List.of("*")));
      TreeMap<String, String> expected = new TreeMap<>();
      for (int i = 0; i < theirs.size(); i += 2) {
        expected.put(theirs.get(i), theirs.get(i + 1));
      }
      // The fixture sets these; the defaults of two differ on purpose.
      for (String set :
          List.of(
              "port",
              "dir",
              "save",
              "bind",
              "logfile",
              "pidfile",
              "appendonly",
              "maxclients",
              "daemonize",
              "enable-debug-command",
              "enable-protected-configs",
              "enable-module-command",
              "dbfilename",
              "loglevel",
              "repl-diskless-load",
              "repl-diskless-sync-delay")) {
        assertThat(ours).containsKey(set);
        expected.put(set, ours.get(set));
      }
      assertThat(config.persistence.appendonly.text()).isEqualTo("yes");
      assertThat(config.replication.replDisklessLoad.text()).isEqualTo("swapdb");
      ours.keySet().removeAll(OURS);
      assertThat(ours).isEqualTo(expected);
    }
  }

  @Test
  void shouldAnswerConfigSetAsRedisDoesForEveryDirective() {
    try (RealRedis redis = RealRedis.start("--repl-diskless-load", "swapdb")) {
      RespClient client = redis.client();
      Config config = new Config();
      List<String> values =
          List.of(
              "zzz",
              "",
              "-1",
              "0",
              "1",
              "10%",
              "101%",
              "5mb",
              "1 2 3",
              "a b",
              "3 3",
              "yes",
              "9223372036854775807",
              "9223372036854775808",
              "-9223372036854775808",
              "007");
      // What a real server does with these reaches outside of it, or is not the value's matter.
      Set<String> skipped =
          Set.of(
              "bind",
              "port",
              "tls-port",
              "dir",
              "requirepass",
              "maxclients",
              "activedefrag",
              "unixsocket",
              "save",
              "oom-score-adj",
              "loglevel",
              "appendonly",
              "tls-replication",
              "tls-cluster",
              "tls-auth-clients",
              "replicaof",
              "maxmemory",
              "maxmemory-clients",
              "watchdog-period",
              "key-load-delay",
              "rdb-key-save-delay",
              "jemalloc-bg-thread",
              "dbfilename",
              "min-replicas-to-write",
              "timeout",
              "oom-score-adj-values",
              "latency-tracking-info-percentiles",
              "client-query-buffer-limit");
      for (Directive directive : config.all()) {
        String name = directive.name();
        if (OURS.contains(name) || skipped.contains(name) || name.startsWith("tls-")) {
          continue;
        }
        for (String value : values) {
          Object theirs = client.call("CONFIG", "SET", name, value);
          String expected = theirs instanceof RespError e ? e.toString() : String.valueOf(theirs);
          assertThat(set(config, name, value))
              .as("CONFIG SET %s '%s'", name, value)
              .isEqualTo(expected);
          assertThat(config.get(List.of(name)).get(name))
              .as("CONFIG GET %s after '%s'", name, value)
              .isEqualTo(strings(client.call("CONFIG", "GET", name)).get(1));
        }
      }
    }
  }

  private static String set(Config config, String... namesAndValues) {
    try {
      config.set(Arrays.asList(namesAndValues), false);
      return "OK";
    } catch (ConfigException refused) {
      return new RespError("ERR " + refused.text()).toString();
    }
  }

  @Test
  void shouldAcceptAndRewriteTheStockFileAsRedisDoes() throws Exception {
    List<String> more =
        List.of(
            "slave-priority 50",
            "",
            "",
            "save 900 1",
            "save 300 10",
            "slave-priority 55",
            "maxmemory 1gb",
            "  timeout   0  ");
    int freePort = freePort();
    Path theirFile = edited("theirs.conf", freePort, more);
    Path ourFile = edited("ours.conf", freePort, more);
    Config config = load(ourFile);
    String[] changes = {
      "CONFIG",
      "SET",
      "save",
      "1 2 3 4 5 6",
      "client-output-buffer-limit",
      "normal 1024 2048 1",
      "maxmemory-policy",
      "allkeys-lru",
      "notify-keyspace-events",
      "KEA",
      "oom-score-adj-values",
      "1 2 3",
      "latency-tracking-info-percentiles",
      "1 2.5",
      "maxmemory-clients",
      "5%",
      "tcp-keepalive",
      "10",
      "lfu-log-factor",
      "11"
    };
    int port = config.network.port.intValue();
    Process process =
        new ProcessBuilder(RealRedis.program("redis-server").toString(), theirFile.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    try (RespClient client = connect(port)) {
      compareFiles(client, config, theirFile, ourFile, changes);
      compareFiles(client, config, theirFile, ourFile, "CONFIG", "SET", "save", "", "hz", "10");
    } finally {
      process.destroyForcibly().waitFor();
    }
    Config again = load(ourFile);
    for (Directive directive : config.all()) {
      assertThat(again.find(directive.name())).isNotNull();
      assertThat(again.get(List.of(directive.name())))
          .isEqualTo(config.get(List.of(directive.name())));
    }
  }

  private void compareFiles(
      RespClient redis, Config config, Path theirFile, Path ourFile, String... changes)
      throws IOException {
    assertThat(redis.text((Object[]) changes)).isEqualTo("OK");
    assertThat(set(config, Arrays.copyOfRange(changes, 2, changes.length))).isEqualTo("OK");
    assertThat(redis.text("CONFIG", "REWRITE")).isEqualTo("OK");
    new ConfigRewriter(config, List.of(), false).write(ourFile);
    String signature = "# Generated by CONFIG REWRITE";
    List<String> theirs = Files.readAllLines(theirFile, StandardCharsets.ISO_8859_1);
    List<String> ours = Files.readAllLines(ourFile, StandardCharsets.ISO_8859_1);
    int theirEnd = theirs.indexOf(signature);
    int ourEnd = ours.indexOf(signature);
    assertThat(settled(ours.subList(0, ourEnd))).isEqualTo(settled(theirs.subList(0, theirEnd)));
    // Redis appends in the order of a hash table, and the one user of its ACL.
    assertThat(settled(ours.subList(ourEnd, ours.size())))
        .containsExactlyInAnyOrderElementsOf(settled(theirs.subList(theirEnd, theirs.size())));
  }

  /** Without what differs by design: the ACL's one user, and appendonly's default. */
  private static List<String> settled(List<String> lines) {
    return lines.stream()
        .filter(line -> !line.startsWith("user ") && !line.startsWith("appendonly "))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static RespClient connect(int port) throws InterruptedException {
    for (int attempt = 0; ; attempt++) {
      try {
        return RespClient.connect(port);
      } catch (java.io.UncheckedIOException notYet) {
        if (attempt == 100) {
          throw notYet;
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  private static int freePort() throws IOException {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path edited(String name, int port, List<String> more) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(STOCK, StandardCharsets.ISO_8859_1));
    lines.replaceAll(line ->
        line.startsWith("logfile ") || line.startsWith("pidfile ")
            ? "# " + line
            : line.startsWith("dir ") ? "dir " + directory : line);
    lines.replaceAll(line -> line.equals("daemonize yes") ? "daemonize no" : line);
    lines.replaceAll(line -> line.equals("port 6379") ? "port " + port : line);
    lines.addAll(more);
    return Files.write(directory.resolve(name), lines, StandardCharsets.ISO_8859_1);
  }

  private static Config load(Path file) throws ConfigFileException {
    Config config = new Config();
    new ConfigLoader(config, "Millrace")
        .load(
            ServerArguments.parse(List.of(file.toString())), new ByteArrayInputStream(new byte[0]));
    return config;
  }

  @Test
  void shouldReportTheErrorsOfAFileAsRedisDoes() throws Exception {
    List<List<String>> commandLines =
        List.of(
            List.of("-x"),
            List.of("--port"),
            List.of("--foo"),
            List.of("--port", "1", "2"),
            List.of("--save", "60", "1", "--port", "--dir"),
            List.of("--port", "7000", "--enable-debug-command"),
            List.of("--proc-title-template", "--my{title}", "--port", "x"));
    for (String content :
        List.of(
            "port 7000\n\n# c\nmaxmemory zzz",
            "  save 900 x  ",
            "foo \"bar",
            "sentinel x",
            "replicaof a",
            "replicaof a b",
            "appendfilename a/b",
            "appendfilename \"\"",
            "appenddirname a/b",
            "appenddirname ''",
            "dbfilename a/b",
            "port 1 2",
            "save 900 1 2",
            "client-output-buffer-limit normal 1 2",
            "databases 0",
            "requirepass a b",
            "unixsocketperm 8888",
            "ignore-warnings a b",
            "loglevel a b",
            "maxmemory 1tb",
            "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
            "include",
            "list-max-ziplist-value",
            "replicaof x 1\ncluster-enabled yes",
            "requirepass \"a\"b",
            "dir /nonexistent",
            "notify-keyspace-events q",
            "oom-score-adj-values 1 2 9999")) {
      compareErrors(content, List.of("-"));
    }
    for (List<String> commandLine : commandLines) {
      compareErrors("", commandLine);
    }
  }

  private static void compareErrors(String content, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(RealRedis.program("redis-server").toString());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    try {
      process.outputWriter(StandardCharsets.ISO_8859_1).append(content).close();
      // One that started after all took the content for good.
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("%s %s", arguments, content).isTrue();
      String theirs =
          new String(process.getErrorStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      String ours = "";
      try {
        new ConfigLoader(new Config(), "Redis 7.0.15")
            .load(
                ServerArguments.parse(arguments),
                new ByteArrayInputStream(content.getBytes(StandardCharsets.ISO_8859_1)));
      } catch (ConfigFileException refused) {
        ours = refused.text();
      }
      assertThat(ours).as("%s %s", arguments, content).isNotEmpty().isEqualTo(theirs);
    } finally {
      process.destroyForcibly();
    }
  }
}
