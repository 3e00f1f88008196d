package dev.millrace.engine.command.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobPatternTest {
  private static final int TEXT_BYTES_MAX = 8192;

  private final Region region = new Region(TEXT_BYTES_MAX);

  @AfterEach
  void close() {
    region.close();
  }

  private boolean matches(String pattern, String string) {
    byte[] p = pattern.getBytes(StandardCharsets.ISO_8859_1);
    byte[] s = string.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(region.address(), p, 0, p.length);
    Memory.put(region.address() + p.length, s, 0, s.length);
    boolean offHeap =
        GlobPattern.matches(region.address(), p.length, region.address() + p.length, s.length);
    assertThat(GlobPattern.matches(region.address(), p.length, s))
        .as("the same on and off the heap")
        .isEqualTo(offHeap);
    return offHeap;
  }

  private boolean matchesIgnoringCase(String pattern, String string) {
    byte[] p = pattern.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(region.address(), p, 0, p.length);
    return GlobPattern.matchesIgnoringCase(
        region.address(), p.length, string.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldMatchWhatRedisMatches(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    Set<String> strings = new TreeSet<>();
    while (strings.size() < 200) {
      strings.add(randomText(random, "abc-^]\u00e9z", 7));
    }
    try (RealRedis redis = RealRedis.start()) {
      RespClient client = redis.client();
      for (String string : strings) {
        client.call("SET", string.getBytes(StandardCharsets.ISO_8859_1), "");
      }
      for (int i = 0; i < 600; i++) {
        String pattern = randomText(random, "abc-^]\u00e9z****??[[[\\", 9);
        if (pattern.equals("*")) {
          continue;
        }
        Set<String> expected = new TreeSet<>();
        Object reply = client.call("KEYS", pattern.getBytes(StandardCharsets.ISO_8859_1));
        for (Object key : (List<?>) Objects.requireNonNull(reply)) {
          expected.add(new String((byte[]) key, StandardCharsets.ISO_8859_1));
        }
        Set<String> found = new TreeSet<>();
        for (String string : strings) {
          if (matches(pattern, string)) {
            found.add(string);
          }
        }
        assertThat(found).as("seed %d, pattern '%s'", seed, pattern).isEqualTo(expected);
      }
    }
  }

  private static String randomText(RandomGenerator random, String alphabet, int lengthMax) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void shouldTakeTimeThatGrowsWithTheProductOfTheLengthsOnly() {
    String pattern = "a*".repeat(300) + "b";
    String string = "a".repeat(3_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> assertThat(matches(pattern, string)).isFalse());
  }

  @Test
  void shouldGiveUpBeyondAThousandStarsAsRedisDoes() {
    String string = "a".repeat(1500);
    assertThat(matches("*a".repeat(1000), string)).isTrue();
    assertThat(matches("*a".repeat(1000) + "*", string)).isTrue();
    assertThat(matches("*a".repeat(1001), string)).isFalse();
  }

  @Test
  void shouldMatchTheEmptyStringWithTheEmptyPatternOnly() {
    assertThat(matches("", "")).isTrue();
    assertThat(matches("*", "")).isFalse();
    assertThat(matches("**", "")).isFalse();
    assertThat(matches("", "a")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "MaxMemory, maxmemory, true",
    "max*, MAXMEMORY, true",
    "[L-N]ax?, maxM, true",
    "\\M, m, true",
    "[\\M], m, false",
    "min*, maxmemory, false"
  })
  void shouldIgnoreTheCaseOfLettersWhereAsked(String pattern, String string, boolean expected) {
    assertThat(matchesIgnoringCase(pattern, string)).isEqualTo(expected);
  }

  @Test
  void shouldTellThePatternThatStandsForEverything() {
    List<Boolean> answers = new ArrayList<>();
    for (String pattern : List.of("*", "**", "", "a")) {
      byte[] bytes = pattern.getBytes(StandardCharsets.US_ASCII);
      Memory.put(region.address(), bytes, 0, bytes.length);
      answers.add(GlobPattern.isEverything(region.address(), bytes.length));
    }
    assertThat(answers).containsExactly(true, false, false, false);
  }
}
