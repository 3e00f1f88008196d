package dev.millrace.engine.server;

import dev.millrace.engine.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells a log that a redis-server wrote from our own. Its files are not named by offset and nothing
 * says where in which history they begin, so that it cannot be gone on with; to begin an empty log
 * beside it would be to lose what it holds without a word.
 *
 * <p>Stateless; any thread.
 */
final class ForeignLog {
  /** {@code <name>.<sequence>.base.rdb}, {@code .base.aof} or {@code .incr.aof}, in a manifest. */
  private static final Pattern LISTED =
      Pattern.compile("(?m)^file +(\\S+\\.\\d+\\.(?:base|incr)\\.(?:rdb|aof)) ");

  private ForeignLog() {}

  /**
   * Refuses to start on the log of a redis-server: of version 7 in the log's directory, or of one
   * before in the directory above.
   */
  static void refuse(Config config) throws IOException {
    Path directory = Settings.logDirectory(config);
    String name = config.persistence.appendfilename.value();
    String file = listedIn(directory.resolve(name + ".manifest"));
    if (file != null) {
      throw refusal(directory.resolve(file), directory);
    }
    Path old = Settings.directory(config).resolve(name);
    if (!Files.exists(directory) && Files.isRegularFile(old) && Files.size(old) > 0) {
      throw refusal(old, old);
    }
  }

  private static @Nullable String listedIn(Path manifest) throws IOException {
    if (!Files.exists(manifest)) {
      return null;
    }
    Matcher listed = LISTED.matcher(Files.readString(manifest, StandardCharsets.ISO_8859_1));
    return listed.find() ? listed.group(1) : null;
  }

  private static IOException refusal(Path file, Path toMove) {
    return new IOException(
        file
            + " was written by a redis-server, and this server cannot go on with it. To take its"
            + " data over, start that redis-server and let this one follow it by REPLICAOF; or let"
            + " it SAVE, move "
            + toMove
            + " away, and start this server on its RDB file");
  }
}
