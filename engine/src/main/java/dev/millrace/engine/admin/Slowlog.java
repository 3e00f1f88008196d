package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.Redaction;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.Directive;
import dev.millrace.engine.pipeline.CallObserver;
import dev.millrace.engine.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Keeps the last commands that took longer than {@code slowlog-log-slower-than}, at most {@code
 * slowlog-max-len} of them, each with a bounded part of its arguments and without secrets (L7).
 *
 * <p>Owned by: executor thread.
 */
public final class Slowlog implements CallObserver {
  private static final int ARGUMENTS_MAX = 32;
  private static final int ARGUMENT_BYTES_MAX = 128;
  private static final byte[] REDACTED = "(redacted)".getBytes(StandardCharsets.US_ASCII);

  /**
   * One slow command.
   *
   * @param id counts from 0 and never starts again
   */
  record Entry(
      long id,
      long unixSeconds,
      long micros,
      List<byte[]> arguments,
      String address,
      String name) {}

  private final Config config;
  private final LongSupplier clockMillis;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long nextId;

  /** An empty log. */
  public Slowlog(Config config, LongSupplier clockMillis) {
    this.config = config;
    this.clockMillis = clockMillis;
  }

  @Override
  public void ran(Client client, Request request, Command command, long nanos) {
    long threshold = config.server.slowlogLogSlowerThan.value();
    if (threshold < 0 || nanos / 1000 < threshold || command.has(CommandFlag.SKIP_SLOWLOG)) {
      return;
    }
    entries.addFirst(
        new Entry(
            nextId++,
            clockMillis.getAsLong() / 1000,
            nanos / 1000,
            arguments(request, command),
            ClientDescription.address(client),
            client.name()));
    long max = config.server.slowlogMaxLen.value();
    while (entries.size() > max) {
      entries.removeLast();
    }
  }

  private List<byte[]> arguments(Request request, Command command) {
    int kept = Math.min(request.argc(), ARGUMENTS_MAX);
    List<byte[]> arguments = new ArrayList<>(kept);
    for (int i = 0; i < kept; i++) {
      if (i == ARGUMENTS_MAX - 1 && request.argc() > ARGUMENTS_MAX) {
        arguments.add(ascii("... (" + (request.argc() - ARGUMENTS_MAX + 1) + " more arguments)"));
      } else if (isSecret(request, command, i)) {
        arguments.add(REDACTED);
      } else {
        arguments.add(shortened(request, i));
      }
    }
    return arguments;
  }

  private static byte[] shortened(Request request, int argument) {
    int length = request.length(argument);
    if (length <= ARGUMENT_BYTES_MAX) {
      return request.bytes(argument);
    }
    byte[] more = ascii("... (" + (length - ARGUMENT_BYTES_MAX) + " more bytes)");
    byte[] shown = new byte[ARGUMENT_BYTES_MAX + more.length];
    dev.millrace.engine.memory.Memory.get(request.address(argument), shown, 0, ARGUMENT_BYTES_MAX);
    System.arraycopy(more, 0, shown, ARGUMENT_BYTES_MAX, more.length);
    return shown;
  }

  private boolean isSecret(Request request, Command command, int argument) {
    return command.fullName().equals("config|set")
        ? argument > 2 && argument % 2 == 1 && sets(request, argument)
        : Redaction.isSecret(request, command, argument);
  }

  private boolean sets(Request request, int argument) {
    Directive directive = config.find(request.text(argument - 1));
    return directive != null && directive.isSensitive();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  int size() {
    return entries.size();
  }

  void clear() {
    entries.clear();
  }

  /** The entries, newest first. */
  Iterator<Entry> newestFirst() {
    return entries.iterator();
  }
}
