package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which entries each policy lets go. */
class EvictionTest {
  private static final int KEYS = 1000;

  private final KeyspaceFixture fixture = new KeyspaceFixture(3, 7);

  @AfterEach
  void closeWithoutLeaks() {
    fixture.close();
  }

  /** Evicts a tenth of the keys and returns the average of the numbers in their names. */
  private double averageEvicted() {
    for (int i = 0; i < KEYS / 10; i++) {
      assertThat(fixture.keyspace.evictOne()).isPositive();
    }
    assertThat(new HashSet<>(fixture.evicted)).hasSize(KEYS / 10);
    return fixture.evicted.stream()
        .mapToInt(name -> Integer.parseInt(name.substring(name.indexOf('k') + 1)))
        .average()
        .orElseThrow();
  }

  @Test
  void shouldEvictWhatWasUnusedLongest() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.ALLKEYS_LRU);
    for (int i = 0; i < KEYS; i++) {
      fixture.set(i % 2, "k" + i, "v");
      fixture.clock.millis += 1000;
    }
    // Random choice would average 500, perfect choice 50.
    assertThat(averageEvicted()).isLessThan(150);
    fixture.checkTables("after eviction");
  }

  @Test
  void shouldSpareWhatWasReadLately() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.VOLATILE_LRU);
    for (int i = 0; i < KEYS; i++) {
      fixture.set(0, "k" + i, "v", fixture.clock.millis + 1_000_000_000);
    }
    fixture.clock.millis += 60_000;
    for (int i = 0; i < KEYS / 2; i++) {
      fixture.get(0, "k" + i);
    }
    assertThat(averageEvicted()).isGreaterThan(650);
  }

  @Test
  void shouldEvictWhatIsUsedLeastOften() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.ALLKEYS_LFU);
    for (int i = 0; i < KEYS; i++) {
      fixture.set(0, "k" + i, "v");
    }
    for (int i = KEYS / 2; i < KEYS; i++) {
      for (int read = 0; read < 30; read++) {
        fixture.get(0, "k" + i);
      }
    }
    averageEvicted();
    long often =
        fixture.evicted.stream()
            .filter(name -> Integer.parseInt(name.substring(3)) >= KEYS / 2)
            .count();
    assertThat(often).isLessThan(5);
  }

  @Test
  void shouldEvictWhatExpiresSoonest() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.VOLATILE_TTL);
    for (int i = 0; i < KEYS; i++) {
      fixture.set(0, "k" + i, "v", fixture.clock.millis + 1_000_000L + i * 1000L);
      fixture.set(1, "lasting" + i, "v");
    }
    assertThat(averageEvicted()).isLessThan(150);
    assertThat(fixture.db(1).size()).isEqualTo(KEYS);
  }

  @ParameterizedTest
  @EnumSource(EvictionPolicy.class)
  void shouldEvictAllThePolicyAllowsAndNoMore(EvictionPolicy policy) {
    fixture.keyspace.evictionPolicy(policy);
    for (int i = 0; i < 60; i++) {
      fixture.set(i % 3, "volatile" + i, "v", fixture.clock.millis + 1000);
      fixture.set(i % 3, "lasting" + i, "v");
    }
    int expected = policy == EvictionPolicy.NOEVICTION ? 0 : policy.isExpiringOnly() ? 60 : 120;
    int evictions = 0;
    while (fixture.keyspace.evictOne() > 0) {
      evictions++;
    }
    assertThat(evictions).isEqualTo(expected);
    assertThat(fixture.keyspace.statistics().evictedKeys()).isEqualTo(expected);
    if (policy.isExpiringOnly()) {
      assertThat(fixture.evicted).allMatch(name -> name.contains("volatile"));
    }
    assertThat(EvictionPolicy.named(policy.configName())).isEqualTo(policy);
  }

  @Test
  void shouldNotTouchCandidatesThatWereDeletedOrMovedMeanwhile() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.ALLKEYS_LRU);
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < 40; i++) {
        fixture.set(i % 3, "k" + i, "v".repeat(i));
      }
      assertThat(fixture.keyspace.evictOne()).isPositive();
      // The pool is now full of candidates; checked memory fails the test if one of them is read.
      for (int i = 0; i < 40; i += 2) {
        fixture.delete(i % 3, "k" + i);
      }
      fixture.keyspace.swap(0, round % 3);
      assertThat(fixture.keyspace.evictOne()).isPositive();
      fixture.keyspace.flush(round % 2 == 0);
      fixture.clock.millis += 5000;
      assertThat(fixture.keyspace.evictOne()).isZero();
    }
    assertThat(fixture.evicted).hasSize(100);
  }

  @Test
  void shouldReturnTheBytesOfWhatItEvicted() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.ALLKEYS_RANDOM);
    fixture.set(0, "k", "v".repeat(100_000));
    long before = fixture.keyspace.usedBytes() - fixture.keyspace.tableBytes();
    long evicted = fixture.keyspace.evictOne();
    long after = fixture.keyspace.usedBytes() - fixture.keyspace.tableBytes();
    assertThat(evicted).isEqualTo(before - after + EntryTables.SLOT_BYTES);
    assertThat(after).isZero();
  }

  @Test
  void shouldCountAccessesLogarithmicallyAndLetThemDecay() {
    fixture.keyspace.evictionPolicy(EvictionPolicy.ALLKEYS_LFU);
    Inspection inspection = fixture.keyspace.inspection();
    long entry = fixture.set(0, "k", "v");
    assertThat(inspection.frequency(entry)).isEqualTo(5);
    for (int i = 0; i < 1000; i++) {
      fixture.get(0, "k");
    }
    int frequency = inspection.frequency(entry);
    // Redis documents 18 for a thousand hits with factor 10.
    assertThat(frequency).isBetween(12, 26);
    fixture.peek(0, "k");
    assertThat(inspection.frequency(entry)).isEqualTo(frequency);
    fixture.clock.millis += 3 * 60_000;
    assertThat(inspection.frequency(entry)).isEqualTo(frequency - 3);
    fixture.keyspace.lfu(10, 2);
    assertThat(inspection.frequency(entry)).isEqualTo(frequency - 1);
    fixture.keyspace.lfu(10, 0);
    assertThat(inspection.frequency(entry)).isEqualTo(frequency);
    fixture.keyspace.lfu(10, 1);
    long replaced = fixture.set(0, "k", "another value, of another length altogether");
    assertThat(inspection.frequency(replaced)).as("SET keeps it").isEqualTo(frequency - 3);
    inspection.setFrequency(replaced, 200);
    assertThat(inspection.frequency(replaced)).isEqualTo(200);
    fixture.clock.millis += 300 * 60_000L;
    assertThat(inspection.frequency(replaced)).isZero();
  }

  @Test
  void shouldMeasureIdleTimeInSecondsAcrossTheTurnOfTheClock() {
    Inspection inspection = fixture.keyspace.inspection();
    long turn = ((fixture.clock.millis / 1000 / (1 << 24)) + 1) * (1 << 24) * 1000L;
    fixture.clock.millis = turn - 5000;
    long entry = fixture.set(0, "k", "v");
    fixture.clock.millis = turn - 2000;
    assertThat(inspection.idleSeconds(entry)).isEqualTo(3);
    fixture.clock.millis = turn + 10_000;
    // Redis counts one second short across the turn.
    assertThat(inspection.idleSeconds(entry)).isEqualTo(14);
    fixture.peek(0, "k");
    assertThat(inspection.idleSeconds(entry)).isEqualTo(14);
    fixture.get(0, "k");
    assertThat(inspection.idleSeconds(entry)).isZero();
    inspection.setIdleSeconds(entry, 1000);
    assertThat(List.of(inspection.idleSeconds(entry))).first().isIn(999L, 1000L);
  }
}
