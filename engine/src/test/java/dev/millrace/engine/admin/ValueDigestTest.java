package dev.millrace.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Of what Redis dumps, the digest must be the one that Redis tells. */
class ValueDigestTest {
  private static final Map<String, Integer> TYPES =
      Map.of("list", 1, "set", 2, "zset", 3, "hash", 4, "stream", 6);

  private final SplittableRandom random = new SplittableRandom(91);

  @Test
  void shouldBeTheOneOfRedisForCollectionsOfEveryTypeAndEncoding() throws Exception {
    try (RealRedis redis = RealRedis.start("--enable-debug-command", "yes")) {
      RespClient client = redis.client();
      for (int size : new int[] {1, 2, 20, 100, 700, 3000}) {
        for (boolean numbers : new boolean[] {true, false}) {
          fill(client, size, numbers);
          for (String key : TYPES.keySet()) {
            byte[] dump = (byte[]) Objects.requireNonNull(client.call("DUMP", key));
            List<?> theirs =
                (List<?>) Objects.requireNonNull(client.call("DEBUG", "DIGEST-VALUE", key));
            assertThat(digest(key, dump))
                .as("%s of %d, type %d", key, size, dump[0])
                .isEqualTo(theirs.get(0));
          }
        }
      }
    }
  }

  private void fill(RespClient client, int size, boolean numbers) {
    client.call("FLUSHALL");
    for (int i = 0; i < size; i++) {
      String element = numbers ? Integer.toString(random.nextInt() >> random.nextInt(31)) : text();
      client.send("RPUSH", "list", element);
      client.send("SADD", "set", element);
      client.send("ZADD", "zset", score(i), element);
      client.send("HSET", "hash", element, text());
      List<Object> entry = new ArrayList<>(List.of("XADD", "stream", "*", "a", text()));
      if (i % 3 == 0) {
        entry.addAll(List.of(text(), element));
      }
      client.send(entry.toArray());
      for (int replies = 0; replies < 5; replies++) {
        client.read();
      }
    }
    if (size > 10) {
      List<?> some =
          (List<?>) Objects.requireNonNull(client.call("XRANGE", "stream", "-", "+", "COUNT", "8"));
      for (Object entry : some) {
        client.call("XDEL", "stream", ((List<?>) entry).get(0));
      }
    }
  }

  private String text() {
    return Integer.toString(random.nextInt(), 36)
        .repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 900 : 4));
  }

  private String score(int i) {
    return switch (i % 7) {
      case 0 -> "inf";
      case 1 -> "-inf";
      case 2 -> Integer.toString(random.nextInt());
      case 3 -> Double.toString(random.nextDouble() * 1e-9);
      case 4 -> Double.toString(Double.longBitsToDouble(random.nextLong() & ~(1L << 62)));
      case 5 -> "-0";
      default -> Double.toString(random.nextDouble());
    };
  }

  private static String digest(String type, byte[] dump) throws IOException {
    Sha1Mix sha1 = new Sha1Mix();
    byte[] digest = new byte[Sha1Mix.BYTES];
    sha1.mix(
        digest, ByteBuffer.allocate(4).putInt(Objects.requireNonNull(TYPES.get(type))).array());
    try (DumpPayload payload = new DumpPayload();
        Region region = new Region(dump.length)) {
      Memory.put(region.address(), dump, 0, dump.length);
      assertThat(payload.decode(region.address(), dump.length))
          .isEqualTo(DumpPayload.Verdict.SOUND);
      new ValueDigest(sha1).value(digest, payload.type(), payload.source());
    }
    return HexFormat.of().formatHex(digest);
  }
}
