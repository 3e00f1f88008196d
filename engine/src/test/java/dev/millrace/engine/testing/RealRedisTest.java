package dev.millrace.engine.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealRedisTest {
  @Test
  void shouldAnswerAndLeaveNothingBehind() {
    Path directory;
    ProcessHandle process;
    try (RealRedis redis = RealRedis.start()) {
      directory = redis.directory();
      process = ProcessHandle.of(redis.processId()).orElseThrow();
      assertThat(redis.client().text("SET", "k", "v")).isEqualTo("OK");
      assertThat(redis.client().wire("GET", "k")).isEqualTo("$1\r\nv\r\n");
      assertThat(redis.connect().call("INCR", "k"))
          .isEqualTo(new RespError("ERR value is not an integer or out of range"));
      assertThat(redis.client().text("INFO", "server")).contains("redis_version:7.0.");
    }
    assertThat(directory).doesNotExist();
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void shouldReadEveryReplyOfProtocolThree() {
    try (RealRedis redis = RealRedis.start()) {
      RespClient client = redis.client();
      assertThat(client.text("HELLO", "3")).contains("proto=3");
      assertThat(client.call("DEBUG", "PROTOCOL", "double")).isInstanceOf(RespError.class);
      client.call("ZADD", "z", "1.5", "a");
      assertThat(client.call("ZSCORE", "z", "a")).isEqualTo(1.5);
      assertThat(client.call("GET", "none")).isNull();
      assertThat(client.call("SMEMBERS", "none")).isEqualTo(List.of());
    }
  }

  @Test
  void shouldKeepAGivenDirectoryAndPassArguments(@TempDir Path directory) {
    try (RealRedis redis = RealRedis.startIn(directory, "--dbfilename", "x.rdb")) {
      redis.client().text("SET", "k", "v");
      redis.client().text("SAVE");
    }
    assertThat(directory.resolve("x.rdb")).exists();
    try (RealRedis redis = RealRedis.startIn(directory, "--dbfilename", "x.rdb")) {
      assertThat(redis.client().text("GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void shouldTellTheServersOwnWordsWhenItCannotStart(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("dump.rdb"), "not an RDB file");
    assertThatThrownBy(() -> RealRedis.startIn(directory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Wrong signature");
  }
}
