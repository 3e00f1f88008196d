package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.SlowLink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Servers of which each follows the one before it, over a link of its own that can fail: Millraces
 * ({@code M}) and stock Redises ({@code R}).
 */
final class ReplicationChain implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long FAST = 1L << 32;
  private static final int COMPARED_BYTES = 1 << 20;

  /** One server, and the link by which others follow it. */
  static final class Node implements AutoCloseable {
    final Peer server;
    final SlowLink link;
    private long fullSyncsBeforeRestart;

    private Node(Peer server) {
      this.server = server;
      this.link = SlowLink.to(server.port(), FAST);
    }

    boolean isMillrace() {
      return server instanceof LiveServer;
    }

    long fullSyncs() {
      return fullSyncsBeforeRestart + server.infoNumber("stats", "sync_full");
    }

    private void restart(boolean inOrder, String... more) {
      LiveServer millrace = (LiveServer) server;
      fullSyncsBeforeRestart = fullSyncs();
      if (inOrder) {
        millrace.stop();
      } else {
        millrace.kill();
      }
      millrace.restart(more);
    }

    void follow(Node master) {
      server.client().text("REPLICAOF", "127.0.0.1", Integer.toString(master.link.port()));
    }

    @Override
    public void close() {
      link.close();
      if (server instanceof LiveServer millrace) {
        millrace.close();
      } else {
        ((RealRedis) server).close();
      }
    }
  }

  private final List<Node> nodes = new ArrayList<>();

  /**
   * Starts the servers and waits until all follow.
   *
   * @param kinds a letter for each server, the master's first
   * @param stockBacklog {@code repl-backlog-size} of the stock ones, which have no log
   */
  ReplicationChain(String kinds, String stockBacklog) {
    for (char kind : kinds.toCharArray()) {
      nodes.add(new Node(kind == 'M' ? millrace() : stock(stockBacklog)));
    }
    for (int i = 1; i < nodes.size(); i++) {
      nodes.get(i).follow(nodes.get(i - 1));
      awaitEqual(nodes.subList(0, i + 1));
    }
  }

  private static LiveServer millrace() {
    return LiveServer.start(
        "--repl-backlog-size",
        "64kb",
        "--aof-segment-size",
        "1mb",
        "--auto-aof-rewrite-percentage",
        "0",
        "--save",
        "");
  }

  private static RealRedis stock(String backlog) {
    return RealRedis.start("--repl-backlog-size", backlog, "--enable-debug-command", "yes");
  }

  /** Ends a Millrace, in order or by a kill, and starts it again as what it was. */
  void restart(Node node, boolean inOrder) {
    int place = nodes.indexOf(node);
    if (place == 0) {
      node.restart(inOrder);
    } else {
      int port = nodes.get(place - 1).link.port();
      node.restart(inOrder, "--replicaof", "127.0.0.1", Integer.toString(port));
    }
  }

  Node head() {
    return nodes.getFirst();
  }

  Node last() {
    return nodes.getLast();
  }

  /** The servers, the master first. */
  List<Node> nodes() {
    return nodes;
  }

  /** Makes the second one the master, which the old master follows, and the third follows that. */
  void promoteSecond() {
    Node old = nodes.removeFirst();
    head().server.client().text("REPLICAOF", "NO", "ONE");
    old.follow(head());
    for (Node other : nodes.subList(1, nodes.size())) {
      other.follow(old);
    }
    nodes.add(1, old);
  }

  /** How often a whole dataset was sent, over all servers. */
  long fullSyncs() {
    return nodes.stream().mapToLong(Node::fullSyncs).sum();
  }

  /** What the servers have said of resyncs. */
  String resyncs() {
    StringBuilder said = new StringBuilder();
    for (Node node : nodes) {
      String log =
          node.server instanceof LiveServer millrace
              ? millrace.log()
              : ((RealRedis) node.server).log();
      said.append("\n").append(node.server.port()).append(":\n");
      log.lines()
          .filter(line -> line.matches("(?i).*(resync|psync|full sync|history|following).*"))
          .forEach(line -> said.append(line).append('\n'));
    }
    return said.toString();
  }

  /** Waits until all stand at the same offset, and compares what they hold. */
  void awaitEqual() {
    awaitEqual(nodes);
  }

  private static void awaitEqual(List<Node> chain) {
    Peer master = chain.getFirst().server;
    for (Node node : chain.subList(1, chain.size())) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(() -> {
            Map<String, String> seen = node.server.info("replication");
            assertThat(seen)
                .containsEntry("master_link_status", "up")
                .containsEntry("slave_repl_offset", Long.toString(master.offset()));
          });
    }
    for (Node node : chain) {
      // Keys expire meanwhile, on the master first.
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(node.server.digest()).isEqualTo(master.digest()));
    }
  }

  /** Compares the logs of all Millraces, byte by byte where they overlap (L1). */
  void compareLogs() throws IOException {
    Path first = null;
    for (Node node : nodes) {
      if (!(node.server instanceof LiveServer millrace)) {
        continue;
      }
      long offset = millrace.offset();
      await()
          .atMost(PATIENCE)
          .until(() -> millrace.infoNumber("replication", "log_written_offset") >= offset);
      Path log = millrace.logDirectory();
      // An expired key's DEL may have come meanwhile.
      assertThat(Segments.end(log)).isGreaterThanOrEqualTo(offset);
      if (first == null) {
        first = log;
      } else {
        compareLogs(first, log);
      }
    }
  }

  /** A piece at a time: after many rounds a log is larger than this process's heap. */
  private static void compareLogs(Path one, Path other) throws IOException {
    long from =
        Math.max(
            Segments.start(Segments.of(one).getFirst()),
            Segments.start(Segments.of(other).getFirst()));
    long to = Math.min(Segments.end(one), Segments.end(other));
    assertThat(from).as("what two logs both hold").isLessThan(to);
    try (InputStream ours = Segments.from(from, one);
        InputStream theirs = Segments.from(from, other)) {
      for (long at = from; at < to; at += COMPARED_BYTES) {
        int bytes = (int) Math.min(COMPARED_BYTES, to - at);
        assertThat(ours.readNBytes(bytes)).as("from %d on", at).isEqualTo(theirs.readNBytes(bytes));
      }
    }
  }

  @Override
  public void close() {
    nodes.reversed().forEach(Node::close);
  }
}
