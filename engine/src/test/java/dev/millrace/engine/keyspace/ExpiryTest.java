package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When entries expire, and what each mode makes of it. */
class ExpiryTest {
  private final KeyspaceFixture fixture = new KeyspaceFixture(2, 1);

  @AfterEach
  void closeWithoutLeaks() {
    fixture.close();
  }

  @Test
  void shouldKeepAnEntryThroughTheLastMillisecondAndNoLonger() {
    long at = fixture.clock.millis + 100;
    fixture.set(0, "k", "v", at);
    fixture.clock.millis = at;
    assertThat(fixture.get(0, "k")).isEqualTo("v");
    assertThat(fixture.expired).isEmpty();
    fixture.clock.millis = at + 1;
    assertThat(fixture.get(0, "k")).isNull();
    assertThat(fixture.expired).containsExactly("0:k");
    assertThat(fixture.db(0).size()).isZero();
    assertThat(fixture.db(0).expiring()).isZero();
    assertThat(fixture.keyspace.statistics().expiredKeys()).isEqualTo(1);
  }

  @Test
  void shouldCountReadsAsHitsAndMissesButNotWrites() {
    fixture.set(0, "k", "v", fixture.clock.millis);
    fixture.get(0, "k");
    fixture.peek(0, "k");
    fixture.get(0, "absent");
    fixture.findForWrite(0, "k");
    fixture.findForWrite(0, "absent");
    fixture.clock.millis++;
    fixture.get(0, "k");
    assertThat(fixture.keyspace.statistics().hits()).isEqualTo(2);
    assertThat(fixture.keyspace.statistics().misses()).isEqualTo(2);
  }

  @Test
  void shouldReportAnExpiredEntryThatIsReplacedOrDeleted() {
    fixture.set(0, "replaced", "old", fixture.clock.millis);
    fixture.set(0, "deleted", "old", fixture.clock.millis);
    fixture.set(0, "kept", "old", fixture.clock.millis);
    fixture.clock.millis++;
    fixture.set(0, "replaced", "new");
    assertThat(fixture.delete(0, "deleted")).isFalse();
    long kept = fixture.set(0, "kept", "new", Database.KEEP_EXPIRY);
    assertThat(Entry.hasExpiry(kept)).as("an expired entry's expiry is not kept").isFalse();
    assertThat(fixture.expired).containsExactly("0:replaced", "0:deleted", "0:kept");
  }

  @Test
  void shouldHideExpiredEntriesFromAReplicasClientsButKeepThem() {
    fixture.set(0, "k", "v", fixture.clock.millis);
    fixture.clock.millis++;
    fixture.keyspace.expiryMode(ExpiryMode.HIDE);
    assertThat(fixture.get(0, "k")).isNull();
    assertThat(fixture.exists(0, "k")).isFalse();
    assertThat(fixture.db(0).size()).isEqualTo(1);
    assertThat(fixture.keyspace.expireSlice(KeyspaceFixture.AMPLE_NANOS)).isZero();
    assertThat(fixture.db(0).scan(0, entry -> assertThat(entry).isZero())).isZero();
    assertThat(fixture.expired).isEmpty();
    assertThat(KeyspaceFixture.key(fixture.db(0).randomKey()))
        .as("where all are volatile, Redis names an expired key rather than none")
        .isEqualTo("k");
    fixture.keyspace.expiryMode(ExpiryMode.IGNORE);
    assertThat(fixture.get(0, "k")).isEqualTo("v");
    assertThat(fixture.delete(0, "k")).isTrue();
    assertThat(fixture.expired).isEmpty();
  }

  @Test
  void shouldDeleteExpiredEntriesNobodyAsksFor() {
    for (int i = 0; i < 1000; i++) {
      fixture.set(i % 2, "k" + i, "v", fixture.clock.millis + (i < 900 ? 0 : 1000));
    }
    fixture.clock.millis++;
    while (fixture.db(0).size() + fixture.db(1).size() > 105) {
      fixture.keyspace.expireSlice(KeyspaceFixture.AMPLE_NANOS);
    }
    assertThat(fixture.expired.size()).isGreaterThanOrEqualTo(895).isLessThanOrEqualTo(900);
    assertThat(fixture.db(0).averageTtlMillis()).isEqualTo(999);
    fixture.checkTables("after expiry");
  }

  @Test
  void shouldStopAnExpirySliceAtItsBudget() {
    for (int i = 0; i < 2000; i++) {
      fixture.set(0, "k" + i, "v", fixture.clock.millis);
    }
    fixture.clock.millis++;
    fixture.clock.nanosPerLook = 1000;
    int first = fixture.keyspace.expireSlice(1000);
    assertThat(first).as("one loop's worth").isBetween(20, 20 + 40);
    assertThat(fixture.keyspace.statistics().expireTimeCapReached()).isEqualTo(1);
    int second = fixture.keyspace.expireSlice(10_000);
    assertThat(second).isBetween(150, 600);
    assertThat(fixture.db(0).size()).isEqualTo(2000 - first - second);
  }

  @Test
  void shouldNotLingerWhereFewHaveExpired() {
    for (int i = 0; i < 2000; i++) {
      fixture.set(0, "k" + i, "v", fixture.clock.millis + 10_000);
    }
    fixture.clock.nanosPerLook = 1;
    fixture.keyspace.expireSlice(KeyspaceFixture.AMPLE_NANOS);
    assertThat(fixture.clock.nanos()).as("looks at the clock").isLessThan(10);
    assertThat(fixture.keyspace.statistics().expireTimeCapReached()).isZero();
  }

  @Test
  void shouldNotMeetAnExpiredEntryInScanOrRandomKey() {
    for (int i = 0; i < 50; i++) {
      fixture.set(0, "gone" + i, "v", fixture.clock.millis);
    }
    fixture.set(0, "there", "v");
    fixture.clock.millis++;
    assertThat(KeyspaceFixture.key(fixture.db(0).randomKey())).isEqualTo("there");
    long cursor = 0;
    do {
      cursor =
          fixture.db(0).scan(cursor, e -> assertThat(KeyspaceFixture.key(e)).isEqualTo("there"));
    } while (cursor != 0);
    assertThat(fixture.db(0).size()).as("what the scan met was deleted").isEqualTo(1);
    assertThat(fixture.expired).hasSize(50);
  }

  @Test
  void shouldKeepKeyAndValueWhenAnExpiryComesAndGoes() {
    for (int length = 0; length < 300; length++) {
      String key = "k".repeat(length);
      long entry = fixture.set(0, key, "value of " + length);
      long hash = fixture.hash(key);
      entry = fixture.db(0).setExpire(entry, hash, fixture.clock.millis + length);
      assertThat(KeyspaceFixture.key(entry)).isEqualTo(key);
      assertThat(KeyspaceFixture.string(entry)).isEqualTo("value of " + length);
      assertThat(fixture.db(0).expireAt(entry)).isEqualTo(fixture.clock.millis + length);
      assertThat(fixture.db(0).persist(entry, hash)).isTrue();
      assertThat(fixture.db(0).persist(entry, hash)).isFalse();
      assertThat(KeyspaceFixture.key(entry)).isEqualTo(key);
      assertThat(KeyspaceFixture.string(entry)).isEqualTo("value of " + length);
    }
    assertThat(fixture.db(0).expiring()).isZero();
  }
}
