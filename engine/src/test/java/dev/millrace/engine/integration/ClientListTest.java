package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What CLIENT LIST says a client is, beside redis-server. */
@Timeout(60)
class ClientListTest {
  private static final Pattern FLAGS = Pattern.compile(" flags=(\\w+) .* cmd=(\\S+) user=(\\S+)");

  @Test
  void aReplicaShouldShowItsMasterAsAClientAndLetItBeKilled() {
    try (RealRedis master = RealRedis.start("--repl-diskless-sync-delay", "0");
        RealRedis real = RealRedis.start();
        LiveServer ours = LiveServer.start()) {
      for (Peer replica : List.of(real, ours)) {
        RespClient client = replica.client();
        client.text("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        awaitLine(client);
        master.client().text("SET", "k", "v");
        await().until(() -> awaitLine(client).contains(" cmd=set "));
        String line = awaitLine(client);
        assertThat(line)
            .contains(" addr=127.0.0.1:" + master.port() + " laddr=127.0.0.1:", " flags=M db=0 ")
            .contains(" user=(superuser) ", " multi=-1 ", " age=");
        String id = line.substring("id=".length(), line.indexOf(' '));
        assertThat(client.text("CLIENT", "LIST", "ID", id)).contains(" flags=M ");
        assertThat(client.text("CLIENT", "LIST")).contains(" flags=M ", " flags=N ");
        assertThat(client.text("CLIENT", "LIST", "TYPE", "normal")).doesNotContain(" flags=M ");
        assertThat(client.text("INFO", "clients")).contains("connected_clients:2\r");
        assertThat(client.text("CLIENT", "KILL", "TYPE", "master", "USER", "default"))
            .isEqualTo("0");

        assertThat(client.text("CLIENT", "KILL", "TYPE", "master")).isEqualTo("1");
        String before = line.replaceAll(".* laddr=(\\S+) .*", "$1");
        await().atMost(Duration.ofSeconds(20)).until(() -> !awaitLine(client).contains(before));
        assertThat(client.text("CLIENT", "KILL", "127.0.0.1:" + master.port())).isEqualTo("OK");
        awaitLine(client);
        client.text("REPLICAOF", "NO", "ONE");
        assertThat(client.text("CLIENT", "LIST", "TYPE", "master")).isEmpty();
      }
    }
  }

  private static String awaitLine(RespClient client) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> client.text("CLIENT", "LIST", "TYPE", "master").strip(), line -> !line.isEmpty());
  }

  @Test
  void shouldFlagClientsAsRedisDoes(@TempDir Path directory) {
    try (Conversation talk = new Conversation(directory, 8)) {
      talk.play(
          """
          1 MULTI
          2 SUBSCRIBE|channel
          3* BLPOP|list|0
          4 MONITOR
          5 CLIENT|TRACKING|on|BCAST
          6 WATCH|k
          6 MULTI
          7 CLIENT|NO-EVICT|on
          0 SET|k|1
          """);
      String asked = "SET x 1\r\nCLIENT LIST\r\n";
      assertThat(flags(talk.ours(0), asked)).isEqualTo(flags(talk.real(0), asked));
      String unblocks = "RPUSH list a\r\nCLIENT LIST\r\n";
      assertThat(flags(talk.ours(0), unblocks))
          .isEqualTo(flags(talk.real(0), unblocks))
          .anyMatch(flag -> flag.startsWith("u "));
      String inside = "MULTI\r\nCLIENT LIST\r\nEXEC\r\n";
      assertThat(flags(talk.ours(0), inside)).isEqualTo(flags(talk.real(0), inside));
      String kills = "CLIENT KILL ID %s\r\nCLIENT LIST\r\n";
      assertThat(flags(talk.ours(0), kills.formatted(talk.ourId(5))))
          .isEqualTo(flags(talk.real(0), kills.formatted(talk.realId(5))))
          .hasSize(8);
    }
  }

  /** What the last of some commands sent at once is answered, client by client. */
  private static List<String> flags(RespClient client, String commands) {
    client.sendRaw(commands.getBytes(StandardCharsets.US_ASCII));
    List<String> flags = new ArrayList<>();
    for (long left = commands.lines().count(); left > 0; left--) {
      FLAGS
          .matcher(RespClient.render(client.read()))
          .results()
          .forEach(line -> flags.add(line.group(1) + " " + line.group(2) + " " + line.group(3)));
    }
    // Connections made at once are accepted in any order.
    Collections.sort(flags);
    return flags;
  }
}
