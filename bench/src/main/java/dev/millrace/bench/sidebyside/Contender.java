package dev.millrace.bench.sidebyside;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The two servers, and how each is started. Both get the very same directives. */
enum Contender {
  MILLRACE("Millrace"),
  REDIS("Redis");

  /**
   * Append-only file forced once per second, no snapshots. Rewriting is off in both, so that no
   * round pays for what another wrote.
   */
  private static final List<String> SETTINGS =
      List.of(
          "--appendonly", "yes",
          "--appendfsync", "everysec",
          "--save", "",
          "--auto-aof-rewrite-percentage", "0",
          "--bind", "127.0.0.1");

  private final String title;

  Contender(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** The launcher of the clone whose script runs. */
  static Path launcher() throws IOException {
    String home = System.getProperty("millrace.home");
    if (home == null) {
      throw new IOException("start this with its script in bench/");
    }
    return Path.of(home, "millrace");
  }

  /**
   * The command line.
   *
   * @param program the launcher {@code millrace}, or {@code redis-server}
   */
  List<String> command(Path program, int port, Path directory) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    if (this == MILLRACE) {
      command.add("server");
    }
    command.addAll(List.of("--port", Integer.toString(port), "--dir", directory.toString()));
    command.addAll(SETTINGS);
    return command;
  }
}
