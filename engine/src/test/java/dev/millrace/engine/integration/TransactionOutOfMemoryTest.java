package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What MULTI queues while memory is full, beside Redis. */
@Timeout(60)
class TransactionOutOfMemoryTest {
  private static final List<String> LINES =
      List.of(
          "GET a",
          "SET a v",
          "MULTI",
          "GET a",
          "EXEC",
          "MULTI",
          "SET a v",
          "DEL a",
          "DISCARD",
          "MULTI",
          "MULTI",
          "WATCH a",
          "PING",
          "EXEC",
          "MULTI",
          "EXEC",
          "MULTI",
          "RESET",
          "EXEC",
          "CONFIG SET maxmemory 0",
          "MULTI",
          "SET a v",
          "CONFIG SET maxmemory 1",
          "EXEC",
          "GET a",
          "CONFIG SET maxmemory 0",
          "MULTI",
          "GET a",
          "SET b v",
          "EXEC");

  @Test
  void shouldQueueNothingAsRedisDoes() {
    try (RealRedis redis = RealRedis.start("--maxmemory", "1");
        LiveServer ours = LiveServer.start("--maxmemory", "1")) {
      assertThat(answers(ours.client())).isEqualTo(answers(redis.client()));
    }
  }

  private static List<String> answers(RespClient client) {
    List<String> answers = new ArrayList<>();
    for (String line : LINES) {
      answers.add(line + " => " + RespClient.render(client.call((Object[]) line.split(" ", -1))));
    }
    return answers;
  }
}
