package dev.millrace.bench.replication;

import dev.millrace.bench.load.SteadyLoad;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import picocli.CommandLine.Option;

/**
 * A dataset whose keys are written all over again at a constant rate: the options of it, and the
 * writing.
 *
 * <p>Owned by: the thread of the run.
 */
final class LoadedDataset {
  @Option(names = "--gigabytes", description = "Size of the dataset.", defaultValue = "4")
  private double gigabytes;

  @Option(names = "--rate", description = "Writes per second.", defaultValue = "1000")
  private double rate;

  @Option(names = "--value-bytes", description = "Length of a value.", defaultValue = "1000")
  private int valueBytes;

  @Option(
      names = "--undisturbed-seconds",
      description = "So many are measured before anything else happens.",
      defaultValue = "60")
  private double undisturbedSeconds;

  void check(Contest contest) {
    contest.requirePositive("--gigabytes", gigabytes);
    contest.requirePositive("--rate", rate);
    contest.requirePositive("--value-bytes", valueBytes);
    contest.requirePositive("--undisturbed-seconds", undisturbedSeconds);
  }

  double undisturbedSeconds() {
    return undisturbedSeconds;
  }

  double rate() {
    return rate;
  }

  int valueBytes() {
    return valueBytes;
  }

  long keys() {
    return Math.max(1, (long) (gigabytes * 1e9 / valueBytes));
  }

  /** Sets every key once. */
  void fill(Contest contest, ServerProcess server, PlainClient client) throws IOException {
    contest.fill(server, client, keys(), valueBytes);
  }

  /** Begins to write; the load ends by itself after so long. */
  SteadyLoad write(Contest contest, ServerProcess server, double secondsMax) {
    return new SteadyLoad(
        contest.writes(server, keys(), valueBytes), rate, (long) (rate * secondsMax));
  }
}
