package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What XREADGROUP sends to replicas from inside transactions and scripts, beside redis-server. */
@Timeout(60)
class GroupReadStreamTest {
  @Test
  void shouldSendTheClaimsOfReadsInsideTransactionsAndScripts(@TempDir Path directory) {
    try (TwinStreams twins = new TwinStreams(directory, 1)) {
      twins.talk.play(
          """
          0 XADD|s|1-1|a|b
          0 XADD|s|2-1|a|b
          0 XADD|s|3-1|a|b
          0 XGROUP|CREATE|s|g|0
          0 MULTI
          0 XREADGROUP|GROUP|g|c1|COUNT|1|STREAMS|s|>
          0 SET|a|b
          0 EXEC
          0 EVAL|return redis.call('xreadgroup','GROUP','g','c2','STREAMS','s','>')|0
          0 XADD|s|4-1|a|b
          0 MULTI
          0 XREADGROUP|GROUP|g|c1|NOACK|STREAMS|s|>
          0 EXEC
          0 XADD|s|5-1|a|b
          0 EVAL|return redis.call('xreadgroup','GROUP','g','c4','NOACK','STREAMS','s','>')|0
          0 MULTI
          0 XREADGROUP|GROUP|g|c1|STREAMS|s|>
          0 XREADGROUP|GROUP|g|c1|STREAMS|s|0
          0 EXEC
          """);
      twins.end();
      List<String> ours = twins.ours();
      assertThat(comparable(ours))
          .isEqualTo(comparable(twins.real()))
          .anyMatch(command -> command.startsWith("XCLAIM s g c2 0 3-1 TIME"));
      // What Redis says only with NOACK: docs/compatibility.md.
      assertThat(ours).contains("XGROUP SETID s g 1-1 ENTRIESREAD 1");
    }
  }

  /** Without the times, the counts of entries read, and the units that these are put into. */
  private static List<String> comparable(List<String> commands) {
    return commands.stream()
        .filter(command -> !command.contains(" ENTRIESREAD "))
        .filter(command -> !command.equals("MULTI") && !command.equals("EXEC"))
        .map(command -> command.replaceAll(" TIME \\d+", " TIME"))
        .toList();
  }
}
