package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * L6: the commands a server runs most allocate nothing. Measured in a JVM of its own, for checked
 * memory, which is on in tests, keeps a stack trace for each allocation.
 */
class HotCommandsTest {
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 20_000;

  /** Below this many bytes for all calls measured, what was allocated is not by the calls. */
  private static final long NOISE_BYTES = 16 * 1024;

  @Test
  void l6_hotCommandsAllocateNothing() throws IOException, InterruptedException {
    Process probe =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener",
                "-cp",
                System.getProperty("java.class.path"),
                HotCommandsTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(probe.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(probe.exitValue()).as(out).isZero();
    for (String name : commands().keySet()) {
      assertThat(out).contains("measured " + name + " ");
    }
    assertThat(out.lines().filter(line -> line.startsWith("measured")))
        .allSatisfy(line ->
            assertThat(Long.parseLong(line.split(" ")[2])).as(line).isLessThan(NOISE_BYTES));
  }

  /** Prints for each hot command how many bytes its calls allocated. */
  public static void main(String[] arguments) {
    try (CommandRunner runner = new CommandRunner(1)) {
      CommandRunner.Session client = runner.client();
      runner.wire("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
      runner.wire("XGROUP", "CREATE", "s2", "g", "0", "MKSTREAM");
      commands()
          .forEach((name, bytes) -> {
            client.allocatedBytes(WARM_UP, bytes);
            long allocated = client.allocatedBytes(MEASURED, bytes);
            System.out.println("measured " + name + " " + allocated);
          });
    }
  }

  private static Map<String, byte[]> commands() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("set", CommandRunner.encode("SET", "k", "value"));
    all.put("set-large", CommandRunner.encode("SET", "large", "v".repeat(2000)));
    all.put("set-px", CommandRunner.encode("SET", "k", "value", "PX", "100000"));
    all.put("get", CommandRunner.encode("GET", "k"));
    all.put("get-missing", CommandRunner.encode("GET", "missing"));
    all.put("incr", CommandRunner.encode("INCR", "counter"));
    all.put("mset", CommandRunner.encode("MSET", "a", "1", "b", "2", "c", "three"));
    all.put("mget", CommandRunner.encode("MGET", "a", "b", "missing", "counter"));
    all.put("rpush", CommandRunner.encode("RPUSH", "list", "element"));
    all.put("lpush-number", CommandRunner.encode("LPUSH", "list", "17"));
    all.put("lrange", CommandRunner.encode("LRANGE", "list", "-10", "-1"));
    all.put("lindex", CommandRunner.encode("LINDEX", "list", "100"));
    all.put("lset", CommandRunner.encode("LSET", "list", "5", "other"));
    all.put("lmove", CommandRunner.encode("LMOVE", "list", "list", "LEFT", "RIGHT"));
    all.put("lpop", CommandRunner.encode("LPOP", "list"));
    all.put("blpop", CommandRunner.encode("BLPOP", "missing", "list", "0"));
    all.put("ltrim", CommandRunner.encode("LTRIM", "list", "0", "100"));
    all.put("exists", CommandRunner.encode("EXISTS", "a", "missing"));
    all.put("expire", CommandRunner.encode("EXPIRE", "a", "1000"));
    all.put("setbit", CommandRunner.encode("SETBIT", "bits", "100000", "1"));
    all.put("getbit", CommandRunner.encode("GETBIT", "bits", "77"));
    all.put("bitcount", CommandRunner.encode("BITCOUNT", "bits", "1", "-1"));
    all.put("bitpos", CommandRunner.encode("BITPOS", "bits", "1", "3"));
    all.put("bitop", CommandRunner.encode("BITOP", "XOR", "result", "bits", "k"));
    all.put(
        "bitfield",
        CommandRunner.encode("BITFIELD", "bits", "INCRBY", "i13", "#5", "3", "GET", "u8", "0"));
    all.put("pfadd", CommandRunner.encode("PFADD", "hll", "x", "y", "z"));
    all.put("pfcount", CommandRunner.encode("PFCOUNT", "hll"));
    all.put("pfmerge", CommandRunner.encode("PFMERGE", "merged", "hll"));
    all.put("xadd", CommandRunner.encode("XADD", "s", "MAXLEN", "~", "100", "*", "f", "v"));
    all.put("xrange", CommandRunner.encode("XRANGE", "s", "-", "+", "COUNT", "3"));
    all.put("xrevrange", CommandRunner.encode("XREVRANGE", "s", "+", "-", "COUNT", "3"));
    all.put("xread", CommandRunner.encode("XREAD", "COUNT", "3", "STREAMS", "s", "0"));
    all.put("xack", CommandRunner.encode("XACK", "s", "g", "1-1"));
    ByteArrayOutputStream readAgain = new ByteArrayOutputStream();
    readAgain.writeBytes(CommandRunner.encode("XADD", "s2", "MAXLEN", "5", "*", "f", "v"));
    readAgain.writeBytes(
        CommandRunner.encode("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s2", ">"));
    readAgain.writeBytes(CommandRunner.encode("XPENDING", "s2", "g", "-", "+", "5"));
    readAgain.writeBytes(CommandRunner.encode("XAUTOCLAIM", "s2", "g", "d", "0", "0"));
    all.put("xreadgroup", readAgain.toByteArray());
    for (String key : List.of("small", "x".repeat(70))) {
      all.put(key.length() < 10 ? "zset-small" : "zset-large", sortedSet(key));
    }
    all.put("geosearch", geo());
    ByteArrayOutputStream setAndDel = new ByteArrayOutputStream();
    setAndDel.writeBytes(CommandRunner.encode("SET", "gone", "v"));
    setAndDel.writeBytes(CommandRunner.encode("DEL", "gone", "missing"));
    all.put("del", setAndDel.toByteArray());
    return all;
  }

  /** A sorted set that is small or large as its key is, which is one of its members too. */
  private static byte[] sortedSet(String key) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String command :
        List.of(
            "ZADD %s 1.5 %s 3 b 0.1 c",
            "ZINCRBY %s 0.1 %s",
            "ZSCORE %s %s",
            "ZRANK %s %s",
            "ZRANGE %s 0 -1 WITHSCORES",
            "ZRANGEBYSCORE %s (1 +inf LIMIT 0 2",
            "ZCOUNT %s -inf 2.5",
            "ZREM %s b nothing",
            "ZPOPMIN %s",
            "ZREMRANGEBYSCORE %s 5 6")) {
      out.writeBytes(CommandRunner.encode((Object[]) command.replace("%s", key).split(" ")));
    }
    return out.toByteArray();
  }

  private static byte[] geo() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String command :
        List.of(
            "GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
            "GEODIST geo Palermo Catania km",
            "GEOPOS geo Palermo",
            "GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST WITHCOORD")) {
      out.writeBytes(CommandRunner.encode((Object[]) command.split(" ")));
    }
    return out.toByteArray();
  }
}
