package dev.millrace.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.backlog.AdaptiveWaitStrategy;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import dev.millrace.backlog.BlockSlice;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.backlog.StreamRing;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicationStreamTest {
  private static final String SELECT_0 = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
  private static final String SELECT_3 = "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n";
  private static final String INCR = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";

  private final Backlog backlog = new Backlog(0, 1 << 20, 4096, 1 << 22);
  private final List<String> events = new ArrayList<>();
  private final StreamRing ring =
      new StreamRing(
          64, new AdaptiveWaitStrategy(TimeUnit.MILLISECONDS.toNanos(20)), (t, e, f) -> {});
  private final Region bytes = new Region(4096);
  private final ReplicationStream stream = new ReplicationStream(backlog, ring, 16, 0);

  @AfterEach
  void close() {
    ring.close();
    stream.close();
    backlog.close();
    bytes.close();
  }

  private void append(int database, String command) {
    byte[] text = command.getBytes(StandardCharsets.ISO_8859_1);
    Memory.put(bytes.address(), text, 0, text.length);
    stream.append(database, bytes.address(), text.length);
  }

  private String streamed() {
    stream.publish();
    StringBuilder all = new StringBuilder();
    try (BacklogReader reader = Objects.requireNonNull(backlog.openReader(0))) {
      for (BlockSlice slice = reader.next(4096); slice != null; slice = reader.next(4096)) {
        all.append(StandardCharsets.ISO_8859_1.decode(slice.buffer()));
        slice.release();
      }
    }
    return all.toString();
  }

  @Test
  void l1_theStreamSelectsADatabaseOnlyWhereItChanges() {
    append(0, INCR);
    append(0, INCR);
    append(3, INCR);
    append(0, INCR);
    assertThat(streamed()).isEqualTo(SELECT_0 + INCR + INCR + SELECT_3 + INCR + SELECT_0 + INCR);
  }

  @Test
  void l1_whatFollowsARollBeginsWithSelectEvenWhenItIsAPing() {
    append(3, INCR);
    long rolledAt = stream.roll();
    stream.ping();
    append(3, INCR);
    assertThat(streamed().substring((int) rolledAt))
        .isEqualTo(SELECT_0 + "*1\r\n$4\r\nPING\r\n" + SELECT_3 + INCR);
  }

  @Test
  void l2_aFullSegmentIsRolledAtTheEndOfARoundWhereTheNextOneBegins() {
    ring.addConsumer("test", (event, sequence, endOfBatch) -> note(event));
    ring.start();
    stream.segmentBytes(100);
    for (int i = 0; i < 10; i++) {
      append(0, INCR);
      stream.publish();
    }
    Awaitility.await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> {
          stream.publish();
          return rolls().size() >= 2;
        });
    long previous = 0;
    for (long roll : rolls()) {
      assertThat(roll - previous).isBetween(100L, 100L + SELECT_0.length() + INCR.length());
      assertThat(streamed().substring((int) roll)).startsWith(SELECT_0);
      previous = roll;
    }
  }

  @Test
  void l4_aRollRightAfterARestartEndsTheSegmentTheServerStoppedIn() {
    ring.addConsumer("test", (event, sequence, endOfBatch) -> note(event));
    ring.start();
    append(0, INCR);
    stream.publish();
    long recovered = stream.offset();
    try (ReplicationStream restarted = new ReplicationStream(backlog, ring, 16, 0)) {
      restarted.continueSegment(0);
      assertThat(restarted.roll()).isEqualTo(recovered);
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> rolls().contains(recovered));
    }
  }

  private synchronized void note(StreamEvent event) {
    if (event.kind() == StreamEvent.Kind.ROLL) {
      events.add(Long.toString(event.offset()));
    }
  }

  private synchronized List<Long> rolls() {
    return events.stream().map(Long::parseLong).toList();
  }

  @Test
  void shouldWrapSeveralEffectsOfOneUnitAndLeaveASingleOneBare() {
    try (Effects effects = new Effects()) {
      effects.command(0, 2).argument("INCR").argument("n");
      effects.flushTo(stream);
      effects.command(0, 2).argument("DEL").argument("gone");
      effects.command(3, 3).argument("SET").argument("k").argument(-42);
      effects.flushTo(stream);
      effects.flushTo(stream);
      effects.command(0, 2).argument("DEL").argument("a");
      effects.command(0, 2).argument("DEL").argument("b");
      effects.flushEachTo(stream);
    }
    assertThat(streamed())
        .isEqualTo(
            SELECT_0
                + INCR
                + "*1\r\n$5\r\nMULTI\r\n"
                + "*2\r\n$3\r\nDEL\r\n$4\r\ngone\r\n"
                + SELECT_3
                + "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n-42\r\n"
                + "*1\r\n$4\r\nEXEC\r\n"
                + SELECT_0
                + "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n"
                + "*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n");
  }

  @Test
  void shouldKeepEffectsWholeWhenTheirBufferGrows() {
    byte[] value = new byte[300_000];
    java.util.Arrays.fill(value, (byte) 'v');
    try (Effects effects = new Effects()) {
      effects.command(0, 2).argument("DEL").argument("before");
      effects.command(0, 3).argument("SET").argument("k").argument(value);
      StringBuilder all = new StringBuilder();
      effects.flushTo((database, address, length) ->
          all.append(new String(Memory.bytes(address, (int) length), StandardCharsets.ISO_8859_1)));
      assertThat(all.toString())
          .isEqualTo(
              "*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nDEL\r\n$6\r\nbefore\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300000\r\n"
                  + new String(value, StandardCharsets.ISO_8859_1)
                  + "\r\n*1\r\n$4\r\nEXEC\r\n");
    }
  }
}
