package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.snapshot.RdbHeader.ReplicationPoint;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis 7.0 as the judge of both directions. */
class RdbWithRedisTest {
  private static final String REPLICATION_ID = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldWriteWhatRedisLoadsKeyForKey(boolean compress) throws Exception {
    long seed = compress ? 71 : 72;
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, byte[]> keys = new LinkedHashMap<>();
    for (int i = 0; i < 2000; i++) {
      keys.put(i % 7 == 0 ? Integer.toString(i) : "key:" + i, Bytes.someValue(random, 300));
    }
    keys.put("key repeated ".repeat(20), Bytes.text(random, 1000));
    keys.put("one block exactly", Bytes.text(random, LzfBlocks.BLOCK_BYTES));
    keys.put("blocks", Bytes.text(random, 3 * LzfBlocks.BLOCK_BYTES + 5));
    keys.put("noise in blocks", Bytes.noise(random, 200_000));
    byte[] mixed = Bytes.text(random, 400_000);
    System.arraycopy(Bytes.noise(random, 200_000), 0, mixed, 100_000, 200_000);
    keys.put("text, then noise, then text", mixed);
    keys.put("beyond compression", Bytes.text(random, StringEncoder.COMPRESSED_MAX_BYTES + 1));
    Files.write(directory.resolve("dump.rdb"), RdbImage.write(keys, compress));

    assertThat(check(directory.resolve("dump.rdb"))).contains("RDB looks OK");
    try (RealRedis redis = RealRedis.startIn(directory)) {
      assertThat(redis.client().call("DBSIZE")).isEqualTo((long) keys.size());
      keys.forEach((key, value) ->
          assertThat(redis.client().call("GET", key))
              .as("%s, seed %d", key, seed)
              .isEqualTo(value));
    }
  }

