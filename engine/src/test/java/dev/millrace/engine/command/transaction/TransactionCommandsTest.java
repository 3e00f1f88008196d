package dev.millrace.engine.command.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionCommandsTest {
  private static final String ABORTED = "*-1\r\n";

  private final CommandRunner runner = new CommandRunner(1);
  private final CommandRunner.Session watcher = runner.connect();
  private final CommandRunner.Session other = runner.connect();

  @AfterEach
  void close() {
    runner.close();
  }

  private String execAfter(String command) {
    watcher.wire("WATCH", "k", "l");
    other.wire((Object[]) command.split(" ", -1));
    watcher.wire("MULTI");
    watcher.wire("STRLEN", "k");
    return watcher.wire("EXEC");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET k w",
        "SETRANGE k 0 x",
        "APPEND k x",
        "GETSET k w",
        "GETDEL k",
        "GETEX k EX 100",
        "MSET other 1 k 2",
        "DEL other k",
        "UNLINK k",
        "RENAME k elsewhere",
        "RENAME o k",
        "COPY o k REPLACE",
        "MOVE k 1",
        "EXPIRE k 100",
        "EXPIREAT k 1",
        "FLUSHDB",
        "FLUSHALL",
        "SET l new",
        "SETNX l new",
        "MSETNX l new m new",
        "INCR l",
        "INCRBYFLOAT l 0.5"
      })
  void shouldAbortWhenAWatchedKeyWasChangedBy(String command) {
    other.wire("MSET", "k", "v", "o", "w");
    assertThat(execAfter(command)).isEqualTo(ABORTED);
    assertThat(watcher.wire("EXEC")).isEqualTo("-ERR EXEC without MULTI\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET k",
        "SET k w NX",
        "SETNX k w",
        "GETEX k",
        "GETEX k PERSIST",
        "PERSIST k",
        "EXPIRE k 100 XX",
        "TOUCH k",
        "DUMP k",
        "SETRANGE k 0 ",
        "DEL l",
        "RENAMENX o k",
        "COPY k elsewhere",
        "INCR k",
        "SET other 1",
        "FLUSHDB NOW"
      })
  void shouldRunWhenNoWatchedKeyWasChangedBy(String command) {
    other.wire("MSET", "k", "v", "o", "w");
    assertThat(execAfter(command)).isEqualTo("*1\r\n:1\r\n");
  }

  @Test
  void shouldAbortWhenAWatchedKeyExpired() {
    other.wire("SET", "k", "v", "PX", "100");
    watcher.wire("WATCH", "k");
    runner.advanceMillis(200);
    watcher.wire("MULTI");
    assertThat(watcher.wire("EXEC")).isEqualTo(ABORTED);
  }

  @Test
  void shouldNotAbortWhenTheSameKeyOfAnotherDatabaseWasChanged() {
    watcher.wire("WATCH", "k");
    other.select(1).wire("SET", "k", "v");
    watcher.wire("MULTI");
    assertThat(watcher.wire("EXEC")).isEqualTo("*0\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UNWATCH", "MULTI DISCARD", "MULTI EXEC"})
  void shouldForgetWhatWasWatchedAfter(String commands) {
    watcher.wire("WATCH", "k");
    for (String command : commands.split(" ")) {
      watcher.wire(command);
    }
    other.wire("SET", "k", "v");
    watcher.wire("MULTI");
    assertThat(watcher.wire("EXEC")).isEqualTo("*0\r\n");
  }

  @Test
  void shouldPropagateATransactionAsOneUnit() {
    watcher.wire("MULTI");
    watcher.wire("SET", "a", "1");
    watcher.wire("INCR", "a");
    watcher.wire("GET", "a");
    watcher.wire("INCR", "b");
    assertThat(runner.takeStream()).isEmpty();
    assertThat(watcher.wire("EXEC")).isEqualTo("*4\r\n+OK\r\n:2\r\n$1\r\n2\r\n:1\r\n");
    assertThat(runner.takeStream())
        .isEqualTo(List.of("0> MULTI", "0> SET a 1", "0> INCR a", "0> INCR b", "0> EXEC"));
  }

  @Test
  void shouldRefuseToRunWhatCouldNotBeQueued() {
    watcher.wire("MULTI");
    watcher.wire("SET", "a", "1");
    assertThat(watcher.wire("GET"))
        .isEqualTo("-ERR wrong number of arguments for 'get' command\r\n");
    assertThat(watcher.wire("EXEC"))
        .isEqualTo("-EXECABORT Transaction discarded because of previous errors.\r\n");
    assertThat(watcher.wire("EXISTS", "a")).isEqualTo(":0\r\n");
  }

  @Test
  void shouldGoOnAfterACommandThatFails() {
    watcher.wire("MULTI");
    watcher.wire("SET", "a", "x");
    watcher.wire("INCR", "a");
    watcher.wire("APPEND", "a", "y");
    assertThat(watcher.wire("EXEC"))
        .isEqualTo("*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n:2\r\n");
  }
}
