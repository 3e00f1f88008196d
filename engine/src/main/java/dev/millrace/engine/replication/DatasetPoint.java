package dev.millrace.engine.replication;

import dev.millrace.backlog.ReplicationId;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in which history a dataset stands that a master is about to send; and the words by which a
 * master that sends it by a second connection is asked for it, which {@link RdbChannels} shows from
 * the other side.
 *
 * @param offset replication offset of the stream's first byte after it
 */
record DatasetPoint(ReplicationId id, long offset) {
  private static final Pattern FULLRESYNC =
      Pattern.compile("\\+FULLRESYNC ([0-9a-f]{40}) (\\d{1,18})");
  private static final Pattern ENDOFF =
      Pattern.compile("\\$ENDOFF:(\\d{1,18}) ([0-9a-f]{40}) (-?\\d{1,9}) (\\d{1,18})");

  /** As {@code +FULLRESYNC history offset} says it. */
  static DatasetPoint announcedBy(String answer) throws IOException {
    Matcher matcher = FULLRESYNC.matcher(answer);
    if (!matcher.matches()) {
      throw new IOException("it answered PSYNC with " + answer);
    }
    return new DatasetPoint(
        ReplicationId.parse(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  /**
   * Asks for the dataset by a second connection, after which it comes by that one, and the stream
   * by the first one.
   *
   * @param invitation what the master answered to PSYNC on the first one
   * @param listeningPort of ours, for the master's reports
   */
  static DatasetPoint askedFor(
      MasterConnection first, MasterConnection second, String invitation, int listeningPort)
      throws IOException {
    if (invitation.equals("+DUALCHANNELSYNC")) {
      return askedForAsByValkey(first, second, listeningPort);
    }
    String[] words = invitation.split(" ", -1);
    if (words.length != 2) {
      throw new IOException("it answered PSYNC with " + invitation);
    }
    require(second, "+", "REPLCONF", "rdb-channel", "1", "main-ch-client-id", words[1]);
    return announcedBy(second.ask("PSYNC", "?", "-1"));
  }

  private static DatasetPoint askedForAsByValkey(
      MasterConnection first, MasterConnection second, int listeningPort) throws IOException {
    String port = Integer.toString(listeningPort);
    require(
        second,
        "+",
        "REPLCONF",
        "capa",
        "eof",
        "rdb-only",
        "1",
        "rdb-channel",
        "1",
        "listening-port",
        port);
    String answer = second.ask("SYNC");
    Matcher matcher = ENDOFF.matcher(answer);
    if (!matcher.matches()) {
      throw new IOException("it answered SYNC on the second connection with " + answer);
    }
    // The dataset itself names the database that the stream has selected.
    String id = matcher.group(2);
    long offset = Long.parseLong(matcher.group(1));
    require(first, "+", "REPLCONF", "set-rdb-client-id", matcher.group(4));
    require(first, "+CONTINUE", "PSYNC", id, Long.toString(offset + 1));
    return new DatasetPoint(ReplicationId.parse(id), offset);
  }

  private static void require(MasterConnection from, String answerPrefix, String... words)
      throws IOException {
    String answer = from.ask(words);
    if (!answer.startsWith(answerPrefix)) {
      throw new IOException("it answered " + String.join(" ", words) + " with " + answer);
    }
  }
}
