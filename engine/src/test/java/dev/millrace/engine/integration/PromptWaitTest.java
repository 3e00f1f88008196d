package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas get what comes in masses a little later; who waits for them is not to feel that. */
@Timeout(120)
class PromptWaitTest {
  private static final int WAITS = 400;

  /** Half of what replicas get such writes later: what WAIT may not lose. */
  private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** The server sees how much is written ten times a second. */
  private static final long SEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  @Test
  void waitShouldTakeNoLongerWhileMuchIsWritten() {
    try (LiveServer master = LiveServer.start();
        RealRedis replica = StockReplica.of(master.port())) {
      StockReplica.awaitEqual(master, replica);
      RespClient client = master.client();
      // The machine may be slow for a while, but not each time it is looked at.
      await()
          .atMost(StockReplica.PATIENCE)
          .untilAsserted(() ->
              assertThat(medianNanos(client, "v".repeat(10_000)))
                  .isLessThan(medianNanos(client, "v") + DELAY_NANOS));
    }
  }

  private static long medianNanos(RespClient client, String value) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < SEEN_NANOS) {
      setAndWait(client, value);
    }
    long[] nanos = new long[WAITS];
    for (int i = 0; i < WAITS; i++) {
      nanos[i] = setAndWait(client, value);
    }
    Arrays.sort(nanos);
    return nanos[WAITS / 2];
  }

  private static long setAndWait(RespClient client, String value) {
    long start = System.nanoTime();
    client.text("SET", "k", value);
    assertThat(client.call("WAIT", "1", "0")).isEqualTo(1L);
    return System.nanoTime() - start;
  }
}
