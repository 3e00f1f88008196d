package dev.millrace.tools.demo;

import dev.millrace.tools.resp.InfoText;
import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;

/**
 * The master's own counters, as INFO gives them.
 *
 * @param fullSyncs replicas copied whole
 * @param partialSyncs replicas that continued
 * @param backlogBytes stream bytes sent to replicas from memory
 * @param logBytes stream bytes sent to replicas from segment files
 * @param lastResync the last decision in words
 */
record Counters(
    long fullSyncs, long partialSyncs, long backlogBytes, long logBytes, String lastResync) {
  static Counters of(RespConnection master) throws IOException {
    InfoText stats = master.info("stats");
    InfoText replication = master.info("replication");
    return new Counters(
        stats.number("sync_full"),
        stats.number("sync_partial_ok"),
        replication.number("repl_bytes_from_backlog"),
        replication.number("repl_bytes_from_log"),
        replication.text("last_resync"));
  }
}
