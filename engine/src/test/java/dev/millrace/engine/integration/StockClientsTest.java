package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.Program;
import dev.millrace.engine.testing.RealRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.params.SetParams;

/** Clients that people use, unchanged: they find nothing to complain about. */
@Timeout(300)
class StockClientsTest {
  private static final String IOREDIS = "ioredis@6.0.0";
  private static final String BULLMQ = "bullmq@6.7.0";

  @TempDir Path directory;
  private InProcessServer server;

  @BeforeEach
  void start() {
    server = InProcessServer.start(directory);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void jedisShouldWork() {
    try (Jedis jedis = new Jedis("127.0.0.1", server.port())) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.set("k", "v", SetParams.setParams().ex(100))).isEqualTo("OK");
      assertThat(jedis.get("k")).isEqualTo("v");
      assertThat(jedis.ttl("k")).isBetween(90L, 100L);
      assertThat(jedis.mset("a", "1", "b", "2")).isEqualTo("OK");
      assertThat(jedis.mget("a", "none", "b")).containsExactly("1", null, "2");
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> replies = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        replies.add(pipeline.incr("n"));
      }
      pipeline.sync();
      assertThat(replies.getLast().get()).isEqualTo(1000);
      jedis.watch("n");
      Transaction transaction = jedis.multi();
      transaction.incrBy("n", 5);
      transaction.append("k", "w");
      assertThat(transaction.exec()).containsExactly(1005L, 2L);
      assertThat(jedis.scan("0").getResult()).contains("k");
      assertThat(jedis.info("server")).contains("redis_version:7.0.");
    }
  }

  @Test
  void lettuceShouldWork() throws Exception {
    RedisURI uri = RedisURI.create("127.0.0.1", server.port());
    RedisClient client = RedisClient.create(uri);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      RedisCommands<String, String> sync = connection.sync();
      assertThat(sync.ping()).isEqualTo("PONG");
      assertThat(sync.set("k", "v")).isEqualTo("OK");
      assertThat(sync.getrange("k", 0, -1)).isEqualTo("v");
      assertThat(sync.mset(Map.of("a", "1", "b", "2"))).isEqualTo("OK");
      assertThat(sync.exists("a", "b", "none")).isEqualTo(2);
      List<RedisFuture<Long>> replies = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        replies.add(connection.async().incr("n"));
      }
      assertThat(replies.getLast().get(10, TimeUnit.SECONDS)).isEqualTo(1000);
      assertThat(sync.multi()).isEqualTo("OK");
      sync.incr("n");
      sync.get("k");
      assertThat(sync.exec().stream().toList()).isEqualTo(List.of(1001L, "v"));
      assertThat(sync.expire("k", 100)).isTrue();
      assertThat(sync.ttl("k")).isBetween(90L, 100L);
      assertThat(sync.info("server")).contains("redis_version:7.0.");
    } finally {
      client.shutdown(0, 5, TimeUnit.SECONDS);
    }
  }

  @Test
  void redisCliShouldWork() {
    assertThat(cli("SET", "k", "from the shell")).isEqualTo("OK\n");
    assertThat(cli("GET", "k")).isEqualTo("from the shell\n");
    assertThat(cli("-3", "INCR", "n")).isEqualTo("1\n");
    assertThat(cli("-n", "4", "SET", "x", "y")).isEqualTo("OK\n");
    assertThat(cli("--scan", "--pattern", "k*")).isEqualTo("k\n");
    assertThat(cli("--bigkeys")).contains("Sampled 2 keys in the keyspace");
    assertThat(cli("INFO", "keyspace")).contains("db0:keys=2", "db4:keys=1");
  }

  @Test
  void redisCliShouldFetchAnRdbFileThatAStockServerLoads(@TempDir Path other) {
    cli("SET", "k", "v");
    cli("--rdb", other.resolve("dump.rdb").toString());
    try (RealRedis loaded = RealRedis.startIn(other)) {
      assertThat(loaded.client().text("GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void redisBenchmarkShouldWork() {
    String tool = RealRedis.program("redis-benchmark").toString();
    String port = Integer.toString(server.port());
    String output =
        Program.run(
                directory,
                tool,
                "-p",
                port,
                "-t",
                "set,get,incr,mset",
                "-n",
                "20000",
                "-P",
                "4",
                "-q")
            .outputOfSuccess();
    assertThat(output.split("requests per second", -1)).hasSize(5);
    assertThat(output).doesNotContainIgnoringCase("error");
    assertThat(server.client().text("GET", "counter:__rand_int__")).isEqualTo("20000");
  }

  @Test
  void redisPyShouldWork() throws Exception {
    // Debian's own Python sees Debian's own python3-redis, whatever else is first on the path.
    String python = "/usr/bin/python3";
    if (Program.run(directory, python, "-c", "import redis").status() != 0 && Program.isRoot()) {
      Program.run(directory, "/usr/bin/apt-get", "install", "-y", "-q", "python3-redis");
    }
    assertThat(Program.run(directory, python, "-c", "import redis").status())
        .as("redis-py is missing: install the package `python3-redis`")
        .isZero();
    Program script =
        Program.run(directory, python, script("redis_py.py"), Integer.toString(server.port()));
    assertThat(script.outputOfSuccess()).contains("is content");
  }

  @Test
  void ioredisShouldWork() throws Exception {
    assertThat(node("ioredis", IOREDIS)).contains("is content");
  }

  @Test
  void bullMqShouldWork() throws Exception {
    assertThat(node("bullmq", BULLMQ, IOREDIS)).contains("is content");
  }

  /** Runs a script of that name by Node, with packages installed once under {@code target}. */
  private String node(String name, String... packages) throws Exception {
    String npm = Program.require("npm", "npm");
    String node = Program.require("node", "nodejs");
    Path modules = Path.of("target", name).toAbsolutePath();
    Files.createDirectories(modules);
    if (!Files.exists(modules.resolve("node_modules/" + name + "/package.json"))) {
      List<String> command = new ArrayList<>();
      command.addAll(List.of(npm, "install", "--no-audit", "--no-fund", "--prefix", "."));
      command.addAll(List.of(packages));
      Program install = Program.run(modules, command.toArray(String[]::new));
      assertThat(install.status())
          .as(
              "`npm install %s` failed; is the npm registry reachable?\n%s",
              String.join(" ", packages), install.output())
          .isZero();
    }
    Path script = modules.resolve(name + ".js");
    Files.copy(
        Path.of(script(name + ".js")), script, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    return Program.run(modules, node, script.toString(), Integer.toString(server.port()))
        .outputOfSuccess();
  }

  private String cli(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(RealRedis.program("redis-cli").toString());
    command.addAll(List.of("-p", Integer.toString(server.port())));
    command.addAll(List.of(arguments));
    return Program.run(directory, command.toArray(String[]::new)).outputOfSuccess();
  }

  private static String script(String name) throws URISyntaxException {
    return Path.of(
            Objects.requireNonNull(StockClientsTest.class.getResource("/clients/" + name)).toURI())
        .toString();
  }
}
