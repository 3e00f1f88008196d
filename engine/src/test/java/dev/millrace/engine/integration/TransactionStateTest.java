package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions on a server whose state changes while they are queued. */
@Timeout(60)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class TransactionStateTest {
  @TempDir Path directory;

  @Test
  void shouldRefuseAnExecWhoseCommandsAreNotAllowedAnyMoreAsRedisDoes() {
    try (Conversation talk = new Conversation(directory, 2)) {
      queue(talk, "SET", "k", "1");
      talk.say(1, "CONFIG", "SET", "min-replicas-to-write", "2");
      assertThat(talk.say(0, "EXEC")).contains("EXECABORT", "NOREPLICAS");
      queue(talk, "GET", "k");
      talk.say(0, "EXEC");
      talk.say(1, "CONFIG", "SET", "min-replicas-to-write", "0");

      queue(talk, "SET", "k", "1");
      talk.say(1, "CONFIG", "SET", "maxmemory", "1");
      assertThat(talk.say(0, "EXEC")).contains("EXECABORT", "OOM");
      talk.say(1, "CONFIG", "SET", "maxmemory", "0");
      queue(talk, "GET", "k");
      talk.say(1, "CONFIG", "SET", "maxmemory", "1");
      talk.say(0, "EXEC");
      talk.say(1, "CONFIG", "SET", "maxmemory", "0");
    }
  }

  @Test
  void shouldRefuseAnExecWhenTheServerHasBecomeAReplicaMeanwhileAsRedisDoes() {
    try (Conversation talk = new Conversation(directory, 2)) {
      for (String[] command : new String[][] {{"GET", "k"}, {"SET", "k", "1"}, {"PING"}}) {
        String ours = execAfterDemotion(talk.ours(0), talk.ours(1), command);
        assertThat(ours).startsWith("-EXECABORT");
        assertThat(ours).isEqualTo(execAfterDemotion(talk.real(0), talk.real(1), command));
      }
    }
  }

  private static String execAfterDemotion(RespClient one, RespClient other, String... command) {
    other.wire("CONFIG", "SET", "replica-serve-stale-data", "no");
    one.wire("MULTI");
    one.wire((Object[]) command);
    other.wire("REPLICAOF", "127.0.0.1", "1");
    String reply = one.wire("EXEC");
    other.wire("REPLICAOF", "NO", "ONE");
    return reply;
  }

  private static void queue(Conversation talk, Object... command) {
    talk.say(0, "MULTI");
    talk.say(0, command);
    talk.say(0, "PING");
  }

  @Test
  void shouldCutABaseAskedForInATransactionOnlyAfterIt() throws Exception {
    try (InProcessServer server =
        InProcessServer.start(directory, "--appendonly", "yes", "--appendfsync", "always")) {
      RespClient client = server.client();
      client.call("MULTI");
      client.call("INCR", "n");
      client.call("BGREWRITEAOF");
      client.call("INCR", "n");
      assertThat(client.text("EXEC")).contains("scheduled");
      while (!client.text("INFO", "persistence").contains("aof_rewrites:1")
          || !client.text("INFO", "persistence").contains("aof_rewrite_in_progress:0")) {
        Thread.onSpinWait();
      }
    }
    try (InProcessServer again = InProcessServer.start(directory, "--appendonly", "yes")) {
      assertThat(again.client().text("GET", "n")).isEqualTo("2");
    }
  }

  @Test
  void shouldEvictWhenTheLimitIsLoweredThoughNoCommandComes() {
    try (InProcessServer server =
            InProcessServer.start(
                directory,
                "--appendonly",
                "no",
                "--maxmemory-policy",
                "allkeys-lru",
                "--notify-keyspace-events",
                "Ee");
        RespClient listener = RespClient.connect(server.port())) {
      listener.call("PSUBSCRIBE", "*");
      server.client().call("SET", "k", "v");
      server.client().call("CONFIG", "SET", "maxmemory", "1");

      assertThat(RespClient.render(listener.read())).contains("__keyevent@0__:evicted", "k");
    }
  }
}
