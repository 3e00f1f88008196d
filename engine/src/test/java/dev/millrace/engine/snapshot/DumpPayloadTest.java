package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.snapshot.DumpPayload.Verdict;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DumpPayloadTest {
  private static final RespError WRONG_SUM =
      new RespError("ERR DUMP payload version or checksum are wrong");
  private static final RespError BAD_FORMAT = new RespError("ERR Bad data format");

  private final DumpPayload payload = new DumpPayload();

  @AfterEach
  void giveBack() {
    payload.close();
  }

  @Test
  void shouldBeRestoredByRedisAndRestoreWhatRedisDumps() {
    long seed = 81;
    SplittableRandom random = new SplittableRandom(seed);
    try (RealRedis redis = RealRedis.start()) {
      RespClient client = redis.client();
      for (int i = 0; i < 400; i++) {
        byte[] value = Bytes.someValue(random, i % 50 == 0 ? 300_000 : 200);
        String context = "value %d of seed %d".formatted(i, seed);
        assertThat(client.call("RESTORE", "ours", "0", encode(value, i % 2 == 0), "REPLACE"))
            .as(context)
            .isEqualTo("OK");
        assertThat(client.call("GET", "ours")).as(context).isEqualTo(value);
        byte[] theirs = (byte[]) Objects.requireNonNull(client.call("DUMP", "ours"));
        assertThat(decode(theirs)).as(context).isEqualTo(value);
      }
    }
  }

  @Test
  void shouldDumpEveryNumberAsRedisDoes() {
    try (RealRedis redis = RealRedis.start()) {
      for (long number :
          new long[] {
            0,
            1,
            -1,
            127,
            128,
            -128,
            -129,
            32767,
            32768,
            -32768,
            -32769,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            1L + Integer.MAX_VALUE,
            Integer.MIN_VALUE - 1L,
            Long.MAX_VALUE,
            Long.MIN_VALUE
          }) {
        redis.client().text("SET", "n", Long.toString(number));
        payload.encodeInteger(number);
        assertThat(encoded()).as("%d", number).isEqualTo(redis.client().call("DUMP", "n"));
        assertThat(decode(encoded()))
            .isEqualTo(Long.toString(number).getBytes(StandardCharsets.US_ASCII));
      }
    }
  }

  @Test
  void shouldRefuseWhatRedisRefusesForTheSameReason() {
    byte[] good = encode("some value that is whole".getBytes(StandardCharsets.US_ASCII), true);
    byte[] flipped = good.clone();
    flipped[3] ^= 1;
    byte[] newer = good.clone();
    newer[good.length - 10] = 99;
    byte[] empty = {};
    byte[] noValue = sum(new byte[] {}, 10);
    byte[] cut = sum(new byte[] {0, 50, 'a'}, 10);
    // Redis lets a value reach into the footer; here that is damage.
    byte[] intoFooter = sum(new byte[] {0, 5, 'a'}, 10);
    byte[] unknownType = sum(new byte[] {99, 1, 'a'}, 10);
    byte[] badLength = sum(new byte[] {0, (byte) 0x90, 0, 0, 0, 1, 'a'}, 10);
    byte[] badEncoding = sum(new byte[] {0, (byte) 0xc7, 1}, 10);
    byte[] badLzf = sum(new byte[] {0, (byte) 0xc3, 2, 10, (byte) 0x80, 5}, 10);
    byte[] trailing = sum(new byte[] {0, 1, 'a', 'b', 'c'}, 10);
    byte[] older = sum(new byte[] {0, 1, 'a'}, 1);
    try (RealRedis redis = RealRedis.start()) {
      for (byte[] bytes : List.of(flipped, newer, empty, Arrays.copyOf(good, 9))) {
        assertThat(restore(redis, bytes)).isEqualTo(WRONG_SUM);
        assertThat(verdict(bytes)).isEqualTo(Verdict.WRONG_VERSION_OR_CHECKSUM);
      }
      for (byte[] bytes : List.of(noValue, cut, unknownType, badLength, badEncoding, badLzf)) {
        assertThat(restore(redis, bytes)).as(Arrays.toString(bytes)).isEqualTo(BAD_FORMAT);
        assertThat(verdict(bytes)).as(Arrays.toString(bytes)).isEqualTo(Verdict.BAD_FORMAT);
      }
      for (byte[] bytes : List.of(good, trailing, older)) {
        assertThat(restore(redis, bytes)).isEqualTo("OK");
        assertThat(verdict(bytes)).isEqualTo(Verdict.SOUND);
      }
      assertThat(verdict(intoFooter)).isEqualTo(Verdict.BAD_FORMAT);
      redis.client().call("RPUSH", "list", "a");
      byte[] list = (byte[]) Objects.requireNonNull(redis.client().call("DUMP", "list"));
      assertThat(verdict(list)).isEqualTo(Verdict.SOUND);
      assertThat(payload.isString()).isFalse();
      assertThat(payload.type()).isEqualTo(18);
    }
  }

  @Test
  void shouldSurviveAnyDamageUnderACorrectChecksum() {
    long seed = 82;
    SplittableRandom random = new SplittableRandom(seed);
    int sound = 0;
    for (int cycle = 0; cycle < Damage.CYCLES; cycle++) {
      byte[] bytes = encode(Bytes.someValue(random, 120), true);
      byte[] body = Arrays.copyOf(bytes, bytes.length - 10);
      byte[] damaged = sum(Damage.some(random, body), 1 + random.nextInt(12));
      Verdict verdict = verdict(damaged);
      if (verdict == Verdict.SOUND) {
        sound++;
      }
      assertThat(verdict)
          .as("cycle %d of seed %d", cycle, seed)
          .isNotEqualTo(Verdict.WRONG_VERSION_OR_CHECKSUM);
    }
    assertThat(sound)
        .as("some damage hits the content only")
        .isBetween(Damage.CYCLES / 30, Damage.CYCLES * 29 / 30);
  }

  @Test
  void shouldNoticeEveryFlippedBit() {
    byte[] good = encode(Bytes.text(new SplittableRandom(83), 90), true);
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] damaged = good.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(verdict(damaged)).as("bit %d", bit).isEqualTo(Verdict.WRONG_VERSION_OR_CHECKSUM);
    }
  }

  private byte[] encode(byte[] value, boolean compress) {
    try (Bytes bytes = Bytes.of(value)) {
      payload.encodeString(bytes.address(), bytes.length(), compress);
    }
    return encoded();
  }

  private byte[] encoded() {
    return Memory.bytes(payload.address(), payload.length());
  }

  private byte[] decode(byte[] dump) {
    try (Bytes bytes = Bytes.of(dump)) {
      assertThat(payload.decode(bytes.address(), bytes.length())).isEqualTo(Verdict.SOUND);
      return payload.isInteger()
          ? Long.toString(payload.integer()).getBytes(StandardCharsets.US_ASCII)
          : Memory.bytes(payload.valueAddress(), (int) payload.valueLength());
    }
  }

  private Verdict verdict(byte[] dump) {
    try (Bytes bytes = Bytes.of(dump)) {
      Verdict verdict = payload.decode(bytes.address(), bytes.length());
      if (verdict == Verdict.SOUND && payload.isString() && !payload.isInteger()) {
        Memory.hash(payload.valueAddress(), payload.valueLength());
      }
      return verdict;
    }
  }

  private static @Nullable Object restore(RealRedis redis, byte[] dump) {
    return redis.client().call("RESTORE", "theirs", "0", dump, "REPLACE");
  }

  private static byte[] sum(byte[] body, int version) {
    byte[] whole = Arrays.copyOf(body, body.length + 10);
    whole[body.length] = (byte) version;
    long crc = Crc64.update(Crc64.EMPTY, whole, 0, body.length + 2);
    for (int i = 0; i < 8; i++) {
      whole[body.length + 2 + i] = (byte) (crc >>> (8 * i));
    }
    return whole;
  }
}
