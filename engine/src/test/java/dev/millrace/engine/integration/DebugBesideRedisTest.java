package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Subcommands of DEBUG that look inside, and the one that writes to the stream. */
@Timeout(60)
class DebugBesideRedisTest {
  private static final String[] DEBUG = {
    "--enable-debug-command", "yes", "--hash-max-listpack-entries", "2"
  };

  @TempDir Path directory;

  @Test
  void shouldSayAsRedisWhetherAValueIsOneListpack() {
    try (TwinStreams twins = new TwinStreams(directory, 1, DEBUG)) {
      twins.talk.play(
          """
          0 HSET|h|f|v
          0 ZADD|z|1|a
          0 RPUSH|l|a|b
          0 SADD|s|1|2
          0 SET|x|1
          0 HSET|large|a|1|b|2|c|3
          0 XADD|st|1-1|a|b
          0 DEBUG|LISTPACK
          0 DEBUG|LISTPACK|h|z
          0 DEBUG|LISTPACK|h
          0 DEBUG|LISTPACK|z
          0 DEBUG|LISTPACK|l
          0 DEBUG|LISTPACK|s
          0 DEBUG|LISTPACK|x
          0 DEBUG|LISTPACK|large
          0 DEBUG|LISTPACK|st
          0 DEBUG|LISTPACK|nokey
          0 DEBUG|HTSTATS-KEY|h
          0 DEBUG|HTSTATS-KEY|x
          0 DEBUG|HTSTATS-KEY|nokey
          0 DEBUG|HTSTATS|x
          0 DEBUG|HTSTATS|99
          0 DEBUG|HTSTATS|5
          """);
      String[] keyStatistics = {"DEBUG", "HTSTATS-KEY", "large"};
      String ours = twins.talk.ours(0).text((Object[]) keyStatistics);
      assertThat(ours).isEqualTo(firstLines(twins.talk.real(0).text((Object[]) keyStatistics)));
    }
  }

  /** The lines that speak of no slots and chains, of which our tables have none. */
  private static String firstLines(String statistics) {
    return String.join(
        "",
        statistics
            .lines()
            .filter(line -> line.startsWith("Hash table") || line.contains("elements"))
            .map(line -> line + "\n")
            .toList());
  }

  @Test
  void shouldSendToReplicasWhatDebugReplicateSaysAndNotRunIt() {
    try (TwinStreams twins = new TwinStreams(directory, 1, DEBUG)) {
      twins.talk.play(
          """
          0 SET|a|1
          0 DEBUG|REPLICATE
          0 DEBUG|REPLICATE|set|b|2
          0 GET|b
          0 DEBUG|REPLICATE|PUBLISH|channel|word
          """);
      twins.end();
      assertThat(twins.ours()).isEqualTo(twins.real()).contains("set b 2");
      // Redis would send these too; our log is the stream, and has to be readable at a start.
      for (String refused : List.of("foo", "SHUTDOWN", "MULTI")) {
        assertThat(twins.talk.ours(0).wire("DEBUG", "REPLICATE", refused))
            .startsWith("-ERR only a command that writes");
      }
    }
  }
}
