package dev.millrace.engine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigException;
import dev.millrace.engine.config.ServerSettings.OomScoreAdj;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Linux is told of whom to end first. */
class OomScoreTest {
  @TempDir Path directory;

  private final Config config = new Config();
  private Path file;
  private boolean replica;
  private OomScore score;

  @BeforeEach
  void start() throws IOException {
    file = Files.writeString(directory.resolve("oom_score_adj"), "22\n");
    score = new OomScore(file, config.server, () -> replica);
    config.server.oomScoreAdjValues.value(List.of(10, 20, 30));
  }

  @Test
  void shouldLeaveTheSystemAloneWhileTurnedOff() throws Exception {
    score.apply();
    score.roleChanged();
    assertThat(file).hasContent("22\n");
  }

  @Test
  void shouldAddTheValueOfTheRoleAndPutBackWhatItFound() throws Exception {
    config.server.oomScoreAdj.value(OomScoreAdj.YES);
    score.apply();
    assertThat(file).hasContent("32");
    replica = true;
    score.roleChanged();
    assertThat(file).hasContent("42");
    config.server.oomScoreAdj.value(OomScoreAdj.NO);
    score.apply();
    assertThat(file).hasContent("22");
  }

  @Test
  void shouldSetTheValueItselfWhereItIsAbsoluteAndKeepWithinTheBounds() throws Exception {
    config.server.oomScoreAdj.value(OomScoreAdj.ABSOLUTE);
    score.apply();
    assertThat(file).hasContent("10");
    config.server.oomScoreAdjValues.value(List.of(2000, 0, 0));
    score.apply();
    assertThat(file).hasContent("1000");
  }

  @Test
  void shouldSayWhenTheSystemRefuses() throws IOException {
    Files.delete(file);
    config.server.oomScoreAdj.value(OomScoreAdj.RELATIVE);
    assertThatThrownBy(score::apply).isInstanceOf(ConfigException.class);
  }
}
