package dev.millrace.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What MONITOR shows, and what a monitoring client may do, beside redis-server. */
@Timeout(60)
class MonitorBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, 4);
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  @Test
  void shouldShowCommandsAsRedisDoes() {
    talk.play(
        """
        0 MONITOR
        1 SET|a|b
        1 GET|
        1 auth|x
        1 AUTH|u|p
        1 HELLO|2|AUTH|u|p|SETNAME|n
        1 CONFIG|GET|maxmemory
        1 ACL|SETUSER|x|>secret
        1 ACL|WHOAMI
        1 SELECT|3
        1 MULTI
        1 GET|a
        1 INCR|q
        1 EXEC
        1 DISCARD
        1 MULTI
        1 nosuch
        1 EXEC
        1 GET
        1 CLIENT|LIST|x
        1 CLIENT|GETNAME
        1 LPUSH|l|1
        1 BLPOP|l|0
        1 SUBSCRIBE|x
        1 GET|a
        1 EXEC
        2 PUBLISH|x|y
        2 GETEX|a|EX|0
        """);
    talk.say(
        2, "SET", "a", new byte[] {'"', '\\', '\n', '\r', '\t', 7, 8, 0, 31, 127, -1, ' ', '~'});
    talk.play("2 MGET|a|b");
  }

  @Test
  void shouldKeepMonitorsToTheirRole() {
    talk.play(
        """
        0 MONITOR
        0 GET|a
        0 SET|a|b
        0 PING
        0 PUBLISH|a|b
        0 SUBSCRIBE|d
        0 MULTI
        0 EXEC
        1 PUBLISH|d|x
        1 MULTI
        1 MONITOR
        1 EXEC
        1 GET|a
        0 RESET
        0 GET|a
        0 PING
        1 GET|a
        """);
    talk.play("2 MONITOR");
    talk.disconnect(2);
    talk.play("1 GET|a");
  }

  @Test
  void shouldShowScriptsBeforeWhatTheyRun() {
    talk.play("0 MONITOR");
    talk.say(1, "EVAL", "redis.call('set','a','b') return redis.call('get',KEYS[1])", "1", "a");
    talk.say(1, "EVAL", "return 1", "0");
    talk.play("1 SELECT|2");
    talk.say(1, "EVAL", "return redis.pcall('incr','a','b')", "0");
    talk.play("1 MULTI");
    talk.say(1, "EVAL", "return redis.call('incr','n')", "0");
    talk.play("1 EXEC");
  }

  @Test
  void shouldNotAnswerASecondMonitor() {
    for (RespClient monitor : List.of(talk.ours(0), talk.real(0))) {
      assertThat(monitor.call("MONITOR")).isEqualTo("OK");
      monitor.send("MONITOR");
      assertThat(monitor.wire("PING")).isEqualTo("+PONG\r\n");
    }
  }

  @Test
  void l7_aMonitorThatDoesNotReadIsClosed() {
    RespClient writer = talk.ours(1);
    talk.ours(0).call("MONITOR");
    byte[] value = new byte[1 << 20];
    int written = 0;
    while (talk.ours().client().text("CLIENT", "LIST").contains("flags=O")) {
      writer.call("SET", "a", value);
      written++;
      assertThat(written).isLessThan(1000);
    }
  }
}
