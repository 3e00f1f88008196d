package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.Durability;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.util.List;

/**
 * What a key costs in memory, by the server's own account and by the system's.
 *
 * @param keys how many were set, or other parts the memory is divided by
 * @param usedBytes growth of INFO's {@code used_memory} per key
 * @param allocatedBytes growth of INFO's {@code allocator_allocated} per key, which leaves out what
 *     is not the dataset's (Millrace's Java heap, whose garbage comes and goes)
 * @param residentBytes growth of the process's resident memory per key
 */
record MemoryPerKey(long keys, double usedBytes, double allocatedBytes, double residentBytes) {
  private static final long SETTLE_MILLIS = 2000;

  /** Fills a fresh server. */
  static MemoryPerKey measure(Contender contender, List<String> prefix, long keys, int valueBytes)
      throws IOException, InterruptedException {
    return measure(contender, prefix, keys, keys, client -> client.fill(keys, valueBytes));
  }

  /** What fills a server. */
  @FunctionalInterface
  interface Filling {
    void fill(PlainClient client) throws IOException;
  }

  /**
   * Fills a fresh server with whatever, and divides what it takes by the number of parts.
   *
   * @param keys how many keys there must be in the end
   * @param parts what the memory is divided by
   */
  static MemoryPerKey measure(
      Contender contender, List<String> prefix, long keys, long parts, Filling filling)
      throws IOException, InterruptedException {
    try (ServerProcess server =
            new ServerProcess(contender, prefix, Durability.EVERYSEC.directives());
        PlainClient client = new PlainClient(server.port())) {
      long used = client.info("memory", "used_memory");
      long allocated = client.info("memory", "allocator_allocated");
      long resident = server.facts().residentBytes();
      filling.fill(client);
      // Tables that grow are moved in the background; buffers are given back.
      Thread.sleep(SETTLE_MILLIS);
      long held = Long.parseLong(client.call("DBSIZE"));
      if (held != keys) {
        throw new IOException(contender.title() + " holds " + held + " keys instead of " + keys);
      }
      return new MemoryPerKey(
          parts,
          (double) (client.info("memory", "used_memory") - used) / parts,
          (double) (client.info("memory", "allocator_allocated") - allocated) / parts,
          (double) (server.facts().residentBytes() - resident) / parts);
    }
  }
}
