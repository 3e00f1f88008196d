package dev.millrace.bench.sidebyside;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A server to be measured and how it is started. All get the very same directives.
 *
 * @param title what the tables call it
 * @param program the command line up to the directives
 */
record Contender(String title, List<String> program) {
  /** Millrace, by the launcher of the clone whose script runs. */
  static Contender millrace() throws IOException {
    String home = System.getProperty("millrace.home");
    if (home == null) {
      throw new IOException("start this with its script in bench/");
    }
    return new Contender("Millrace", List.of(Path.of(home, "millrace").toString(), "server"));
  }

  /** A {@code redis-server}, or whatever takes its directives. */
  static Contender redis(String title, String program) {
    return new Contender(title, List.of(program));
  }

  /** One given as {@code TITLE=PATH}. */
  static Contender given(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new IllegalArgumentException("'" + text + "' is not TITLE=PATH");
    }
    return redis(text.substring(0, equals), text.substring(equals + 1));
  }

  /** The command line. */
  List<String> command(int port, Path directory, List<String> directives) {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("--port", Integer.toString(port), "--dir", directory.toString()));
    command.addAll(List.of("--bind", "127.0.0.1"));
    command.addAll(directives);
    return command;
  }
}
