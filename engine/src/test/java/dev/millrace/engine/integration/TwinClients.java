package dev.millrace.engine.integration;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.integration.CommandGrammar.Comparison;
import dev.millrace.engine.integration.CommandGrammar.Form;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Connections in pairs, one to each of two servers, that send both the same random commands in
 * pipelines and compare every reply. Of the pairs every second speaks RESP3; they take turns, each
 * after all replies to the one before, so that both servers see one order.
 *
 * <p>Owned by: the test's thread.
 */
final class TwinClients implements AutoCloseable {
  private static final int PAIRS = 4;
  private static final int PIPELINE = 200;
  private static final int DAMAGED = 60;
  private static final int MULTI = 60;
  private static final int ENCODING = 5;
  private static final int SCRIPT = 40;
  private static final int HISTORY = 3_000;
  private static final int RELATED_SHOWN = 25;
  private static final int SHOWN_BEFORE = 60;
  private static final int TIMEOUT_MILLIS = 60_000;

  /** With this many the run goes on after a difference, to find others: for work on the server. */
  private static final int TOLERATED = Integer.getInteger("millrace.differential.tolerated", 0);

  private record Step(List<Object> command, byte[] bytes, Comparison comparison) {}

  /** One connection to each server. */
  private static final class Pair implements AutoCloseable {
    final Socket our;
    final Socket their;
    final ReplyFrames ourReplies;
    final ReplyFrames theirReplies;
    boolean inMulti;

    Pair(int ours, int theirs) throws IOException {
      our = new Socket(InetAddress.getLoopbackAddress(), ours);
      their = new Socket(InetAddress.getLoopbackAddress(), theirs);
      for (Socket socket : new Socket[] {our, their}) {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
      }
      ourReplies = new ReplyFrames(our.getInputStream());
      theirReplies = new ReplyFrames(their.getInputStream());
    }

    @Override
    public void close() throws IOException {
      our.close();
      their.close();
    }
  }

  private final CommandGrammar grammar;
  private final SplittableRandom random;
  private final RandomArguments arguments;
  private final boolean scripts;
  private final List<Pair> pairs = new ArrayList<>();
  private final ArrayDeque<String> history = new ArrayDeque<>();
  private final Map<String, String> differences = new LinkedHashMap<>();

  /**
   * @param scripts whether commands are to come from scripts too
   */
  TwinClients(
      int ours, int theirs, CommandGrammar grammar, SplittableRandom random, boolean scripts)
      throws IOException {
    this.grammar = grammar;
    this.random = random;
    this.arguments = new RandomArguments(random);
    this.scripts = scripts;
    for (int i = 0; i < PAIRS; i++) {
      Pair pair = new Pair(ours, theirs);
      pairs.add(pair);
      if (i % 2 == 1) {
        byte[] hello = CommandRunner.encode("HELLO", "3");
        pair.our.getOutputStream().write(hello);
        pair.their.getOutputStream().write(hello);
        pair.ourReplies.next();
        pair.theirReplies.next();
      }
    }
  }

  /** Sends so many commands and compares the replies. */
  void run(long commands) throws IOException {
    for (long left = commands; left > 0; left -= PIPELINE) {
      Pair pair = pairs.get(random.nextInt(PAIRS));
      List<Step> steps = new ArrayList<>(PIPELINE);
      while (steps.size() < Math.min(left, PIPELINE)) {
        Step step = next(pair);
        steps.add(step);
        if (!pair.inMulti && arguments.chance(ENCODING)) {
          addEncoding(step.command, steps);
        }
      }
      exchange(pair, steps);
    }
  }

  /** Ends open transactions; fails when there were differences. */
  void finish() throws IOException {
    for (Pair pair : pairs) {
      if (pair.inMulti) {
        exchange(pair, List.of(step(List.of("EXEC"), Comparison.SAME)));
      }
    }
    if (!differences.isEmpty()) {
      throw new AssertionError(
          differences.size() + " kinds of differences\n" + String.join("\n", differences.values()));
    }
  }

  /** Asks how the key that a command was about is kept now. */
  private static void addEncoding(List<Object> command, List<Step> steps) {
    command.stream()
        .skip(1)
        .filter(argument -> argument instanceof String text && text.matches("[a-z]+:\\d"))
        .findFirst()
        .ifPresent(key -> steps.add(step(List.of("OBJECT", "ENCODING", key), Comparison.SAME)));
  }

