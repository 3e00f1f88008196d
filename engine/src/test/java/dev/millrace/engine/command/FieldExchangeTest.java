package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** HGETDEL, HGETEX and HSETEX: what they answer, and what goes to the stream. */
class FieldExchangeTest {
  private static final long START = CommandRunner.START_MILLIS;

  private static String wire(CommandRunner runner, String line) {
    return runner.wire((Object[]) line.split(" "));
  }

  @Test
  void hgetdelShouldAnswerTheValuesAndRemoveThem() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1 b 2");
      runner.takeStream();
      assertThat(wire(runner, "HGETDEL h FIELDS 2 a x")).isEqualTo("*2\r\n$1\r\n1\r\n$-1\r\n");
      assertThat(wire(runner, "HGETDEL h FIELDS 1 x")).isEqualTo("*1\r\n$-1\r\n");
      assertThat(wire(runner, "HGETDEL none FIELDS 1 x")).isEqualTo("*1\r\n$-1\r\n");
      assertThat(wire(runner, "HGETDEL h FIELDS 2 b b")).isEqualTo("*2\r\n$1\r\n2\r\n$1\r\n2\r\n");
      assertThat(wire(runner, "EXISTS h")).isEqualTo(":0\r\n");
      assertThat(runner.takeStream()).containsExactly("0> HDEL h a", "0> HDEL h b");
    }
  }

  @Test
  void hgetexShouldAnswerTheValuesAndChangeTheirExpiry() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "HSET h a 1 b 2");
      runner.takeStream();
      assertThat(wire(runner, "HGETEX h FIELDS 1 a")).isEqualTo("*1\r\n$1\r\n1\r\n");
      assertThat(runner.takeStream()).isEmpty();
      assertThat(wire(runner, "HGETEX h EX 10 FIELDS 2 a x")).isEqualTo("*2\r\n$1\r\n1\r\n$-1\r\n");
      wire(runner, "HGETEX h PXAT " + (START + 5) + " FIELDS 1 b");
      assertThat(wire(runner, "HPEXPIRETIME h FIELDS 2 a b"))
          .isEqualTo("*2\r\n:" + (START + 10_000) + "\r\n:" + (START + 5) + "\r\n");
      wire(runner, "HGETEX h PERSIST FIELDS 2 a b");
      wire(runner, "HGETEX h PERSIST FIELDS 1 a");
      assertThat(wire(runner, "HTTL h FIELDS 2 a b")).isEqualTo("*2\r\n:-1\r\n:-1\r\n");
      assertThat(wire(runner, "HGETEX h EXAT 1 FIELDS 2 a b"))
          .isEqualTo("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
      assertThat(wire(runner, "EXISTS h")).isEqualTo(":0\r\n");
      assertThat(runner.takeStream())
          .containsExactly(
              "0> HPEXPIREAT h " + (START + 10_000) + " FIELDS 1 a",
              "0> HPEXPIREAT h " + (START + 5) + " FIELDS 1 b",
              "0> HPERSIST h FIELDS 2 a b",
              "0> HDEL h a b");
    }
  }

  @Test
  void hsetexShouldSetFieldsWithTheirExpiryWhereItsConditionIsMet() {
    try (CommandRunner runner = new CommandRunner(1)) {
      assertThat(wire(runner, "HSETEX h FXX FIELDS 1 a 1")).isEqualTo(":0\r\n");
      assertThat(wire(runner, "EXISTS h")).isEqualTo(":0\r\n");
      assertThat(wire(runner, "HSETEX h FNX PX 9 FIELDS 2 a 1 b 2")).isEqualTo(":1\r\n");
      assertThat(wire(runner, "HSETEX h FNX FIELDS 2 c 1 b 2")).isEqualTo(":0\r\n");
      assertThat(wire(runner, "HSETEX h FXX FIELDS 2 c 1 b 2")).isEqualTo(":0\r\n");
      assertThat(wire(runner, "HSETEX h FXX KEEPTTL FIELDS 1 a 3")).isEqualTo(":1\r\n");
      assertThat(wire(runner, "HSETEX h FIELDS 1 b 4")).isEqualTo(":1\r\n");
      assertThat(wire(runner, "HPTTL h FIELDS 2 a b")).isEqualTo("*2\r\n:9\r\n:-1\r\n");
      assertThat(wire(runner, "HSETEX h PXAT 1 FIELDS 2 b 5 x 5")).isEqualTo(":1\r\n");
      assertThat(wire(runner, "HSETEX none PXAT 1 FIELDS 1 b 5")).isEqualTo(":1\r\n");
      assertThat(wire(runner, "HMGET h a b x")).isEqualTo("*3\r\n$1\r\n3\r\n$-1\r\n$-1\r\n");
      assertThat(runner.takeStream())
          .filteredOn(line -> !line.endsWith("MULTI") && !line.endsWith("EXEC"))
          .containsExactly(
              "0> HSET h a 1 b 2",
              "0> HPEXPIREAT h " + (START + 9) + " FIELDS 2 a b",
              "0> HSET h a 3",
              "0> HPEXPIREAT h " + (START + 9) + " FIELDS 1 a",
              "0> HSET h b 4",
              "0> HDEL h b");
    }
  }

  @Test
  void shouldRefuseInRedissWords() {
    try (CommandRunner runner = new CommandRunner(1)) {
      wire(runner, "SET s x");
      List<String> lines =
          List.of(
              "HGETDEL s FIELDS 1 a|-WRONGTYPE",
              "HGETEX s FIELDS 1 a|-WRONGTYPE",
              "HSETEX s FIELDS 1 a 1|-WRONGTYPE",
              "HGETDEL h FIELDS 0 a|-ERR Number of fields must be a positive integer",
              "HGETDEL h FIELDS 2 a|-ERR The `numfields` parameter must match",
              "HGETDEL h FOO 1 a|-ERR Mandatory argument FIELDS is missing",
              "HGETEX h FIELDS 0 a|-ERR invalid number of fields",
              "HGETEX h FIELDS 2 a|-ERR wrong number of arguments",
              "HGETEX h EX 1 PERSIST FIELDS 1 a|-ERR Only one of EX, PX, EXAT, PXAT or PERSIST arg",
              "HSETEX h EX 1 KEEPTTL FIELDS 1 a 1|-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL",
              "HSETEX h FNX FXX FIELDS 1 a 1|-ERR Only one of FXX or FNX arguments",
              "HSETEX h FNX FOO FIELDS 1 a 1|-ERR unknown argument: FOO",
              "HSETEX h EX -1 FIELDS 1 a 1|-ERR invalid expire time, must be >= 0",
              "HSETEX h FNX FNX KEEPTTL EX|-ERR Only one of",
              "HGETEX h KEEPTTL FIELDS 1 a|-ERR unknown argument: KEEPTTL");
      for (String line : lines) {
        String[] parts = line.split("\\|");
        assertThat(wire(runner, parts[0])).as(line).startsWith(parts[1]);
      }
    }
  }
}
