package dev.millrace.bench.servers;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A stock redis-server that follows a master, whichever that is, and how far it has come.
 *
 * <p>Owned by: the thread of the run.
 */
public final class StockReplica implements AutoCloseable {
  private static final long LOOK_MILLIS = 10;

  private final ServerProcess server;
  private final PlainClient client;

  /**
   * Starts it; it keeps nothing on disk.
   *
   * @param prefix what comes before its command line
   * @param masterPort where it is told that its master is
   */
  public StockReplica(String program, List<String> prefix, int masterPort)
      throws IOException, InterruptedException {
    server =
        new ServerProcess(
            Contender.redis("the replica", program),
            prefix,
            List.of(
                "--save",
                "",
                "--appendonly",
                "no",
                "--replicaof",
                "127.0.0.1",
                Integer.toString(masterPort)));
    client = new PlainClient(server.port());
  }

  /** Bytes of datasets and stream that it has received since its start. */
  public long receivedBytes() throws IOException {
    return client.info("stats", "total_net_repl_input_bytes");
  }

  /** How many bytes of the master's stream it lacks, or empty while it has no dataset at all. */
  public OptionalLong lagBytes(PlainClient master) throws IOException {
    long end = masterOffset(master);
    Map<String, String> seen = client.info("replication");
    if (!isLinked(seen) && offset(seen) <= 1) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Math.max(0, end - offset(seen)));
  }

  /**
   * Waits until it is linked and has all that the master had one look ago, ten milliseconds: the
   * master may be written to meanwhile.
   *
   * @return how long that took in nanoseconds; empty when it took longer than that many
   */
  @SuppressWarnings("BusyWait") // there is nothing to be told by
  public OptionalLong awaitLevel(PlainClient master, long nanosMax)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < nanosMax) {
      long wanted = masterOffset(master);
      Thread.sleep(LOOK_MILLIS);
      Map<String, String> seen = client.info("replication");
      if (isLinked(seen) && offset(seen) >= wanted) {
        return OptionalLong.of(System.nanoTime() - start);
      }
    }
    return OptionalLong.empty();
  }

  /** Takes it away as a machine that hangs: it stands still, and the master has lost its link. */
  public void takeAway(PlainClient master) throws IOException, InterruptedException {
    server.pause();
    if (Integer.parseInt(master.call("CLIENT KILL TYPE replica")) != 1) {
      throw new IOException("the master had not this one replica");
    }
  }

  /** Lets it come back. */
  public void bringBack() throws IOException, InterruptedException {
    server.resume();
  }

  private static boolean isLinked(Map<String, String> replication) {
    return "up".equals(replication.get("master_link_status"));
  }

  private static long offset(Map<String, String> replication) throws IOException {
    return PlainClient.number(replication, "slave_repl_offset");
  }

  private static long masterOffset(PlainClient master) throws IOException {
    return master.info("replication", "master_repl_offset");
  }

  @Override
  public void close() throws IOException {
    try (server;
        client) {
      // Standing still it would not hear that it is to end.
      server.resume();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
