package dev.millrace.engine.command.generic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.keyspace.ExpiryMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IterationCommandsTest {
  private final CommandRunner runner = new CommandRunner(7);

  @AfterEach
  void close() {
    runner.close();
  }

  private void fill(int keys) {
    for (int i = 0; i < keys; i++) {
      runner.wire("SET", "key:" + i, i);
    }
  }

  /** The cursor and then the keys of a SCAN reply. */
  private List<String> scan(Object... command) {
    List<String> parts = new ArrayList<>();
    for (String line : runner.wire(command).split("\r\n")) {
      if (!line.startsWith("*") && !line.startsWith("$")) {
        parts.add(line);
      }
    }
    return parts;
  }

  @Test
  void shouldShowEveryKeyOfAScanThatOthersChangeUnderWay() {
    fill(2000);
    Set<String> seen = new HashSet<>();
    String cursor = "0";
    int calls = 0;
    do {
      List<String> reply = scan("SCAN", cursor, "COUNT", "20");
      cursor = reply.getFirst();
      seen.addAll(reply.subList(1, reply.size()));
      // Others come and go, and the table is rebuilt for them.
      for (int i = 0; i < 20; i++) {
        runner.wire("SET", "new:" + calls + ":" + i, "x");
      }
      calls++;
    } while (!cursor.equals("0"));
    for (int i = 0; i < 2000; i++) {
      assertThat(seen).contains("key:" + i);
    }
    assertThat(calls).isGreaterThan(50);
  }

  @Test
  void shouldShowEachKeyOnceInKeys() {
    fill(3000);
    for (int i = 0; i < 2500; i++) {
      runner.wire("PEXPIRE", "key:" + i, 10);
    }
    runner.advanceMillis(20);
    String reply = runner.wire("KEYS", "*");
    assertThat(reply).startsWith("*500\r\n");
    assertThat(reply.lines().filter(line -> line.startsWith("key"))).doesNotHaveDuplicates();
    assertThat(runner.keyspace().expiryMode()).isEqualTo(ExpiryMode.DELETE);
    assertThat(runner.wire("DBSIZE")).as("KEYS deletes nothing").isEqualTo(":3000\r\n");
  }

  @Test
  void shouldNotShowWhatHasExpired() {
    runner.wire("SET", "k", "v", "PX", "10");
    runner.advanceMillis(20);
    assertThat(scan("SCAN", "0")).containsExactly("0");
    assertThat(runner.wire("RANDOMKEY")).isEqualTo("$-1\r\n");
    assertThat(runner.takeStream()).contains("0> DEL k");
  }

  @Test
  void shouldNameAnyKeyAtRandom() {
    fill(20);
    Set<String> named = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      named.add(runner.wire("RANDOMKEY"));
    }
    assertThat(named).hasSize(20);
  }

  @Test
  void shouldReadTheCursorAsRedisDoes() {
    runner.wire("SET", "k", "v");
    assertThat(scan("SCAN", "")).containsExactly("0", "k");
    assertThat(scan("SCAN", "+0")).containsExactly("0", "k");
    assertThat(scan("SCAN", "-0")).containsExactly("0", "k");
    for (String cursor :
        List.of("+", "--0", " 0", "0 ", "0x", "18446744073709551616", "99999999999999999999")) {
      assertThat(runner.wire("SCAN", cursor)).as(cursor).isEqualTo("-ERR invalid cursor\r\n");
    }
    assertThat(runner.wire("SCAN", "18446744073709551615")).startsWith("*2\r\n");
    assertThat(runner.wire("SCAN", "-1")).startsWith("*2\r\n");
  }
}