  private Step next(Pair pair) {
    if (pair.inMulti) {
      if (arguments.chance(6)) {
        pair.inMulti = false;
        return step(List.of(arguments.chance(8) ? "DISCARD" : "EXEC"), Comparison.SAME);
      }
      return made(grammar.scriptable(random));
    }
    if (arguments.chance(MULTI)) {
      pair.inMulti = true;
      return step(List.of("MULTI"), Comparison.SAME);
    }
    if (scripts && arguments.chance(SCRIPT)) {
      String call = arguments.chance(3) ? "pcall" : "call";
      List<Object> command = new ArrayList<>();
      command.addAll(List.of("EVAL", "return redis." + call + "(unpack(ARGV))", "0"));
      Form form = grammar.scriptable(random);
      while (form.waits()) {
        form = grammar.scriptable(random);
      }
      command.addAll(form.make(arguments));
      return step(command, Comparison.SAME);
    }
    return made(grammar.any(random));
  }

  private Step made(Form form) {
    List<Object> command = form.make(arguments);
    if (!form.fragile() && arguments.chance(DAMAGED)) {
      boolean any = form.comparison() == Comparison.SAME && command.size() > 1;
      int kind = any ? arguments.below(3) : 0;
      switch (kind) {
        case 0 -> command.add(arguments.edge());
        case 1 -> command.removeLast();
        default -> {
          int at = 1 + arguments.below(command.size() - 1);
          Object edge = arguments.edge();
          if (!RandomArguments.isAlwaysOfAKind(command.get(at))) {
            command.set(at, edge);
          }
        }
      }
    }
    return step(command, form.comparison());
  }

  private static Step step(List<Object> command, Comparison comparison) {
    return new Step(command, CommandRunner.encode(command.toArray()), comparison);
  }

  private void exchange(Pair pair, List<Step> steps) throws IOException {
    send(pair.our.getOutputStream(), steps);
    send(pair.their.getOutputStream(), steps);
    for (Step step : steps) {
      byte[] our;
      try {
        our = pair.ourReplies.next();
      } catch (IOException e) {
        throw new IOException("no reply to " + show(step.command), e);
      }
      byte[] their = pair.theirReplies.next();
      history.add(show(step.command));
      if (history.size() > HISTORY) {
        history.removeFirst();
      }
      if (!Replies.same(our, their, step.comparison)
          && !AcceptedDifferences.covers(step.command, our, their)) {
        differ(step, our, their);
      }
    }
  }

  private static void send(OutputStream to, List<Step> steps) throws IOException {
    byte[] all = new byte[steps.stream().mapToInt(step -> step.bytes.length).sum()];
    int at = 0;
    for (Step step : steps) {
      System.arraycopy(step.bytes, 0, all, at, step.bytes.length);
      at += step.bytes.length;
    }
    to.write(all);
    to.flush();
  }

  private void differ(Step step, byte[] our, byte[] their) {
    List<String> words = step.command.stream().map(TwinClients::show).toList();
    String kind = words.getFirst().toUpperCase(Locale.ROOT);
    List<String> all = List.copyOf(history);
    List<String> related =
        kind.equals("EXEC")
            ? all
            : all.stream()
                .filter(command ->
                    words.stream().anyMatch(word -> word.contains(":") && command.contains(word)))
                .toList();
    int from = Math.max(0, Arrays.mismatch(our, their) - SHOWN_BEFORE);
    String report =
        "seed %s: %s\n  ours   %s\n  theirs %s\n  from byte %d of the reply on; after\n  %s"
            .formatted(
                DifferentialTest.SEED,
                show(step.command),
                show(Arrays.copyOfRange(our, from, our.length)),
                show(Arrays.copyOfRange(their, from, their.length)),
                from,
                String.join(
                    "\n  ",
                    related.subList(Math.max(0, related.size() - RELATED_SHOWN), related.size())));
    if (differences.putIfAbsent(kind, report) == null) {
      System.out.println("a difference: " + report);
      if (differences.size() > TOLERATED) {
        throw new AssertionError(report);
      }
    }
  }

  private static String show(List<Object> command) {
    return command.stream().map(TwinClients::show).collect(Collectors.joining(" "));
  }

  private static String show(Object argument) {
    String text =
        argument instanceof byte[] bytes
            ? new String(bytes, StandardCharsets.ISO_8859_1)
            : argument.toString();
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 400); i++) {
      char c = text.charAt(i);
      out.append(c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : c);
    }
    return text.isEmpty() ? "''" : out.toString();
  }

  @Override
  public void close() throws IOException {
    for (Pair pair : pairs) {
      pair.close();
    }
  }
}
