package dev.millrace.tools.compare;

import dev.millrace.tools.resp.RespConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace compare}: asks two servers of one history for their digests at one replication
 * offset to come. Exit code 0 when they are equal; 1 when they differ, with a key that does, or
 * when they could not be compared.
 */
@Command(
    name = "compare",
    description = {
      "Shows two Millraces, a master and its replica, equal at one replication offset, or names a"
          + " key that differs. Both go on serving."
    },
    mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
  private static final int DIFFERENT = 1;
  private static final int ATTEMPTS = 20;
  private static final long FIRST_LEAD_BYTES = 4096;
  private static final int LEAD_GROWTH = 4;
  private static final long LEAD_BYTES_MAX = 1L << 30;
  private static final long PAUSE_MILLIS = 500;

  private final PrintWriter out;

  @Parameters(index = "0", paramLabel = "HOST:PORT", description = "One server.")
  private String one = "";

  @Parameters(index = "1", paramLabel = "HOST:PORT", description = "The other one.")
  private String other = "";

  @Option(names = "--user", paramLabel = "NAME", description = "Who asks, at both.")
  private @Nullable String user;

  @Option(names = "--password", paramLabel = "WORD", description = "The password at both.")
  private @Nullable String password;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long an answer may take (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds = 300;

  /** Prints what it finds to {@code out}. */
  public CompareCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (RespConnection first = connect(one);
        RespConnection second = connect(other)) {
      Pair all = ask(first, second, "PARTS");
      // Parts take in more than the digest of all: when keys expire, and the groups of streams.
      if (all.one.digest().equals(all.other.digest())
          && all.one.parts().equals(all.other.parts())) {
        out.printf(
            "equal at offset %d: %d keys, digest %s%n",
            all.one.offset(), all.one.keyCount(), all.one.digest());
        return CommandLine.ExitCode.OK;
      }
      out.printf(
          "different at offset %d: %d keys here, %d there%n",
          all.one.offset(), all.one.keyCount(), all.other.keyCount());
      Long part = firstDifference(all.one.parts(), all.other.parts());
      Pair some = ask(first, second, "KEYS", String.valueOf(part));
      DatasetDigest.Key key = firstDifference(some.one.keys(), some.other.keys());
      if (key == null) {
        out.printf("the keys of part %d have become equal by offset %d%n", part, some.one.offset());
      } else {
        out.printf(
            "at offset %d the first key that differs, of those in part %d, is %s: %s here, %s"
                + " there%n",
            some.one.offset(), part, key, told(some.one, key), told(some.other, key));
      }
      return DIFFERENT;
    }
  }

  private static String told(DatasetDigest of, DatasetDigest.Key key) {
    return of.keys().getOrDefault(key, "missing");
  }

  private static <K> @Nullable K firstDifference(Map<K, String> some, Map<K, String> others) {
    TreeSet<K> all = new TreeSet<>(some.keySet());
    all.addAll(others.keySet());
    for (K each : all) {
      if (!Objects.equals(some.get(each), others.get(each))) {
        return each;
      }
    }
    return null;
  }

  private record Pair(DatasetDigest one, DatasetDigest other) {}

  /**
   * Asks both for the same offset, a little ahead of where they stand while they are written to:
   * the further, the more often they had passed it before they were asked.
   */
  private static Pair ask(RespConnection one, RespConnection other, String... detail)
      throws IOException, InterruptedException {
    long lead = 0;
    IOException last = new IOException("the servers could not be asked for one offset");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long offset = Math.max(offset(one), offset(other)) + lead;
      send(one, offset, detail);
      send(other, offset, detail);
      DatasetDigest here = null;
      DatasetDigest there = null;
      try {
        here = DatasetDigest.of(one.value());
      } catch (IOException e) {
        last = e;
      }
      try {
        there = DatasetDigest.of(other.value());
      } catch (IOException e) {
        last = e;
      }
      if (here != null && there != null && here.offset() == there.offset()) {
        return new Pair(here, there);
      }
      lead = Math.clamp(lead * LEAD_GROWTH, FIRST_LEAD_BYTES, LEAD_BYTES_MAX);
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
    throw last;
  }

  private static long offset(RespConnection server) throws IOException {
    return server.info("replication").number("master_repl_offset");
  }

  private static void send(RespConnection to, long offset, String... detail) throws IOException {
    String[] command = new String[4 + detail.length];
    command[0] = "MILLRACE";
    command[1] = "DIGEST";
    command[2] = "AT";
    command[3] = Long.toString(offset);
    System.arraycopy(detail, 0, command, 4, detail.length);
    to.send(command);
  }

  private RespConnection connect(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    if (colon <= 0 || !address.substring(colon + 1).matches("\\d{1,5}")) {
      throw new IOException("'" + address + "' is not HOST:PORT");
    }
    InetSocketAddress resolved =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    if (resolved.isUnresolved()) {
      throw new IOException("there is no host '" + resolved.getHostString() + "'");
    }
    int millis = Math.toIntExact(TimeUnit.SECONDS.toMillis(timeoutSeconds));
    RespConnection opened = new RespConnection(resolved, millis);
    if (password != null) {
      if (user == null) {
        opened.ask("AUTH", password);
      } else {
        opened.ask("AUTH", user, password);
      }
    }
    return opened;
  }
}
