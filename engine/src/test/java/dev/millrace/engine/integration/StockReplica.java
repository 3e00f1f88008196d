package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.Signals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A stock redis-server that follows a Millrace, and what a test asks of the two together. */
final class StockReplica {
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private StockReplica() {}

  /** Starts one that follows the server at this port. */
  static RealRedis of(int masterPort, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--enable-debug-command", "yes"));
    all.addAll(List.of("--replicaof", "127.0.0.1", Integer.toString(masterPort)));
    all.addAll(Arrays.asList(arguments));
    return RealRedis.start(all.toArray(String[]::new));
  }

  /** Waits until the replica has applied everything the master has, and compares the datasets. */
  static void awaitEqual(Peer master, RealRedis... replicas) {
    for (RealRedis replica : replicas) {
      awaitOffset(master, replica);
      String expected = master.digest();
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(replica.digest()).isEqualTo(expected));
    }
  }

  /** Waits until the replica's link is up and it stands where the master does. */
  static void awaitOffset(Peer master, RealRedis replica) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> {
          Map<String, String> seen = replica.info("replication");
          assertThat(seen)
              .as(replica::log)
              .containsEntry("master_link_status", "up")
              .containsEntry("slave_repl_offset", Long.toString(master.offset()));
        });
  }

  /** Waits until the replica says that its link is up. */
  static void awaitLink(RealRedis replica) {
    await()
        .atMost(PATIENCE)
        .until(() -> replica.infoField("replication", "master_link_status").equals("up"));
  }

  /** Closes the links of all replicas on the master, as a broken network does. */
  static void cutLinks(Peer master) {
    master.client().text("CLIENT", "KILL", "TYPE", "replica");
  }

  /** Waits until the master has this many replicas attached. */
  static void awaitAttached(Peer master, int replicas) {
    await()
        .atMost(PATIENCE)
        .until(() -> master.infoNumber("replication", "connected_slaves") == replicas);
  }

  /**
   * Takes a replica out: its process is stopped and its link closed on the master, so that it
   * misses everything from here until it is thawed.
   */
  static void takeAway(Peer master, RealRedis replica) {
    awaitOffset(master, replica);
    Signals.freeze(replica.processId());
    cutLinks(master);
    awaitAttached(master, 0);
  }
}
