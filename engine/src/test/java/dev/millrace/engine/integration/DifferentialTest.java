package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.integration.CommandGrammar.Comparison;
import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A long random mixture of every command, sent to a Millrace and to a stock Redis at once, with
 * every reply compared; then the data compared in every way there is. More commands by {@code
 * -Dmillrace.differential.commands=N}, others by {@code -Dmillrace.differential.seed=N}.
 */
class DifferentialTest {
  private static final long COMMANDS = Long.getLong("millrace.differential.commands", 1_000_000);
  static final long SEED = Long.getLong("millrace.differential.seed", 20_260_611);
  private static final int STEPS = 20;
  private static final int LOG_SHOWN = 5_000;

  /** How a HyperLogLog is kept shows in its bytes, so that all servers must have one bound. */
  private static final String SPARSE = "--hll-sparse-max-bytes";

  private static final String SPARSE_BYTES = "300";

  /** Where small collections become large ones, from one stretch of the run to the next. */
  private static final List<Map<String, String>> THRESHOLDS =
      List.of(
          Map.of(
              "hash-max-listpack-entries", "20",
              "hash-max-listpack-value", "40",
              "zset-max-listpack-entries", "20",
              "zset-max-listpack-value", "40",
              "set-max-intset-entries", "16",
              "list-max-listpack-size", "8",
              "stream-node-max-entries", "7"),
          Map.of(
              "hash-max-listpack-entries", "128",
              "hash-max-listpack-value", "64",
              "zset-max-listpack-entries", "128",
              "zset-max-listpack-value", "64",
              "set-max-intset-entries", "512",
              "list-max-listpack-size", "-2",
              "stream-node-max-entries", "100"),
          Map.of(
              "hash-max-listpack-entries", "6",
              "hash-max-listpack-value", "8",
              "zset-max-listpack-entries", "0",
              "zset-max-listpack-value", "8",
              "set-max-intset-entries", "5",
              "list-max-listpack-size", "-1",
              "stream-node-max-entries", "3"));

  @Test
  void shouldReplyAndKeepWhatRedisDoes() throws Exception {
    System.out.printf("differential run: %,d commands of seed %d%n", COMMANDS, SEED);
    try (LiveServer ours =
            LiveServer.start("--auto-aof-rewrite-percentage", "0", SPARSE, SPARSE_BYTES);
        RealRedis theirs = RealRedis.start("--enable-debug-command", "yes", SPARSE, SPARSE_BYTES);
        RealRedis replica = StockReplica.of(ours.port(), SPARSE, SPARSE_BYTES)) {
      try {
        run(ours, theirs);
      } catch (IOException e) {
        String log = ours.log();
        throw new IOException(log.substring(Math.max(0, log.length() - LOG_SHOWN)), e);
      }
      sameReplies(ours, theirs);
      StockReplica.awaitOffset(ours, replica);
      assertSameData("the replica", replica, theirs);
      try (RealRedis late = StockReplica.of(ours.port(), SPARSE, SPARSE_BYTES)) {
        StockReplica.awaitOffset(ours, late);
        assertSameData("a new replica", late, theirs);
      }
      ours.stop();
      ours.restart();
      assertSameData("after the restart", ours, theirs);
    }
  }

  private static void run(LiveServer ours, RealRedis theirs) throws Exception {
    TreeSet<String> missing = new TreeSet<>();
    CommandGrammar grammar = new CommandGrammar(name -> knows(ours, name, missing));
    System.out.println("commands that are not there yet: " + missing);
    long started = System.nanoTime();
    SplittableRandom random = new SplittableRandom(SEED);
    try (TwinClients twins =
        new TwinClients(
            ours.port(), theirs.port(), grammar, random, knows(ours, "EVAL", missing))) {
      for (int step = 0; step < STEPS; step++) {
        configure(ours, theirs, THRESHOLDS.get(step % THRESHOLDS.size()));
        if (step % 3 == 1) {
          // While it runs, a new base is taken of the dataset that changes; the last of them is
          // what the restart begins with.
          ours.client().call("BGREWRITEAOF");
        }
        twins.run(COMMANDS * (step + 1) / STEPS - COMMANDS * step / STEPS);
        System.out.printf(
            "%,d commands compared, %d s%n",
            COMMANDS * (step + 1) / STEPS, (System.nanoTime() - started) / 1_000_000_000);
      }
      twins.finish();
    }
  }

