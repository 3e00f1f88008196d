package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.integration.ReplicationChain.Node;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.Traffic;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rounds of writes and faults on chains of three servers: a link that fails at some byte and stays
 * away for a while, a restart, a kill, a promotion. After each the datasets are equal and no
 * dataset was sent whole, and at the end the logs are equal too.
 *
 * <p>Longer by {@code -Dmillrace.rounds=500}, with other faults by {@code
 * -Dmillrace.rounds.seed=N}.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class ReplicationRoundsTest {
  private static final int ROUNDS = Integer.getInteger("millrace.rounds", 5);
  private static final long SEED = Long.getLong("millrace.rounds.seed", 20_261_124);
  private static final int AT_FIRST = 2;
  private static final String DEFAULT_BACKLOG = "1mb";
  private static final String AMPLE_BACKLOG = "512mb";

  /** A replica that was away may have missed more than Redis's default backlog holds. */
  private static final int BYTES_MAX = 3 << 20;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @ParameterizedTest
  @ValueSource(strings = {"RMR", "MRM", "MMM"})
  void shouldEndEqualWithoutAnyFullSyncThroughCutsRestartsAndPromotions(String kinds)
      throws Exception {
    try (ReplicationChain chain = new ReplicationChain(kinds, AMPLE_BACKLOG)) {
      for (int round = 1; round <= ROUNDS; round++) {
        String what =
            kinds + ", seed " + SEED + ", round " + round + ": " + playRound(chain, round);
        try {
          chain.awaitEqual();
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(what + chain.resyncs(), e);
        }
        assertThat(chain.fullSyncs()).as(() -> what + chain.resyncs()).isEqualTo(AT_FIRST);
      }
      chain.compareLogs();
    }
  }

  /** What the same rounds cost where there is no log; with restarts it would be more. */
  @ParameterizedTest
  @ValueSource(strings = "RRR")
  void stockServersAloneShouldNeedFullSyncsInTheSameRounds(String kinds) {
    try (ReplicationChain chain = new ReplicationChain(kinds, DEFAULT_BACKLOG)) {
      for (int round = 1; round <= ROUNDS; round++) {
        playRound(chain, round);
        chain.awaitEqual();
      }
      System.out.printf(
          "%s, seed %d: %d full syncs after the first in %d rounds%n",
          kinds, SEED, chain.fullSyncs() - AT_FIRST, ROUNDS);
      assertThat(chain.fullSyncs()).isGreaterThan(AT_FIRST);
    }
  }

  private String playRound(ReplicationChain chain, int round) {
    write(chain, round, random.nextInt(100_000));
    List<Node> nodes = chain.nodes();
    int last = nodes.size() - 1;
    return switch (random.nextInt(6)) {
      case 0, 1, 2 -> {
        Node master = nodes.get(random.nextInt(last));
        int after = random.nextInt(200_000);
        master.link.failAfter(after);
        int missed = random.nextInt(BYTES_MAX);
        write(chain, round, after + missed);
        master.link.mend();
        yield "the link failed after " + after + " bytes";
      }
      case 3 -> {
        Node node = nodes.get(random.nextInt(nodes.size()));
        if (node.isMillrace()) {
          chain.restart(node, true);
        }
        write(chain, round, random.nextInt(BYTES_MAX));
        yield "a restart";
      }
      case 4 -> {
        // The only one whose end nobody else's stream hangs on.
        if (chain.last().isMillrace()) {
          chain.restart(chain.last(), false);
        }
        write(chain, round, random.nextInt(BYTES_MAX));
        yield "a kill";
      }
      default -> {
        chain.awaitEqual();
        chain.promoteSecond();
        write(chain, round, random.nextInt(BYTES_MAX));
        yield "a promotion";
      }
    };
  }

  /** Writes to the master: many strings, and a few of every other type. */
  private void write(ReplicationChain chain, int round, int bytes) {
    int port = chain.head().server.port();
    Traffic.set(port, "round:" + round % 8, 500, 1 + random.nextInt(3000), bytes);
    try (RespClient client = RespClient.connect(port)) {
      String value = Integer.toString(1 + random.nextInt(1000));
      client.text("INCR", "counter");
      client.text("RPUSH", "list", value);
      client.text("SADD", "set", value);
      client.text("SPOP", "set");
      client.text("ZADD", "sorted", value, "member:" + random.nextInt(100));
      client.text("HSET", "hash", "field:" + random.nextInt(100), value);
      client.text("XADD", "stream", "*", "field", value);
      client.text("SET", "expiring:" + random.nextInt(20), value, "PX", value + "1");
      client.text("MULTI");
      client.text("SELECT", "3");
      client.text("SET", "elsewhere", value);
      client.text("EXEC");
      client.text("EVAL", "redis.call('incr','a') return redis.call('append','b','x')", "0");
    }
  }
}
