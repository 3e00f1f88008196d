package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How keys and values lie in memory, and what that costs. */
class EntryTest {
  private final KeyspaceFixture fixture = new KeyspaceFixture(2, 21);
  private final Inspection inspection = fixture.keyspace.inspection();

  @AfterEach
  void closeWithoutLeaks() {
    fixture.close();
  }

  @Test
  void shouldTake88BytesForAKeyOf16AndAValueOf64() {
    long before = fixture.keyspace.usedBytes() - fixture.keyspace.tableBytes();
    long entry = fixture.set(0, "k".repeat(16), "v".repeat(64));
    long after = fixture.keyspace.usedBytes() - fixture.keyspace.tableBytes();
    assertThat(after - before).isEqualTo(88);
    assertThat(inspection.memoryUsage(entry)).isEqualTo(88 + 8);
  }

  @Test
  void shouldStayBelow115BytesPerSuchEntryIndexIncluded() {
    int worst = 0;
    for (int i = 1; i <= 50_000; i++) {
      fixture.set(0, "%016d".formatted(i), "v".repeat(64));
      if (i >= 10_000 && i % 1000 == 0 && !fixture.db(0).tables().entries().isRehashing()) {
        worst = Math.max(worst, (int) (fixture.keyspace.usedBytes() / i));
      }
    }
    assertThat(worst).isBetween(88 + 9, 115);
  }

  @Test
  void shouldNameEncodingsAsRedisDoes() {
    assertThat(encoding("12345678901234567890")).isEqualTo("embstr");
    assertThat(encoding("9223372036854775807")).isEqualTo("int");
    assertThat(encoding("9223372036854775808")).isEqualTo("embstr");
    assertThat(encoding("-9223372036854775808")).isEqualTo("int");
    assertThat(encoding("-9223372036854775809")).isEqualTo("embstr");
    assertThat(encoding("-0")).isEqualTo("embstr");
    assertThat(encoding("+1")).isEqualTo("embstr");
    assertThat(encoding("007")).isEqualTo("embstr");
    assertThat(encoding(" 7")).isEqualTo("embstr");
    assertThat(encoding("0")).isEqualTo("int");
    assertThat(encoding("")).isEqualTo("embstr");
    assertThat(encoding("x".repeat(44))).isEqualTo("embstr");
    assertThat(encoding("x".repeat(45))).isEqualTo("raw");
    assertThat(encoding("x".repeat(32 * 1024))).isEqualTo("raw");
    assertThat(encoding("x".repeat(32 * 1024 + 1))).isEqualTo("raw");
    assertThat(inspection.typeName(fixture.peek(0, "k"))).isEqualTo("string");
  }

  private String encoding(String value) {
    long entry = fixture.set(0, "k", value);
    assertThat(KeyspaceFixture.string(entry)).isEqualTo(value);
    assertThat(Entry.valueLength(entry)).isEqualTo(value.length());
    return inspection.encodingName(entry);
  }

  @Test
  void shouldKeepKeysOfAnyLength() {
    for (int length : new int[] {0, 1, 254, 255, 256, 40_000, 300_000}) {
      String key = "k".repeat(length);
      long entry = fixture.set(0, key, "v", fixture.clock.millis + 1000);
      assertThat(Entry.keyLength(entry)).isEqualTo(length);
      assertThat(fixture.get(0, key)).isEqualTo("v");
      assertThat(KeyspaceFixture.key(entry)).isEqualTo(key);
      long renamed = fixture.rename(0, key, 1, key + "'");
      assertThat(KeyspaceFixture.key(renamed)).isEqualTo(key + "'");
      assertThat(Entry.expireAt(renamed)).isEqualTo(fixture.clock.millis + 1000);
    }
    assertThat(fixture.db(0).size()).isZero();
    assertThat(fixture.db(1).size()).isEqualTo(7);
  }

  @Test
  void shouldNeverCopyALargeValueForItsExpiryOrItsName() {
    long entry = fixture.set(0, "big", "b".repeat(100_000));
    long blob = Entry.valueAddress(entry);
    entry = fixture.db(0).setExpire(entry, fixture.hash("big"), fixture.clock.millis);
    assertThat(Entry.valueAddress(entry)).isEqualTo(blob);
    assertThat(fixture.db(0).persist(entry, fixture.hash("big"))).isTrue();
    entry = fixture.rename(0, "big", 0, "large");
    assertThat(Entry.valueAddress(entry)).isEqualTo(blob);
    fixture.db(0).move(entry, fixture.hash("large"), fixture.db(1));
    assertThat(Entry.valueAddress(fixture.peek(1, "large"))).isEqualTo(blob);
    long copy = fixture.copy(1, "large", 0, "copy");
    assertThat(Entry.valueAddress(copy)).isNotEqualTo(blob);
    assertThat(fixture.get(0, "copy")).isEqualTo(fixture.get(1, "large"));
    assertThat(inspection.memoryUsage(copy)).isGreaterThan(100_000);
  }

  @Test
  void shouldAppendInPlaceWhileThereIsRoom() {
    long entry = fixture.set(0, "k", "start");
    int moves = 0;
    for (int length = 6; length <= 3000; length++) {
      long changed = fixture.db(0).reserveString(entry, fixture.hash("k"), length);
      Memory.putByte(Entry.valueAddress(changed) + length - 1, (byte) '+');
      moves += changed == entry ? 0 : 1;
      entry = changed;
    }
    assertThat(moves).isBetween(5, 12);
    assertThat(fixture.get(0, "k")).isEqualTo("start" + "+".repeat(2995));
  }

  @Test
  void shouldTurnANumberIntoItsDigitsBeforeItIsChanged() {
    long entry = fixture.setLong(0, "k", Long.MIN_VALUE, Database.NO_EXPIRY);
    assertThat(Entry.valueLength(entry)).isEqualTo(20);
    entry = fixture.db(0).reserveString(entry, fixture.hash("k"), 22);
    assertThat(KeyspaceFixture.string(entry)).isEqualTo("-9223372036854775808\0\0");
    entry = fixture.setLong(0, "k", 7, Database.NO_EXPIRY);
    entry = fixture.db(0).reserveString(entry, fixture.hash("k"), 100_000);
    assertThat(KeyspaceFixture.string(entry)).isEqualTo("7" + "\0".repeat(99_999));
    assertThat(Entry.encoding(entry)).isEqualTo(Entry.BLOB);
  }

  @Test
  void shouldReadAndWriteNumbersAsJavaDoes() {
    SplittableRandom random = new SplittableRandom(4);
    long address = fixture.stage(1, "-".repeat(20));
    for (int i = 0; i < 10_000; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      String text = Long.toString(number);
      assertThat(Decimal.length(number)).isEqualTo(text.length());
      assertThat(Decimal.format(number, address)).isEqualTo(text.length());
      assertThat(KeyspaceFixture.text(address, text.length())).isEqualTo(text);
      assertThat(Decimal.isLong(address, text.length())).isTrue();
      assertThat(Decimal.parse(address, text.length())).isEqualTo(number);
      int position = random.nextInt(text.length());
      Memory.putByte(address + position, (byte) random.nextInt(256));
      String changed = KeyspaceFixture.text(address, text.length());
      assertThat(Decimal.isLong(address, text.length()))
          .as(changed)
          .isEqualTo(isCanonical(changed));
    }
  }

  private static boolean isCanonical(String text) {
    try {
      return Long.toString(Long.parseLong(text)).equals(text);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
