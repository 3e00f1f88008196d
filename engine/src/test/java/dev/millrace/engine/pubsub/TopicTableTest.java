package dev.millrace.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The table of channels beside a map, growing and shrinking; checked memory finds what leaks. */
class TopicTableTest {
  @Test
  void shouldHoldWhatAMapHolds() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    try (SlabAllocator memory = new SlabAllocator();
        Region name = new Region(64)) {
      TopicTable table = new TopicTable(memory);
      Map<String, Topic> model = new HashMap<>();
      for (int i = 0; i < 60_000; i++) {
        // Waves: it grows to some thousands, and shrinks to few.
        int range = 1 + (i / 10_000 % 2 == 0 ? 5_000 : 50);
        String text = "channel:" + random.nextInt(range);
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        Memory.put(name.address(), bytes, 0, bytes.length);
        long hash = Memory.hash(name.address(), bytes.length);
        if (random.nextInt(3) > 0 && range > 100) {
          Topic topic = table.findOrAdd(name.address(), bytes.length, hash);
          assertThat(model.getOrDefault(text, topic)).as("seed %d", seed).isSameAs(topic);
          model.put(text, topic);
        } else {
          Topic known = model.isEmpty() ? null : model.values().iterator().next();
          if (range < 100 && known != null) {
            String gone = text(known);
            table.remove(known);
            model.remove(gone);
          }
          assertThat(table.find(name.address(), bytes.length, hash))
              .as("seed %d", seed)
              .isSameAs(model.get(text));
        }
        assertThat(table.size()).isEqualTo(model.size());
      }
      Set<String> visited = new HashSet<>();
      table.forEach(topic -> assertThat(visited.add(text(topic))).isTrue());
      assertThat(visited).as("seed %d", seed).isEqualTo(model.keySet());
      table.clear();
      assertThat(table.size()).isZero();
    }
  }

  private static String text(Topic topic) {
    return new String(Memory.bytes(topic.name, topic.length), StandardCharsets.US_ASCII);
  }
}