  @Test
  void shouldWriteExpiriesDatabasesAndReplicationPointAsRedisReadsThem() throws Exception {
    long expireAt = 4_102_444_800_123L;
    try (FileChannel file =
            FileChannel.open(
                directory.resolve("dump.rdb"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
        RdbWriter writer = new RdbWriter(file, true, true);
        Bytes key = Bytes.of("k");
        Bytes value = Bytes.of("v")) {
      ReplicationPoint point = new ReplicationPoint(REPLICATION_ID, 12_345_678_901L, 3);
      writer.header(new RdbHeader("7.0.15", 1_700_000_000, 1 << 20, point, true));
      writer.database(0);
      writer.sizes(1, 1);
      writer.expiry(expireAt);
      writer.string(key.address(), key.length(), value.address(), value.length());
      writer.database(15);
      writer.sizes(1, 0);
      writer.idle(100);
      writer.integer(key.address(), key.length(), Long.MIN_VALUE);
      writer.database(3);
      writer.frequency(77);
      writer.string(key.address(), key.length(), value.address(), 0);
      writer.finish();
      assertThat(writer.bytes()).isEqualTo(file.size());
    }
    assertThat(check(directory.resolve("dump.rdb"))).contains("RDB looks OK", "1 expires");
    try (RealRedis redis = RealRedis.startIn(directory, "--maxmemory-policy", "allkeys-lru")) {
      RespClient client = redis.client();
      assertThat(client.call("PEXPIRETIME", "k")).isEqualTo(expireAt);
      assertThat(client.text("GET", "k")).isEqualTo("v");
      client.text("SELECT", "15");
      assertThat(client.text("GET", "k")).isEqualTo(Long.toString(Long.MIN_VALUE));
      assertThat(client.text("OBJECT", "ENCODING", "k")).isEqualTo("int");
      client.text("SELECT", "3");
      assertThat(client.text("GET", "k")).isEmpty();
      assertThat(client.text("TTL", "k")).isEqualTo("-1");
    }
    RdbImage image = RdbImage.read(Files.readAllBytes(directory.resolve("dump.rdb")));
    assertThat(image.item(15, "k").idleSeconds()).isEqualTo(100);
    assertThat(image.item(3, "k").frequency()).isEqualTo(77);
    assertThat(image.item(0, "k").frequency()).isEqualTo(RdbEntry.NONE);
    assertThat(image.aux)
        .containsEntry("repl-id", REPLICATION_ID)
        .containsEntry("repl-offset", "12345678901")
        .containsEntry("repl-stream-db", "3")
        .containsEntry("aof-base", "1");
  }

  @Test
  void shouldKeepIdleTimeAndFrequencyThroughRedis() throws Exception {
    try (RealRedis redis = RealRedis.startIn(directory, "--maxmemory-policy", "allkeys-lfu")) {
      redis.client().text("SET", "k", "v");
      redis.client().text("SAVE");
    }
    RdbImage image = RdbImage.read(Files.readAllBytes(directory.resolve("dump.rdb")));
    assertThat(image.item(0, "k").frequency()).isBetween(1, 5);
    try (RealRedis redis = RealRedis.startIn(directory, "--maxmemory-policy", "allkeys-lru")) {
      redis.client().text("RESTORE", "r", "0", redisDump(redis), "IDLETIME", "500");
      redis.client().text("SAVE");
    }
    image = RdbImage.read(Files.readAllBytes(directory.resolve("dump.rdb")));
    assertThat(image.item(0, "r").idleSeconds()).isBetween(500L, 520L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void shouldReadWhatRedisSaves(String compression) throws Exception {
    long seed = 73;
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, byte[]> keys = new LinkedHashMap<>();
    try (RealRedis redis = RealRedis.startIn(directory, "--rdbcompression", compression)) {
      RespClient client = redis.client();
      for (int i = 0; i < 1500; i++) {
        keys.put(i % 5 == 0 ? Integer.toString(-i) : "k" + i, Bytes.someValue(random, 400));
      }
      keys.put("large", Bytes.text(random, 3_000_000));
      keys.forEach((key, value) -> client.text("SET", key, value));
      client.text("PEXPIREAT", "k1", "4102444800999");
      client.text("FUNCTION", "LOAD", "#!lua name=f\nredis.register_function('f', function() end)");
      client.text("SELECT", "9");
      client.text("SET", "other", "12");
      client.text("SAVE");
    }
    byte[] file = Files.readAllBytes(directory.resolve("dump.rdb"));
    for (int bufferBytes : new int[] {64, 300, 1 << 18}) {
      RdbImage image = RdbImage.read(new ByteArrayInputStream(file), bufferBytes);
      assertThat(image.databases.get(0)).hasSameSizeAs(keys);
      keys.forEach((key, value) ->
          assertThat(image.item(0, key).value())
              .as("%s, seed %d", key, seed)
              .isEqualTo(RdbImage.latin(value)));
      assertThat(image.item(0, "k1").expireAtMillis()).isEqualTo(4_102_444_800_999L);
      assertThat(image.item(0, "k2").expireAtMillis()).isEqualTo(RdbEntry.NONE);
      assertThat(image.item(9, "other").value()).isEqualTo("12");
      assertThat(image.item(9, "other").stored()).isTrue();
      assertThat(image.sizes.get(0)).containsExactly((long) keys.size(), 1L);
      assertThat(image.functions).startsWith("#!lua name=f");
      assertThat(image.aux).containsEntry("redis-ver", "7.0.15").containsEntry("redis-bits", "64");
    }
  }

  @Test
  void shouldChooseTheSameEncodingOfShortStringsAsRedis() throws Exception {
    SplittableRandom random = new SplittableRandom(74);
    try (RealRedis redis = RealRedis.startIn(directory, "--rdbcompression", "no")) {
      for (int i = 0; i < 500; i++) {
        byte[] value = Bytes.someValue(random, 30);
        redis.client().text("SET", "k" + i, value);
        try (DumpPayload payload = new DumpPayload();
            Bytes bytes = Bytes.of(value)) {
          payload.encodeString(bytes.address(), bytes.length(), false);
          assertThat(dev.millrace.engine.memory.Memory.bytes(payload.address(), payload.length()))
              .as("DUMP of '%s'", RdbImage.latin(value))
              .isEqualTo(redis.client().call("DUMP", "k" + i));
        }
      }
    }
  }

  private static byte[] redisDump(RealRedis redis) {
    redis.client().text("SET", "source", "value");
    return (byte[]) java.util.Objects.requireNonNull(redis.client().call("DUMP", "source"));
  }

  private static String check(Path file) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(RealRedis.program("redis-check-rdb").toString(), file.toString())
            .redirectErrorStream(true)
            .start();
    String output = RdbImage.latin(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
