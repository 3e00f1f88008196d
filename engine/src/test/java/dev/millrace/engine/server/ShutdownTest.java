package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is told to end while a replica lacks something. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ShutdownTest {
  private static final String FAILED = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n";

  @Test
  void shouldEndOnceTheReplicaHasAcknowledgedAllWhileWritesAreHeldBack() throws Exception {
    try (LiveServer master = LiveServer.start("--shutdown-timeout", "300", "--save", "")) {
      RespClient replica = laggingReplica(master);
      RespClient ending = master.connect();
      ending.send("SHUTDOWN");
      awaitShuttingDown(master);
      RespClient writer = master.connect();
      writer.send("SET", "k", "3");

      Thread.sleep(300);
      assertThat(master.isAlive()).isTrue();
      assertThat(writer.hasInput()).isFalse();
      assertThat(master.client().text("GET", "k")).isEqualTo("2");

      acknowledgeAll(master, replica);
      master.awaitEnd();
      assertThat(master.log())
          .contains("1 of 1 replicas are in sync when shutting down")
          .doesNotContain("Lagging replica");
    }
  }

  @Test
  void shouldWaitForTheReplicaWhenASignalTellsItToEndAndThenSave() throws Exception {
    try (LiveServer master =
        LiveServer.start("--shutdown-timeout", "300", "--save", "900 1", "--appendonly", "no")) {
      RespClient replica = laggingReplica(master);
      master.terminate();
      awaitShuttingDown(master);
      assertThat(master.client().wire("SHUTDOWN", "ABORT")).contains("No shutdown in progress");

      acknowledgeAll(master, replica);
      master.awaitEnd();
      assertThat(Files.exists(master.directory().resolve("dump.rdb"))).isTrue();
    }
  }

  @Test
  void shouldEndWithoutTheReplicaWhenTheTimeIsOver() throws Exception {
    try (LiveServer master = LiveServer.start("--shutdown-timeout", "1", "--save", "")) {
      laggingReplica(master);
      master.connect().send("SHUTDOWN");
      master.awaitEnd();
      assertThat(master.log())
          .contains("Lagging replica", "0 of 1 replicas are in sync when shutting down");
    }
  }

  @Test
  void shouldNotWaitWhenToldNow() throws Exception {
    try (LiveServer master = LiveServer.start("--shutdown-timeout", "300", "--save", "")) {
      laggingReplica(master);
      master.connect().send("SHUTDOWN", "NOW");
      master.awaitEnd();
      assertThat(master.log()).doesNotContain("Waiting for replicas");
    }
  }

  @Test
  void shouldGoOnWhenTheShutdownIsAborted() throws Exception {
    try (LiveServer master = LiveServer.start("--shutdown-timeout", "300", "--save", "")) {
      laggingReplica(master);
      RespClient one = master.connect();
      RespClient two = master.connect();
      one.send("SHUTDOWN");
      two.send("SHUTDOWN", "NOSAVE");
      awaitShuttingDown(master);
      RespClient writer = master.connect();
      writer.send("SET", "k", "3");

      assertThat(master.client().text("SHUTDOWN", "ABORT")).isEqualTo("OK");
      assertThat(one.readWire()).isEqualTo(FAILED);
      assertThat(two.readWire()).isEqualTo(FAILED);
      assertThat(writer.readWire()).isEqualTo("+OK\r\n");
      assertThat(master.client().text("INFO", "server")).doesNotContain("shutdown_in_milliseconds");
      assertThat(master.client().wire("SHUTDOWN", "ABORT")).contains("No shutdown in progress");
      assertThat(master.log()).contains("Shutdown manually aborted.");
    }
  }

  /** A replica that has the first of two writes. */
  private static RespClient laggingReplica(LiveServer master) {
    master.client().text("SET", "k", "1");
    String id = master.infoField("replication", "master_replid");
    RespClient replica = master.connect();
    long next = master.offset() + 1;
    assertThat(replica.text("PSYNC", id, Long.toString(next))).startsWith("CONTINUE");
    replica.send("REPLCONF", "ACK", Long.toString(next - 1));
    master.client().text("SET", "k", "2");
    return replica;
  }

  private static void acknowledgeAll(LiveServer master, RespClient replica) {
    replica.send("REPLCONF", "ACK", Long.toString(master.offset()));
  }

  private static void awaitShuttingDown(LiveServer master) throws InterruptedException {
    while (!master.client().text("INFO", "server").contains("\r\nshutdown_in_milliseconds:")) {
      Thread.sleep(5);
    }
  }
}
