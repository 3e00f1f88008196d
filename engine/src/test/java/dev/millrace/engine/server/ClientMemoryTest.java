package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RespClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients take is counted, and bounded by the limits on output and on all of them. */
@Timeout(60)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class ClientMemoryTest {
  private static final byte[] VALUE = new byte[200_000];

  @TempDir Path directory;

  private InProcessServer start(String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = "--appendonly";
    all[1] = "no";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return InProcessServer.start(directory, all);
  }

  private static String line(InProcessServer server, String name) {
    return server
        .client()
        .text("CLIENT", "LIST")
        .lines()
        .filter(each -> each.contains(" name=" + name + " "))
        .findFirst()
        .orElse("");
  }

  private static long field(InProcessServer server, String name, String field) {
    return Long.parseLong(line(server, name).replaceAll(".* " + field + "=(\\d+) .*", "$1"));
  }

  private static RespClient named(InProcessServer server, String name) {
    RespClient client = RespClient.connect(server.port());
    client.call("CLIENT", "SETNAME", name);
    return client;
  }

  @Test
  void l7_aReplyWithoutEndIsCutOffAtTheLimitAndItsClientClosed() {
    try (InProcessServer server = start("--client-output-buffer-limit", "normal 1mb 0 0")) {
      server.client().call("HSET", "hash", "f", VALUE);
      server.client().call("SADD", "set", VALUE);
      server.client().call("ZADD", "zset", "1", VALUE);
      for (String command :
          new String[] {"HRANDFIELD hash", "SRANDMEMBER set", "ZRANDMEMBER zset"}) {
        try (RespClient greedy = RespClient.connect(server.port())) {
          String[] words = command.split(" ");
          greedy.send(words[0], words[1], Long.toString(-(Long.MAX_VALUE / 2)));
          await().until(greedy::isAtEnd);
        }
      }

      assertThat(server.client().text("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void l7_aReplyOverTheLimitIsNotSentInPart() {
    try (InProcessServer server = start("--client-output-buffer-limit", "normal 100kb 0 0");
        RespClient client = RespClient.connect(server.port())) {
      client.call("SET", "k", VALUE);
      client.send("GET", "k");

      await().until(client::isAtEnd);
    }
  }

  @Test
  void shouldCloseTheClientsThatTakeMostWhenAllTakeTooMuch() {
    try (InProcessServer server = start("--maxmemory-clients", "1mb");
        RespClient large = named(server, "large");
        RespClient small = named(server, "small");
        RespClient spared = named(server, "spared")) {
      spared.call("CLIENT", "NO-EVICT", "ON");
      spared.call("MULTI");
      spared.call("SET", "k", VALUE);
      small.call("MULTI");
      small.call("SET", "k", VALUE);
      large.call("MULTI");
      for (int i = 0; i < 6; i++) {
        large.send("SET", "k", VALUE);
      }
      await().until(() -> line(server, "large").isEmpty());

      assertThat(line(server, "small")).contains(" multi=1 ");
      assertThat(line(server, "spared")).contains(" flags=xe ");
      assertThat(server.client().text("INFO", "stats")).contains("evicted_clients:1\r\n");
    }
  }

  @Test
  void shouldTellWhatAClientHasSentAndWhatWaitsForIt() {
    try (InProcessServer server = start();
        RespClient sender = named(server, "sender");
        RespClient watcher = named(server, "watcher")) {
      sender.sendRaw(
          "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000\r\n".getBytes(StandardCharsets.US_ASCII));
      sender.sendRaw(VALUE);
      await().until(() -> field(server, "sender", "qbuf") > VALUE.length);
      watcher.call("WATCH", "key");
      watcher.call("MULTI");
      watcher.call("SET", "k", VALUE);

      assertThat(field(server, "sender", "tot-mem")).isGreaterThan(VALUE.length);
      assertThat(field(server, "watcher", "multi-mem")).isGreaterThan(VALUE.length);
      assertThat(field(server, "watcher", "tot-mem")).isGreaterThan(VALUE.length);
    }
  }

  @Test
  void shouldEvictKeysForWhatWaitsForClients() {
    try (InProcessServer server =
            start("--maxmemory", "10mb", "--maxmemory-policy", "allkeys-random");
        RespClient sender = named(server, "sender")) {
      for (int i = 0; i < 20; i++) {
        server.client().call("SET", "key:" + i, VALUE);
      }
      assertThat(server.client().call("DBSIZE")).isEqualTo(20L);
      sender.sendRaw(
          "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$7500000\r\n".getBytes(StandardCharsets.US_ASCII));
      sender.sendRaw(new byte[7_000_000]);

      await().until(() -> (Long) server.client().call("DBSIZE") < 15);
    }
  }
}
