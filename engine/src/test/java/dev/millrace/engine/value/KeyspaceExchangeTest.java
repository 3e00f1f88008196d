package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A dataset that is replaced by another one, memory and all. */
class KeyspaceExchangeTest {
  /** One keyspace with its types, in memory of its own. */
  private static final class Holder {
    final SlabAllocator memory = new SlabAllocator();
    final Keyspace keyspace;
    final ValueTypes types;

    Holder() {
      keyspace = new Keyspace(memory, KeyspaceClock.of(() -> 0), new SplittableRandom(1), 4);
      types = new ValueTypes(memory, new Config().encodings, keyspace);
    }

    void set(int database, String key, String value) {
      byte[] bytes = (key + value).getBytes(StandardCharsets.UTF_8);
      try (Region region = new Region(bytes.length)) {
        Memory.put(region.address(), bytes, 0, bytes.length);
        keyspace
            .database(database)
            .setString(
                region.address(),
                key.length(),
                Memory.hash(region.address(), key.length()),
                region.address() + key.length(),
                value.length(),
                Database.NO_EXPIRY);
      }
    }

    boolean delete(int database, String key) {
      byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
      try (Region region = new Region(bytes.length)) {
        Memory.put(region.address(), bytes, 0, bytes.length);
        return keyspace
            .database(database)
            .delete(region.address(), bytes.length, Memory.hash(region.address(), bytes.length));
      }
    }
  }

  @Test
  void anEmptyDatasetShouldHoldNothingInItsMemoryButTables() {
    Holder empty = new Holder();
    assertThat(empty.memory.usedBytes()).isEqualTo(empty.keyspace.tableBytes());
    empty.keyspace.close();
    empty.types.close();
    empty.memory.close();
  }

  @Test
  void shouldTakeOverAllEntriesOfAnotherKeyspaceAndLeaveItOurs() {
    Holder served = new Holder();
    Holder incoming = new Holder();
    for (int i = 0; i < 5000; i++) {
      served.set(0, "old:" + i, "v".repeat(i % 700));
    }
    for (int i = 0; i < 3000; i++) {
      incoming.set(1, "new:" + i, "w".repeat(i % 900));
    }
    incoming.set(2, "large", "x".repeat(1 << 20));
    served.keyspace.database(0).flush(true);
    served.set(0, "old:again", "v");
    long used = incoming.memory.usedBytes();

    served.keyspace.exchange(incoming.keyspace);

    assertThat(served.memory.usedBytes()).isEqualTo(used);
    assertThat(served.keyspace.database(0).size()).isZero();
    assertThat(served.keyspace.database(1).size()).isEqualTo(3000);
    assertThat(served.keyspace.lazyFree().isIdle()).isTrue();
    incoming.memory.abandon();
    incoming.types.close();
    // From here on the memory is the one that came, and nobody else's.
    for (int i = 0; i < 3000; i++) {
      served.set(1, "new:" + i, "y".repeat(i % 300));
      served.set(3, "more:" + i, "z");
    }
    for (int i = 0; i < 3000; i++) {
      assertThat(served.delete(1, "new:" + i)).isTrue();
    }
    served.keyspace.close();
    served.types.close();
    served.memory.close();
  }
}
