package dev.millrace.bench.replication;

import dev.millrace.bench.servers.Contender;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line of {@code bench/replication}: runs of a master and a stock replica, Millrace and
 * Redis one after the other, and one table for both.
 *
 * <p>Owned by: the main thread.
 */
@Command(
    name = "bench/replication",
    mixinStandardHelpOptions = true,
    description = "Measures a master beside its replica, and its snapshots, Millrace and Redis.")
public final class ReplicationRuns {
  private ReplicationRuns() {}

  /** Does one run. */
  public static void main(String[] arguments) throws IOException {
    System.exit(commandLine(Contender.millrace(), System.out).execute(arguments));
  }

  /** The command line with this Millrace as contender, tables written there. */
  static CommandLine commandLine(Contender millrace, PrintStream out) {
    return new CommandLine(new ReplicationRuns())
        .addSubcommand(new Complaint(millrace, out))
        .addSubcommand(new Outage(millrace, out))
        .addSubcommand(new Snapshot(millrace, out))
        .addSubcommand(new StreamTransfer(millrace, out));
  }
}
