package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What may be deleted, what must stay, and what must not be served. */
class RetentionTest {
  private static final LogOptions NOTHING_KEPT = LogOptions.DEFAULTS.withRetention(0, 0);

  private static LogFixture filled(TestStream stream, LogOptions options) throws IOException {
    LogFixture fixture = new LogFixture(new MemoryStore(), new MemoryLedger(List.of()), options);
    for (int i = 0; i < 4; i++) {
      fixture.write(stream.add(TestStream.select(0)));
      fixture.write(stream.next());
      fixture.writer.roll(0);
    }
    return fixture;
  }

  private static void adoptBase(LogFixture fixture, long offset) throws IOException {
    BaseDraft draft = fixture.log.newBase(offset);
    draft.write(ByteBuffer.wrap(new byte[10]));
    draft.adopt();
  }

  @Test
  void shouldKeepWhatARestartNeedsWhateverTheLimits() throws IOException {
    TestStream stream = new TestStream(1);
    LogFixture fixture = filled(stream, NOTHING_KEPT);
    assertThat(fixture.log.segments()).hasSize(5);
    adoptBase(fixture, stream.end());
    assertThat(fixture.log.segments()).hasSize(1);
    assertThat(fixture.log.held().start()).isEqualTo(stream.end());
    assertThat(fixture.store.files()).filteredOn(n -> n.startsWith("stream-")).hasSize(1);
  }

  @Test
  void l3_referencedSegmentIsNeverDeleted() throws IOException {
    TestStream stream = new TestStream(1);
    LogFixture fixture = filled(stream, NOTHING_KEPT);
    SegmentInfo second = fixture.log.segments().get(1);
    long inside = second.range().start() + 3;
    Pin pin = Check.present(fixture.log.pin(inside), "held");
    adoptBase(fixture, stream.end());
    assertThat(fixture.log.held().start()).isEqualTo(second.range().start());
    assertThat(fixture.log.pin(0)).as("gone").isNull();
    assertThat(fixture.log.openTransfer(0)).isNull();
    pin.advance(second.range().end());
    fixture.log.retire();
    assertThat(fixture.log.held().start()).isEqualTo(second.range().end());
    pin.close();
    fixture.log.retire();
    assertThat(fixture.log.segments()).hasSize(1);
  }

  @Test
  void l3_randomPinsAndTransfersNeverLoseTheirSegments() throws IOException {
    for (long seed = 0; seed < 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TestStream stream = new TestStream(seed);
      LogFixture fixture =
          new LogFixture(new MemoryStore(), new MemoryLedger(List.of()), NOTHING_KEPT);
      List<Pin> pins = new ArrayList<>();
      List<SegmentSource> sources = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        switch (random.nextInt(8)) {
          case 0 -> {
            fixture.writer.roll(0);
            if (random.nextBoolean()) {
              adoptBase(fixture, stream.end());
            }
          }
          case 1 -> {
            Pin pin = fixture.log.pin(random.nextLong(stream.end() + 1));
            if (pin != null) {
              pins.add(pin);
            }
          }
          case 2 -> {
            SegmentSource source = fixture.log.openTransfer(random.nextLong(stream.end() + 1));
            if (source != null) {
              sources.add(source);
            }
          }
          case 3 -> {
            if (!pins.isEmpty()) {
              pins.remove(random.nextInt(pins.size())).close();
            }
          }
          case 4 -> send(fixture, stream, sources, random);
          default -> fixture.write(stream.next());
        }
        long start = fixture.log.held().start();
        assertThat(pins).as("seed %d", seed).allMatch(p -> p.offset() >= start);
        assertThat(sources).as("seed %d", seed).allMatch(s -> s.offset() >= start);
      }
    }
  }

  private static void send(
      LogFixture fixture, TestStream stream, List<SegmentSource> sources, SplittableRandom random)
      throws IOException {
    if (sources.isEmpty()) {
      return;
    }
    SegmentSource source = sources.get(random.nextInt(sources.size()));
    SegmentPiece piece = source.next(random.nextInt(1, 500));
    if (piece == null) {
      assertThat(source.offset()).isEqualTo(fixture.log.writtenOffset());
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) piece.bytes());
    assertThat(piece.file().readFully(bytes, piece.filePosition())).isTrue();
    assertThat(bytes.array())
        .isEqualTo(stream.bytes(piece.offset(), piece.offset() + piece.bytes()));
    source.advance(piece.bytes());
  }

  @Test
  void l4_aBaseBeingWrittenPinsTheLogAtItsOffset() throws IOException {
    TestStream stream = new TestStream(1);
    LogFixture fixture = filled(stream, NOTHING_KEPT);
    long first = fixture.log.segments().get(1).range().start();
    BaseDraft draft = fixture.log.newBase(first);
    adoptBase(fixture, stream.end());
    assertThat(fixture.log.held().start()).isEqualTo(first);
    draft.close();
    assertThat(fixture.store.files()).noneMatch(n -> n.startsWith("temp-"));
    fixture.log.retire();
    assertThat(fixture.log.segments()).hasSize(1);
  }

  @Test
  void l8_rottenSegmentIsNeverServed() throws IOException {
    TestStream stream = new TestStream(1);
    LogFixture fixture = filled(stream, LogFixture.OPTIONS);
    SegmentInfo second = fixture.log.segments().get(1);
    byte[] whole = fixture.store.get(second.name().fileName());
    whole[5] ^= 4;
    fixture.store.put(second.name().fileName(), whole);
    SegmentSource source = Check.present(fixture.log.openTransfer(0), "held");
    SegmentPiece good = Check.present(source.next(1 << 20), "the first is good");
    source.advance(good.bytes());
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> source.next(1))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining(second.name().fileName())
          .hasMessageContaining("offset " + second.range().start());
    }
    source.close();
    assertThat(fixture.log.held().start()).isEqualTo(second.range().end());
    assertThat(fixture.log.openTransfer(second.range().start())).isNull();
    assertThat(fixture.log.segments().get(1).rotten()).isTrue();
  }
}