  private static boolean knows(Peer server, String name, TreeSet<String> missing) {
    List<?> info = (List<?>) Objects.requireNonNull(server.client().call("COMMAND", "INFO", name));
    if (info.get(0) == null) {
      missing.add(name);
    }
    return info.get(0) != null;
  }

  private static void configure(Peer ours, Peer theirs, Map<String, String> settings) {
    settings.forEach((name, value) -> {
      assertThat(ours.client().text("CONFIG", "SET", name, value)).isEqualTo("OK");
      assertThat(theirs.client().text("CONFIG", "SET", name, value)).isEqualTo("OK");
    });
  }

  /** Key by key: digest, encoding, time to live, and each server's dump restored by the other. */
  private static void sameReplies(Peer ours, Peer theirs) {
    RespClient our = ours.client();
    RespClient their = theirs.client();
    for (int database = 0; database < RandomArguments.DATABASES; database++) {
      our.text("SELECT", database);
      their.text("SELECT", database);
      List<String> keys = keys(our);
      assertThat(keys).as("keys of database %d", database).isEqualTo(keys(their));
      for (String key : keys) {
        String context = "key %s of database %d, seed %d".formatted(key, database, SEED);
        for (List<Object> question :
            List.<List<Object>>of(
                List.of("TYPE", key),
                List.of("DEBUG", "DIGEST-VALUE", key),
                List.of("OBJECT", "ENCODING", key))) {
          byte[] ourReply = bytes(our.wire(question.toArray()));
          byte[] theirReply = bytes(their.wire(question.toArray()));
          if (!AcceptedDifferences.covers(question, ourReply, theirReply)) {
            assertThat(ourReply).as("%s: %s", context, question.getFirst()).isEqualTo(theirReply);
          }
        }
        byte[] ourLife = bytes(our.wire("PEXPIRETIME", key));
        byte[] theirLife = bytes(their.wire("PEXPIRETIME", key));
        assertThat(Replies.same(ourLife, theirLife, Comparison.BUT_FOR_TIMES)).as(context).isTrue();
        Object ourDump = Objects.requireNonNull(our.call("DUMP", key));
        Object theirDump = Objects.requireNonNull(their.call("DUMP", key));
        assertThat(our.text("RESTORE", "exchanged", "0", theirDump)).as(context).isEqualTo("OK");
        assertThat(their.text("RESTORE", "exchanged", "0", ourDump)).as(context).isEqualTo("OK");
        assertThat(our.text("DEBUG", "DIGEST-VALUE", "exchanged"))
            .as(context)
            .isEqualTo(their.text("DEBUG", "DIGEST-VALUE", "exchanged"));
        our.text("DEL", "exchanged");
        their.text("DEL", "exchanged");
      }
      System.out.printf("database %d: %d keys are the same%n", database, keys.size());
    }
    our.text("SELECT", 0);
    their.text("SELECT", 0);
    assertSameData("at the end", ours, theirs);
  }

  /** Compares everything there is by digest, and names the keys whose values differ. */
  private static void assertSameData(String label, Peer one, Peer theirs) {
    if (one.digest().equals(theirs.digest())) {
      return;
    }
    List<String> differing = new ArrayList<>();
    for (int database = 0; database < RandomArguments.DATABASES; database++) {
      one.client().text("SELECT", database);
      theirs.client().text("SELECT", database);
      TreeSet<String> keys = new TreeSet<>(keys(theirs.client()));
      keys.addAll(keys(one.client()));
      for (String key : keys) {
        String a = one.client().text("DEBUG", "DIGEST-VALUE", key);
        String b = theirs.client().text("DEBUG", "DIGEST-VALUE", key);
        if (!a.equals(b)) {
          differing.add(database + " " + key + ": " + theirs.client().text("TYPE", key));
        }
      }
    }
    throw new AssertionError(label + ", seed " + SEED + ": " + differing);
  }

  private static byte[] bytes(String reply) {
    return reply.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<String> keys(RespClient client) {
    List<?> keys = (List<?>) Objects.requireNonNull(client.call("KEYS", "*"));
    return keys.stream().map(key -> RespClient.render(key)).sorted().toList();
  }
}
