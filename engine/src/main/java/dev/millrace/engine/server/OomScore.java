package dev.millrace.engine.server;

import dev.millrace.engine.config.ConfigException;
import dev.millrace.engine.config.ServerSettings;
import dev.millrace.engine.config.ServerSettings.OomScoreAdj;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Linux is told of whom to end first when memory runs out ({@code oom-score-adj}): one value
 * for a master, another for a replica. Turned off, the value found at first is put back. The third
 * of {@code oom-score-adj-values} is for processes that save, of which there are none here.
 *
 * <p>Owned by: executor thread.
 */
final class OomScore {
  /** Where Linux keeps it; procfs is memory, not a disk: writing it waits for nothing. */
  static final Path OF_THIS_PROCESS = Path.of("/proc/self/oom_score_adj");

  private static final int MOST = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(OomScore.class);

  private final Path file;
  private final ServerSettings settings;
  private final BooleanSupplier isReplica;

  /** What was there before it was first written; null while nothing is. */
  private @Nullable Integer found;

  OomScore(Path file, ServerSettings settings, BooleanSupplier isReplica) {
    this.file = file;
    this.settings = settings;
    this.isReplica = isReplica;
  }

  /**
   * Puts the directives into effect.
   *
   * @throws ConfigException when the system refuses
   */
  void apply() throws ConfigException {
    try {
      if (settings.oomScoreAdj.value() == OomScoreAdj.NO) {
        putBack();
      } else {
        write();
      }
    } catch (IOException | NumberFormatException e) {
      LOG.warn("{} cannot be set: {}", file, e.getMessage());
      throw new ConfigException("Failed to set oom_score_adj, check server logs.");
    }
  }

  /** The server has become a replica, or a master. */
  void roleChanged() {
    try {
      apply();
    } catch (ConfigException e) {
      LOG.warn("the value of the former role stays");
    }
  }

  private void putBack() throws IOException {
    if (found != null) {
      Files.writeString(file, found.toString());
      found = null;
    }
  }

  private void write() throws IOException {
    if (found == null) {
      found = Integer.valueOf(Files.readString(file).strip());
    }
    int value = settings.oomScoreAdjValues.value().get(isReplica.getAsBoolean() ? 1 : 0);
    if (settings.oomScoreAdj.value() != OomScoreAdj.ABSOLUTE) {
      value += found;
    }
    Files.writeString(file, Integer.toString(Math.clamp(value, -MOST, MOST)));
  }
}
