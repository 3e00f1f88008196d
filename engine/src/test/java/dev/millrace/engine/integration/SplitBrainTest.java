package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.Signals;
import dev.millrace.engine.testing.SlowLink;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two masters of one history: after a cut, and after a long pause of the first one. Longer by
 * {@code -Dmillrace.pauseSeconds=60}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SplitBrainTest {
  private static final long FAST = 1L << 32;
  private static final int PAUSE_SECONDS = Integer.getInteger("millrace.pauseSeconds", 5);
  private static final int LAG_SECONDS = 2;
  private static final int ON_BOTH = 50;

  /** The replica that is promoted is a Millrace or a stock server. */
  @ParameterizedTest
  @ValueSource(strings = {"millrace", "redis"})
  void l5_nobodyShouldContinuePastTheOffsetWhereTwoMastersParted(String promoted) {
    boolean stock = promoted.equals("redis");
    try (LiveServer old = LiveServer.start();
        SlowLink link = SlowLink.to(old.port(), FAST);
        AutoCloseablePeer chosen = new AutoCloseablePeer(stock)) {
      Peer other = chosen.peer;
      other.client().text("REPLICAOF", "127.0.0.1", Integer.toString(link.port()));
      StockReplica.awaitAttached(old, 1);
      write(old.client(), "before", 100);
      // What the one that will be promoted has confirmed must outlive the other's history.
      assertThat(old.client().call("WAIT", "1", "10000")).isEqualTo(1L);

      link.failAfter(0);
      other.client().text("REPLICAOF", "NO", "ONE");
      write(old.client(), "old", ON_BOTH);
      write(other.client(), "new", ON_BOTH);
      old.client().text("REPLICAOF", "127.0.0.1", Integer.toString(other.port()));

      awaitFollowing(old, other);
      assertThat(old.digest()).isEqualTo(other.digest());
      assertThat(other.infoNumber("stats", "sync_full")).isEqualTo(1);
      assertThat(other.infoNumber("stats", "sync_partial_ok")).isZero();
      assertThat(count(other.client(), "before", 100)).isEqualTo(100);
      assertThat(count(other.client(), "new", ON_BOTH)).isEqualTo(ON_BOTH);
      // Written to the one that lost, and acknowledged by it alone: lost, and counted here.
      assertThat(count(old.client(), "old", ON_BOTH)).isZero();
    }
  }

  @Test
  void anOldMasterThatWroteNothingMoreShouldContinueUnderTheNewOne() {
    try (LiveServer old = LiveServer.start();
        SlowLink link = SlowLink.to(old.port(), FAST);
        LiveServer other = LiveServer.start()) {
      other.client().text("REPLICAOF", "127.0.0.1", Integer.toString(link.port()));
      StockReplica.awaitAttached(old, 1);
      write(old.client(), "before", 100);
      assertThat(old.client().call("WAIT", "1", "10000")).isEqualTo(1L);

      link.failAfter(0);
      other.client().text("REPLICAOF", "NO", "ONE");
      write(other.client(), "new", ON_BOTH);
      old.client().text("REPLICAOF", "127.0.0.1", Integer.toString(other.port()));

      awaitFollowing(old, other);
      assertThat(old.digest()).isEqualTo(other.digest());
      assertThat(other.infoNumber("stats", "sync_full")).isZero();
      assertThat(other.infoNumber("stats", "sync_partial_ok")).isEqualTo(1);
    }
  }

  @Test
  void aMasterThatWasPausedWhileAnotherWasMadeShouldRefuseWritesOnceItSeesItsReplicaGone()
      throws Exception {
    try (LiveServer old =
            LiveServer.start(
                "--min-replicas-to-write",
                "1",
                "--min-replicas-max-lag",
                Integer.toString(LAG_SECONDS));
        LiveServer other = LiveServer.start()) {
      other.client().text("REPLICAOF", "127.0.0.1", Integer.toString(old.port()));
      StockReplica.awaitAttached(old, 1);
      await()
          .atMost(StockReplica.PATIENCE)
          .until(() -> "OK".equals(old.client().call("SET", "first", "1")));
      List<Long> acknowledged = new ArrayList<>();
      AtomicBoolean ending = new AtomicBoolean();
      Thread writer = Thread.ofPlatform().start(() -> writeUntil(old.port(), ending, acknowledged));

      Signals.freeze(old.processId());
      Thread.sleep(TimeUnit.SECONDS.toMillis(PAUSE_SECONDS));
      other.client().text("REPLICAOF", "NO", "ONE");
      long resumed = System.nanoTime();
      Signals.thaw(old.processId());
      Thread.sleep(TimeUnit.SECONDS.toMillis(2L * LAG_SECONDS));
      ending.set(true);
      writer.join();

      long limit = resumed + TimeUnit.SECONDS.toNanos(LAG_SECONDS + 1);
      long late = acknowledged.stream().filter(at -> at > limit).count();
      long after = acknowledged.stream().filter(at -> at > resumed).count();
      System.out.printf(
          "paused for %d s: %d writes acknowledged after it, %d of them past the lag limit%n",
          PAUSE_SECONDS, after, late);
      assertThat(late).isZero();
      assertThat(RespClient.render(old.client().call("SET", "more", "1"))).contains("NOREPLICAS");
    }
  }

  /** Writes one by one, and notes when each was acknowledged. */
  private static void writeUntil(int port, AtomicBoolean ending, List<Long> acknowledged) {
    try (RespClient client = RespClient.connect(port)) {
      while (!ending.get()) {
        if ("OK".equals(client.call("SET", "counted", "1"))) {
          acknowledged.add(System.nanoTime());
        }
      }
    } catch (UncheckedIOException e) {
      throw new IllegalStateException("the writer was cut off", e);
    }
  }

  private static void write(RespClient client, String prefix, int keys) {
    for (int i = 0; i < keys; i++) {
      assertThat(client.text("SET", prefix + ":" + i, Integer.toString(i))).isEqualTo("OK");
    }
  }

  private static long count(RespClient client, String prefix, int keys) {
    long found = 0;
    for (int i = 0; i < keys; i++) {
      if (client.text("GET", prefix + ":" + i).equals(Integer.toString(i))) {
        found++;
      }
    }
    return found;
  }

  private static void awaitFollowing(Peer replica, Peer master) {
    await()
        .atMost(StockReplica.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() ->
            assertThat(replica.info("replication"))
                .containsEntry("master_link_status", "up")
                .containsEntry("slave_repl_offset", Long.toString(master.offset())));
  }

  /** A server of either kind. */
  private static final class AutoCloseablePeer implements AutoCloseable {
    private final Peer peer;
    private final AutoCloseable server;

    AutoCloseablePeer(boolean stock) {
      if (stock) {
        RealRedis redis = RealRedis.start("--enable-debug-command", "yes");
        peer = redis;
        server = redis;
      } else {
        LiveServer millrace = LiveServer.start();
        peer = millrace;
        server = millrace;
      }
    }

    @Override
    public void close() {
      try {
        server.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
