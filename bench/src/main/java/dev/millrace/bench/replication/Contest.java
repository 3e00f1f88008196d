package dev.millrace.bench.replication;

import dev.millrace.bench.load.ConstantRate;
import dev.millrace.bench.load.Form;
import dev.millrace.bench.load.KeyDraw;
import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.Durability;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What all runs have in common: who takes part, what they are told, and what is written.
 *
 * <p>Owned by: the thread of the run.
 */
@SuppressWarnings("NullAway.Init") // picocli sets the command
final class Contest {
  static final int MEGABYTE = 1_000_000;

  /** What is waited after something that may have held a server up. */
  static final long SETTLE_MILLIS = 250;

  private static final long SEED = 20_26;
  private static final int LETTERS = 64;

  @Option(
      names = "--redis-server",
      description = "The Redis to compare with, and the replica.",
      defaultValue = "redis-server")
  private String redisServer = "redis-server";

  @Option(
      names = "--millrace",
      paramLabel = "DIRECTIVE=VALUE",
      description = "A directive for Millrace only. Repeatable.")
  private List<String> millraceDirectives = List.of();

  @Option(
      names = "--all",
      paramLabel = "DIRECTIVE=VALUE",
      description = "A directive for all masters. Repeatable.")
  private List<String> allDirectives = List.of();

  @Option(names = "--millrace-only", description = "Measures Millrace alone.")
  private boolean millraceOnly;

  @Option(names = "--connections", description = "Clients that write.", defaultValue = "50")
  private int connections = 50;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private final Contender millrace;
  private final PrintStream out;
  private final PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);

  /** A contest of this Millrace, with tables written there. */
  Contest(Contender millrace, PrintStream out) {
    this.millrace = millrace;
    this.out = out;
  }

  String redisServer() {
    return redisServer;
  }

  int connections() {
    return connections;
  }

  Contender millrace() {
    return millrace.with(millrace.title(), directives(millraceDirectives));
  }

  /** Millrace, and the others unless it is measured alone. */
  List<Contender> contenders(Contender... others) {
    List<Contender> all = new ArrayList<>(List.of(millrace()));
    if (!millraceOnly) {
      all.addAll(List.of(others));
    }
    return all;
  }

  Contender redis() {
    return Contender.redis("Redis", redisServer);
  }

  /**
   * Starts a master: a log forced once per second, nothing rewritten and no save points, so that
   * nothing but what is measured disturbs it; and it does not wait for replicas when it ends.
   */
  ServerProcess start(Contender contender) throws IOException, InterruptedException {
    List<String> told = new ArrayList<>(Durability.EVERYSEC.directives());
    told.addAll(List.of("--shutdown-timeout", "0"));
    told.addAll(directives(allDirectives));
    say("%s: starting", contender.title());
    return new ServerProcess(contender, List.of(), told);
  }

  /** Sets so many keys. */
  void fill(ServerProcess server, PlainClient client, long keys, int valueBytes)
      throws IOException {
    say("%s: writing %,d keys", server.contender().title(), keys);
    client.fill(keys, value(valueBytes));
    if (Long.parseLong(client.call("DBSIZE")) != keys) {
      throw new IOException("there are not as many keys as were written");
    }
  }

  /** The load that sets these keys anew. */
  ConstantRate writes(ServerProcess server, long keys, int valueBytes) {
    return new ConstantRate(
        server.port(), connections, Form.SET, value(valueBytes), randomKeys(keys));
  }

  static KeyDraw randomKeys(long keys) {
    return KeyDraw.uniform(keys, new SplittableRandom(SEED));
  }

  /** A value that does not compress: snapshots are as large as the dataset, as they mostly are. */
  static String value(int bytes) {
    SplittableRandom random = new SplittableRandom(SEED);
    StringBuilder text = new StringBuilder(bytes);
    for (int i = 0; i < bytes; i++) {
      text.append((char) ('0' + random.nextInt(LETTERS)));
    }
    return text.toString();
  }

  static long nanos(double seconds) {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  /** Refuses what cannot be measured. */
  void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw refused(option + " must be more than 0");
    }
  }

  /** What is thrown for options that make no sense: the user sees it with the usage. */
  ParameterException refused(String why) {
    return new ParameterException(command.commandLine(), why);
  }

  void say(String format, Object... values) {
    progress.printf(format + "%n", values);
  }

  void print(String markdown) {
    out.print(markdown);
    out.flush();
  }

  private List<String> directives(List<String> given) {
    List<String> all = new ArrayList<>();
    for (String each : given) {
      int equals = each.indexOf('=');
      if (equals < 1) {
        throw refused("'" + each + "' is not DIRECTIVE=VALUE");
      }
      all.addAll(directive(each.substring(0, equals), each.substring(equals + 1)));
    }
    return all;
  }

  /** A directive as command line arguments: a value of several words is several. */
  static List<String> directive(String name, String value) {
    List<String> words = new ArrayList<>(List.of("--" + name));
    words.addAll(List.of(value.split(" ", -1)));
    return words;
  }
}
