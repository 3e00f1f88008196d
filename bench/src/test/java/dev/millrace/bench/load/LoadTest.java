package dev.millrace.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the load generator sends and how it counts what comes back. */
class LoadTest {
  private static final long SEED = 4711;

  @Test
  void shouldSendTheRequestsOfRedisBenchmarkWithKeysDrawnAnew() {
    long[] next = {7};
    RequestBatch batch = new RequestBatch(Form.SET, 2, 3, () -> next[0]++);
    assertThat(text(batch.drawn()))
        .isEqualTo(
            "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000007\r\n$3\r\nxxx\r\n"
                + "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000008\r\n$3\r\nxxx\r\n");
    next[0] = 987_654_321_012L;
    assertThat(text(batch.drawn())).contains("key:987654321012", "key:987654321013");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void shouldWriteEveryFormAsWholeArguments(Form form) {
    RequestBatch batch = new RequestBatch(form, 1, 5, () -> 42);
    String[] lines = text(batch.drawn()).split("\r\n", -1);
    assertThat(lines[0]).isEqualTo("*" + form.words().size());
    for (int i = 0; i < form.words().size(); i++) {
      assertThat(lines[1 + 2 * i]).isEqualTo("$" + lines[2 + 2 * i].length());
    }
    assertThat(lines).hasSize(2 + 2 * form.words().size());
  }

  @Test
  void shouldCountWholeRepliesHoweverTheyAreCut() {
    byte[] replies =
        ("+OK\r\n:12\r\n$-1\r\n$0\r\n\r\n$5\r\nab\r\nc\r\n+QUEUED\r\n*0\r\n"
                + "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n$2\r\nyz\r\n*-1\r\n+OK\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    for (int first = 0; first <= replies.length; first++) {
      for (int second = first; second <= replies.length; second++) {
        ReplyCounter counter = new ReplyCounter();
        int whole =
            counter.count(ByteBuffer.wrap(replies, 0, first))
                + counter.count(ByteBuffer.wrap(replies, first, second - first))
                + counter.count(ByteBuffer.wrap(replies, second, replies.length - second));
        assertThat(whole).as("cut at %d and %d", first, second).isEqualTo(10);
      }
    }
  }

  @Test
  void shouldEndTheRunAtAnErrorReply() {
    ByteBuffer error = ByteBuffer.wrap("-OOM no\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> new ReplyCounter().count(error)).hasMessageContaining("-OOM no");
  }

  @Test
  void shouldDrawEveryKeyAboutAsOftenAsAnyOther() {
    int[] drawn = draw(KeyDraw.uniform(10, new SplittableRandom(SEED)), 10);
    for (int count : drawn) {
      assertThat(count).as("seed %d", SEED).isBetween(9_500, 10_500);
    }
  }

  @Test
  void shouldDrawFewKeysOftenAndMostRarelyWithZipf() {
    int[] drawn = draw(KeyDraw.zipf(1000, new SplittableRandom(SEED)), 1000);
    Arrays.sort(drawn);
    // The most frequent of 1000 has a probability of 1 / sum(n^-0.99) = 0.13, the second half that.
    assertThat(drawn[999]).as("seed %d", SEED).isBetween(12_000, 14_500);
    assertThat(drawn[998]).as("seed %d", SEED).isBetween(5_800, 7_500);
  }

  private static int[] draw(KeyDraw keys, int among) {
    int[] drawn = new int[among];
    for (int i = 0; i < 100_000; i++) {
      drawn[(int) keys.next()]++;
    }
    return drawn;
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.US_ASCII.decode(bytes.duplicate()).toString();
  }
}
