package dev.millrace.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The same commands to Millrace's handlers and to a real Redis, with replies compared byte by byte.
 * Both have as many clients as are asked for, odd ones speaking RESP3.
 *
 * <p>Owned by: the test's thread.
 */
public final class SideBySide implements AutoCloseable {
  /** How far apart two times may be that the two servers took from their own clocks. */
  private static final long CLOCK_MILLIS = 5_000;

  private static final int HISTORY = 40;

  private final RealRedis redis;
  private final CommandRunner runner;
  private final List<RespClient> theirs = new ArrayList<>();
  private final List<CommandRunner.Session> ours = new ArrayList<>();
  private final List<String> history = new ArrayList<>();
  private final String label;

  /**
   * Starts a Redis of its own.
   *
   * @param label what a failure says first: the seed
   */
  public SideBySide(String label, long seed, int clients) {
    this(RealRedis.start(), label, seed, clients);
  }

  /** Takes a Redis that was started with other settings. */
  public SideBySide(RealRedis redis, String label, long seed, int clients) {
    this.redis = redis;
    this.runner = new CommandRunner(seed);
    this.label = label;
    for (int i = 0; i < clients; i++) {
      int protocol = i % 2 == 0 ? 2 : 3;
      RespClient client = redis.connect();
      client.call("HELLO", Integer.toString(protocol));
      theirs.add(client);
      ours.add(runner.connect().protocol(protocol));
    }
  }

  public CommandRunner runner() {
    return runner;
  }

  public RealRedis redis() {
    return redis;
  }

  /** Selects a database for a client of both. */
  public void select(int client, int database) {
    theirs.get(client).call("SELECT", database);
    ours.get(client).select(database);
    note(client, "SELECT", database);
  }

  /** Makes a key hold a list on both. */
  public void putList(int client, int database, String key) {
    theirs.get(client).call("DEL", key);
    theirs.get(client).call("LPUSH", key, "x");
    ours.get(client).wire("DEL", key);
    runner.putList(database, key);
    note(client, "LPUSH", key);
  }

  /** Runs a command on both, whose replies must be the same to the byte. */
  public void same(int client, Object... command) {
    assertSame(command, ourReply(client, command), theirReply(client, command));
  }

  /** The same, for replies that name times: numbers may differ by what two clocks do. */
  public void sameButForTime(int client, Object... command) {
    String our = ourReply(client, command);
    String their = theirReply(client, command);
    if (our.startsWith(":") && their.startsWith(":")) {
      long difference = number(our) - number(their);
      assertThat(Math.abs(difference))
          .as(() -> describe(command) + our + " beside " + their)
          .isLessThan(CLOCK_MILLIS);
    } else {
      assertSame(command, our, their);
    }
  }

  /** Runs a command on both, whose replies must be the same once both went through a function. */
  public void sameAfter(UnaryOperator<String> function, int client, Object... command) {
    String our = ourReply(client, command);
    assertSame(command, function.apply(our), function.apply(theirReply(client, command)));
  }

  /** The same, for arrays whose order is each server's own. */
  public void sameInAnyOrder(int client, Object... command) {
    assertSame(command, sorted(ourReply(client, command)), sorted(theirReply(client, command)));
  }

  /** The same, for elements drawn at random: as many, in the same kind of reply. */
  public void sameShape(int client, Object... command) {
    String our = ourReply(client, command);
    String their = theirReply(client, command);
    if (our.startsWith("-") || their.startsWith("-")) {
      assertSame(command, our, their);
    } else {
      assertSame(command, shape(our), shape(their));
    }
  }

  /** Runs a command here and another there, whose replies must be the same. */
  public void sameReplies(int client, Object[] ours, Object[] theirs) {
    assertSame(ours, ourReply(client, ours), theirReply(client, theirs));
  }

  /** The bulk strings of a reply. */
  public static List<String> bulks(String reply) {
    List<String> bulks = new ArrayList<>();
    int at = 0;
    while (at < reply.length()) {
      int end = reply.indexOf("\r\n", at);
      int length = reply.charAt(at) == '$' ? Integer.parseInt(reply.substring(at + 1, end)) : -1;
      at = end + 2;
      if (length >= 0) {
        bulks.add(reply.substring(at, at + length));
        at += length + 2;
      }
    }
    return bulks;
  }

  private static String shape(String reply) {
    String first = reply.substring(0, reply.indexOf("\r\n"));
    return (first.startsWith("$") && !first.equals("$-1") ? "$" : first)
        + " with "
        + bulks(reply).size();
  }

  /** The reply of Millrace, as bytes. */
  public String ourReply(int client, Object... command) {
    note(client, command);
    runner.setMillis(System.currentTimeMillis());
    return ours.get(client).wire(command);
  }

  /** The reply of Redis, as bytes. */
  public String theirReply(int client, Object... command) {
    return theirs.get(client).wire(command);
  }

  private void assertSame(Object[] command, String our, String their) {
    if (!our.equals(their)) {
      assertThat(our).as(() -> describe(command)).isEqualTo(their);
    }
  }

  private static String sorted(String reply) {
    return Arrays.stream(reply.split("\r\n", -1)).sorted().collect(Collectors.joining("\n"));
  }

  private static long number(String reply) {
    return Long.parseLong(reply.substring(1).trim());
  }

  private void note(int client, Object... command) {
    history.add(client + ": " + show(command));
    if (history.size() > HISTORY) {
      history.removeFirst();
    }
  }

  private String describe(Object[] command) {
    return label + "\n  " + String.join("\n  ", history) + "\nreply of " + show(command) + "\n";
  }

  private static String show(Object[] command) {
    return Arrays.stream(command)
        .map(argument ->
            argument instanceof byte[] bytes
                ? escaped(new String(bytes, StandardCharsets.ISO_8859_1))
                : escaped(argument.toString()))
        .collect(Collectors.joining(" "));
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder("'");
    for (int i = 0; i < Math.min(text.length(), 200); i++) {
      char c = text.charAt(i);
      out.append(c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : c);
    }
    return out.append('\'').toString();
  }

  @Override
  public void close() {
    runner.close();
    redis.close();
  }
}
