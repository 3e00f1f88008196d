package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RDB files with every type and encoding, from Redis to Millrace and back. */
@Timeout(120)
class RdbExchangeTest {
  private static final String[] RDB_ONLY = {"--appendonly", "no"};

  /** Sizes on both sides of every threshold. */
  private static final int[] SIZES = {1, 5, 130, 600, 3000};

  /** The ziplist of a, 1, b, 2. */
  private static final String ZIPLIST =
      "15000000120000000400" + "000161" + "03f2" + "020162" + "03f3ff";

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(77);

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void millraceShouldLoadWhatRedisSaves(String compression) {
    String digest;
    List<String> encodings;
    try (RealRedis redis =
        RealRedis.startIn(
            directory, "--enable-debug-command", "yes", "--rdbcompression", compression)) {
      fill(redis.client());
      digest = redis.digest();
      encodings = encodings(redis);
      redis.client().text("SAVE");
    }
    try (LiveServer ours = LiveServer.startIn(directory, RDB_ONLY)) {
      assertThat(encodings(ours)).containsExactlyInAnyOrderElementsOf(encodings);
      assertThat(ours.digest()).isEqualTo(digest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void redisShouldLoadWhatMillraceSaves(String compression) {
    String digest;
    List<String> encodings;
    try (LiveServer ours =
        LiveServer.startIn(directory, "--appendonly", "no", "--rdbcompression", compression)) {
      fill(ours.client());
      digest = ours.digest();
      encodings = encodings(ours);
      ours.client().text("SAVE");
      ours.kill();
      ours.restart();
      assertThat(ours.digest()).as("loaded by Millrace").isEqualTo(digest);
    }
    try (RealRedis redis = RealRedis.startIn(directory, "--enable-debug-command", "yes")) {
      assertThat(encodings(redis)).containsExactlyInAnyOrderElementsOf(encodings);
      assertThat(redis.digest()).isEqualTo(digest);
    }
  }

  @Test
  void bothShouldReadTheFormsOfOlderVersionsAlike() throws Exception {
    ByteArrayOutputStream rdb = new ByteArrayOutputStream();
    rdb.writeBytes("REDIS0009".getBytes(StandardCharsets.US_ASCII));
    rdb.writeBytes(hex("fe00"));
    key(rdb, 1, "list", "02" + "0161" + "0162");
    key(rdb, 2, "set", "02" + "0161" + "c001");
    key(rdb, 3, "zset with texts", "03" + "0161" + "03312e35" + "0162" + "fe" + "0163" + "ff");
    key(rdb, 4, "hash", "01" + "0161" + "0162");
    key(rdb, 5, "zset", "01" + "0161" + "000000000000f83f");
    key(rdb, 9, "zipmap", "07" + "01" + "0161" + "010062" + "ff");
    key(rdb, 10, "list as ziplist", "15" + ZIPLIST);
    key(rdb, 11, "intset", "0c" + "02000000" + "02000000" + "fbff" + "0700");
    key(rdb, 12, "zset as ziplist", "15" + ZIPLIST);
    key(rdb, 13, "hash as ziplist", "15" + ZIPLIST);
    key(rdb, 14, "list of ziplists", "02" + "15" + ZIPLIST + "15" + ZIPLIST);
    rdb.write(0xff);
    rdb.writeBytes(new byte[Long.BYTES]);
    Files.write(directory.resolve("dump.rdb"), rdb.toByteArray());
    String digest;
    List<String> encodings;
    try (RealRedis redis = RealRedis.startIn(directory, "--enable-debug-command", "yes")) {
      assertThat(redis.client().call("DBSIZE")).isEqualTo(11L);
      digest = redis.digest();
      encodings = encodings(redis);
    }
    try (LiveServer ours = LiveServer.startIn(directory, RDB_ONLY)) {
      assertThat(encodings(ours)).containsExactlyInAnyOrderElementsOf(encodings);
      assertThat(ours.digest()).isEqualTo(digest);
    }
  }

  private static void key(ByteArrayOutputStream rdb, int type, String name, String value) {
    rdb.write(type);
    rdb.write(name.length());
    rdb.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    rdb.writeBytes(hex(value));
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private void fill(RespClient client) {
    for (int size : SIZES) {
      for (boolean numbers : new boolean[] {true, false}) {
        String suffix = size + (numbers ? ":numbers" : ":texts");
        for (int i = 0; i < size; i++) {
          Object element = numbers ? random.nextInt() >> random.nextInt(31) : text();
          client.send("RPUSH", "list:" + suffix, element);
          client.send("SADD", "set:" + suffix, element);
          client.send("ZADD", "zset:" + suffix, random.nextInt(1000) / 8.0, element);
          client.send("HSET", "hash:" + suffix, element, text());
          client.send("XADD", "stream:" + suffix, i + 1 + "-1", "field", element, text(), "v");
          for (int reply = 0; reply < 5; reply++) {
            client.read();
          }
        }
        client.text("SET", "string:" + suffix, text().repeat(size));
        client.text("PEXPIREAT", "list:" + suffix, "4102444800123");
      }
    }
    client.text("XGROUP", "CREATE", "stream:600:texts", "g", "0");
    client.text(
        "XREADGROUP", "GROUP", "g", "c", "COUNT", "150", "STREAMS", "stream:600:texts", ">");
    client.text("XACK", "stream:600:texts", "g", "3-1", "4-1");
    client.text("XDEL", "stream:600:texts", "5-1", "6-1", "600-1");
    client.text("XGROUP", "CREATE", "stream:5:numbers", "empty", "$");
    client.text("PFADD", "hll", "a", "b", "c");
    client.text("SETBIT", "bits", "100000", "1");
    client.text("SELECT", "9");
    client.text("ZADD", "scores", "inf", "a", "-inf", "b", "-0", "c", "1e-300", "d", "0.1", "e");
    client.text("HSET", "binary", new byte[] {0, -1, 13, 10}, new byte[300]);
    client.text("SELECT", "0");
  }

  private String text() {
    int length = random.nextInt(random.nextInt(200) == 0 ? 20_000 : 30);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(random.nextInt(1, 20)));
    }
    return Integer.toString(random.nextInt(), 36)
        + new String(bytes, StandardCharsets.US_ASCII)
        + ByteBuffer.wrap(bytes).hashCode();
  }

  private static List<String> encodings(Peer server) {
    List<?> keys = (List<?>) java.util.Objects.requireNonNull(server.client().call("KEYS", "*"));
    // A short string that was changed in place becomes embstr by being loaded, in Redis too.
    return keys.stream()
        .filter(key -> !server.client().text("TYPE", key).equals("string"))
        .map(key -> RespClient.render(key) + " " + server.client().text("OBJECT", "ENCODING", key))
        .sorted()
        .toList();
  }
}
