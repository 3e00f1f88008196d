package dev.millrace.engine.integration;

import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.RawReplica;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What Millrace and redis-server send to a replica for the same commands.
 *
 * <p>Owned by: the test's thread.
 */
final class TwinStreams implements AutoCloseable {
  private static final String MARKER = "the end of the test";

  final Conversation talk;
  private final RawReplica ours;
  private final RawReplica real;

  TwinStreams(Path directory, int clients, String... directives) {
    talk = new Conversation(directory, clients, directives);
    ours = RawReplica.psync(talk.ours().port());
    real = RawReplica.psync(talk.real().port());
  }

  /** Ends the conversation; the streams follow. */
  void end() {
    talk.say(0, "SET", "marker", MARKER);
  }

  /** Our stream's commands up to its end, each with blanks between its words. */
  List<String> ours() {
    return commands(ours);
  }

  /** As {@link #ours}, of redis-server's stream. */
  List<String> real() {
    return commands(real);
  }

  private static List<String> commands(RawReplica replica) {
    String text = await().until(() -> text(replica), stream -> stream.contains(MARKER));
    List<String> commands = new ArrayList<>();
    for (String command : text.split("\\*\\d+\r\n")) {
      String words = command.replaceAll("\\$\\d+\r\n", "").replace("\r\n", " ").strip();
      if (!words.isEmpty()) {
        commands.add(words);
      }
    }
    return commands;
  }

  private static String text(RawReplica replica) {
    return new String(replica.stream(), StandardCharsets.ISO_8859_1)
        .replace("*1\r\n$4\r\nPING\r\n", "")
        .replace("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", "");
  }

  @Override
  public void close() {
    ours.close();
    real.close();
    talk.close();
  }
}
