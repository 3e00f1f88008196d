package dev.millrace.bench.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A server to be measured and how it is started. All get the very same directives, but for those
 * that are the point of a comparison.
 *
 * @param title what the tables call it
 * @param program the command line up to the directives
 * @param own directives that only this one is told, after the common ones
 */
public record Contender(String title, List<String> program, List<String> own) {
  /** Millrace, by the launcher of the clone whose script runs. */
  public static Contender millrace() throws IOException {
    String home = System.getProperty("millrace.home");
    if (home == null) {
      throw new IOException("start this with its script in bench/");
    }
    return new Contender(
        "Millrace", List.of(Path.of(home, "millrace").toString(), "server"), List.of());
  }

  /** A {@code redis-server}, or whatever takes its directives. */
  public static Contender redis(String title, String program) {
    return new Contender(title, List.of(program), List.of());
  }

  /** One given as {@code TITLE=PATH}. */
  public static Contender given(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new IllegalArgumentException("'" + text + "' is not TITLE=PATH");
    }
    return redis(text.substring(0, equals), text.substring(equals + 1));
  }

  /** The same server under another name, told this too. */
  public Contender with(String otherTitle, List<String> directives) {
    List<String> all = new ArrayList<>(own);
    all.addAll(directives);
    return new Contender(otherTitle, program, all);
  }

  /** The command line. */
  List<String> command(int port, Path directory, List<String> directives) {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("--port", Integer.toString(port), "--dir", directory.toString()));
    command.addAll(List.of("--bind", "127.0.0.1"));
    command.addAll(directives);
    command.addAll(own);
    return command;
  }
}
