package dev.millrace.tools.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code millrace demo}. Exit code 0 when the replica caught up from the log, without a full sync
 * and with an equal dataset; 1 when not, or when there is no redis-server to show it with.
 */
@Command(
    name = "demo",
    description = {
      "Shows a replica catch up from the log on disk.",
      "The replica, a stock redis-server, is away while far more is written than the backlog in"
          + " memory holds; it comes back, and is not copied whole again. Everything runs in a"
          + " temporary directory."
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private final PrintWriter out;
  private final boolean terminal;
  private final List<Path> places;

  @Option(
      names = "--dataset-mb",
      paramLabel = "MB",
      description = "Size of the dataset in 10^6 bytes (default: ${DEFAULT-VALUE}).")
  private int datasetMegabytes = 200;

  @Option(
      names = "--missed-mb",
      paramLabel = "MB",
      description = "What is written while the replica is away (default: ${DEFAULT-VALUE}).")
  private int missedMegabytes = 300;

  @Option(
      names = "--segment-mb",
      paramLabel = "MB",
      description = "aof-segment-size of the master, in 2^20 bytes (default: ${DEFAULT-VALUE}).")
  private int segmentMegabytes = 64;

  @Option(
      names = "--write-rate",
      paramLabel = "N",
      description = "Writes per second while the replica catches up (default: ${DEFAULT-VALUE}).")
  private int writesPerSecond = 2000;

  @Option(
      names = "--calm-seconds",
      paramLabel = "N",
      description = "How long the writer is measured before (default: ${DEFAULT-VALUE}).")
  private int calmSeconds = 4;

  @Option(
      names = "--transfer-rate-mb",
      paramLabel = "MB",
      description =
          "repl-transfer-max-rate of the master, in 2^20 bytes per second, 0 for none (default:"
              + " ${DEFAULT-VALUE}).")
  private int transferMegabytes = 32;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the temporary directory is made (default: the system's).")
  private Path parent = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));

  @Option(names = "--keep", description = "Leave the files, to look at them with `aof inspect`.")
  private boolean keep;

  @Option(
      names = "--redis-server",
      paramLabel = "PATH",
      description = "The replica's program (default: redis-server on the PATH).")
  private @Nullable Path redisServer;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  /** A demo that prints to {@code out}, drawing bars in their place on a terminal. */
  public DemoCommand(PrintWriter out, boolean terminal) {
    this(out, terminal, StockRedis.usualPlaces());
  }

  DemoCommand(PrintWriter out, boolean terminal, List<Path> places) {
    this.places = places;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requirePositive("--dataset-mb", datasetMegabytes);
    requirePositive("--missed-mb", missedMegabytes);
    requirePositive("--segment-mb", segmentMegabytes);
    requirePositive("--write-rate", writesPerSecond);
    requirePositive("--calm-seconds", calmSeconds);
    if (transferMegabytes < 0 && spec != null) {
      throw new ParameterException(spec.commandLine(), "--transfer-rate-mb must be at least 0");
    }
    Path stock = redisServer != null ? redisServer : StockRedis.find(places).orElse(null);
    Demo.Sizes sizes =
        new Demo.Sizes(
            datasetMegabytes * 1_000_000L,
            missedMegabytes * 1_000_000L,
            segmentMegabytes * (1L << 20),
            writesPerSecond,
            calmSeconds,
            transferMegabytes * (1L << 20));
    requireRoom(sizes);
    ReplicaProgram program = new ReplicaProgram(stock == null ? null : StockRedis.at(stock));
    try (DemoDirectory directory = new DemoDirectory(parent, keep)) {
      Screen screen = new Screen(out, terminal);
      boolean held =
          new Demo(screen, directory, program, Processors.ofThisProcess(), sizes, keep).run();
      return held ? CommandLine.ExitCode.OK : FAILED;
    }
  }

  private void requirePositive(String option, int value) {
    if (value < 1 && spec != null) {
      throw new ParameterException(spec.commandLine(), option + " must be at least 1");
    }
  }

  private void requireRoom(Demo.Sizes sizes) throws IOException {
    long room = Files.getFileStore(parent).getUsableSpace();
    long needed = sizes.diskBytes();
    if (room < needed) {
      throw new IOException(
          parent
              + " has room for "
              + room / 1_000_000
              + " MB, the demo needs "
              + needed / 1_000_000
              + " MB: choose another place with --dir, or smaller sizes");
    }
  }
}
