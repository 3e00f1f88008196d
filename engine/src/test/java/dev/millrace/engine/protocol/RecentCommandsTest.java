package dev.millrace.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecentCommandsTest {
  private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());

  private final Map<String, KnownCommand> known = new HashMap<>();
  private int asked;

  @Test
  void shouldAnswerAsTheTableBehindForAnyNames() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String name : new String[] {"get", "GET", "gett", "geet", "gget", "set", "zincrby"}) {
      known.put(name, () -> 1);
    }
    RecentCommands recent = new RecentCommands(this::find);
    for (int i = 0; i < 20_000; i++) {
      String name = random.nextInt(4) == 0 ? word(random) : anyKnown(random);
      assertThat(find(recent, name)).as("%s, seed %d", name, SEED).isSameAs(known.get(name));
    }
  }

  @Test
  void shouldNotAskTheTableTwiceForTheSameSpelling() {
    known.put("hincrby", () -> 1);
    RecentCommands recent = new RecentCommands(this::find);
    find(recent, "hincrby");
    int before = asked;
    assertThat(find(recent, "hincrby")).isSameAs(known.get("hincrby"));
    assertThat(asked).isEqualTo(before);
  }

  private String anyKnown(SplittableRandom random) {
    return known.keySet().stream().skip(random.nextInt(known.size())).findFirst().orElseThrow();
  }

  private static String word(SplittableRandom random) {
    StringBuilder word = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      word.append("getsz".charAt(random.nextInt(5)));
    }
    return word.toString();
  }

  private static @Nullable KnownCommand find(CommandLookup lookup, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    // Exactly as long as the name, so that checked memory sees a byte read beyond it.
    try (Region region = new Region(Math.max(1, bytes.length))) {
      Memory.put(region.address(), bytes, 0, bytes.length);
      return lookup.find(region.address(), bytes.length);
    }
  }

  private @Nullable KnownCommand find(long address, int length) {
    asked++;
    return known.get(new String(Memory.bytes(address, length), StandardCharsets.US_ASCII));
  }
}
