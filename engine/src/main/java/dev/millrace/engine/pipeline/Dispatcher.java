package dev.millrace.engine.pipeline;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.command.Transaction;
import dev.millrace.engine.command.script.ScriptRunner;
import dev.millrace.engine.command.transaction.TransactionRunner;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The rules between a decoded request and its handler, in Redis's order: does the command exist,
 * has it the right number of arguments, may this client run it now, is it queued by a transaction;
 * then it runs, and its effects go to the stream as one unit.
 *
 * <p>Owned by: executor thread.
 */
public final class Dispatcher implements TransactionRunner, ScriptRunner {
  private static final int SHOWN_BYTES_MAX = 128;
  private static final byte[] NOSAVE = "nosave".getBytes(StandardCharsets.US_ASCII);

  private final Call call;
  private final Effects effects;
  private final Effects.Sink sink;
  private final List<Gatekeeper> gatekeepers;
  private final List<CallObserver> observers;
  private final Request queued = new Request();
  private final Request served = new Request();
  private final Statistics statistics;
  private @Nullable String busy;
  private UnitEnd unitEnd = client -> {};
  private AccessCheck access = AccessCheck.NONE;

  /** Is told that a unit is over, its effects in the stream and its reply written. */
  @FunctionalInterface
  public interface UnitEnd {
    /** The unit of that client is over; a command that was refused or queued is one too. */
    void ended(Client client);
  }

  /** Dispatches to commands that see {@code call}; finished units go to {@code sink}. */
  public Dispatcher(
      Call call,
      Effects effects,
      Effects.Sink sink,
      Statistics statistics,
      List<Gatekeeper> gatekeepers,
      List<CallObserver> observers) {
    this.call = call;
    this.effects = effects;
    this.sink = sink;
    this.statistics = statistics;
    this.gatekeepers = List.copyOf(gatekeepers);
    this.observers = List.copyOf(observers);
  }

  /**
   * Runs, queues or refuses one command.
   *
   * @param startNanos when it began
   * @return when it ended, by {@code System.nanoTime()}
   */
  public long dispatch(Client client, Request request, long nowMillis, long startNanos) {
    call.current(client);
    long endNanos = dispatchOne(client, request, nowMillis, startNanos);
    unitEnd.ended(client);
    call.current(null);
    return endNanos;
  }

  private long dispatchOne(Client client, Request request, long nowMillis, long startNanos) {
    ReplyWriter reply = client.reply();
    Command command = resolve(client, request);
    if (command == null) {
      return startNanos;
    }
    client.interacted(nowMillis, command);
    Transaction transaction = client.transaction();
    Command judged = command.judged(request);
    String refusal = refusal(client, request, command, judged);
    if (refusal != null) {
      refuse(client, request, command, refusal);
      return startNanos;
    }
    if (transaction.isOpen() && !command.has(CommandFlag.NO_MULTI) && !runsInsideMulti(command)) {
      transaction.queue(request, judged);
      reply.simple("QUEUED");
      return startNanos;
    }
    long endNanos = run(client, request, command, nowMillis, startNanos);
    if (busy == null) {
      effects.flushTo(sink);
    }
    return endNanos;
  }

  /** Sets who knows what users may do. Only while the server starts. */
  public void checkAccess(AccessCheck check) {
    this.access = check;
  }

  /** Sets who is told of the end of each unit. Only while the server starts. */
  public void atUnitEnd(UnitEnd listener) {
    this.unitEnd = listener;
  }

  /**
   * Dispatches in the midst of a script: commands that may not run then are refused, and the
   * script's effects stay its own.
   *
   * @param refusal what to answer to a command that may not run
   */
  public long dispatchInScript(
      Client client, Request request, long nowMillis, long startNanos, String refusal) {
    if (isShutdownWithSave(request)) {
      refuse(client, request, null, refusal);
      return startNanos;
    }
    Call.Moment script = call.moment();
    Client caller = call.current();
    busy = refusal;
    try {
      return dispatch(client, request, nowMillis, startNanos);
    } finally {
      busy = null;
      call.current(caller);
      call.resume(script);
    }
  }

  /** In the midst of a script there is nothing to save: half of what it does would be. */
  private static boolean isShutdownWithSave(Request request) {
    if (!(request.command() instanceof Command command) || !command.name().equals("shutdown")) {
      return false;
    }
    for (int i = 1; i < request.argc(); i++) {
      if (request.is(i, NOSAVE)) {
        return false;
      }
    }
    return true;
  }

  /** Applies a command of the log or of a master: no refusals, no reply kept. */
  public void apply(Client client, Request request, long nowMillis) {
    dispatch(client, request, nowMillis, 0);
  }

  private static boolean runsInsideMulti(Command command) {
    return switch (command.name()) {
      case "exec", "discard", "multi", "watch", "quit", "reset" -> true;
      default -> false;
    };
  }

  private static boolean endsTransaction(Command command) {
    return switch (command.name()) {
      case "exec", "discard", "quit", "reset" -> true;
      default -> false;
    };
  }

  private @Nullable Command resolve(Client client, Request request) {
    Command command = (Command) request.command();
    if (command == null) {
      refuse(client, request, null, unknownCommand(request));
      return null;
    }
    if (command.isContainer() && request.argc() > 1) {
      Command child = command.subcommands().get(request.text(1).toLowerCase(Locale.ROOT));
      if (child == null) {
        refuse(
            client,
            request,
            null,
            "ERR unknown subcommand '"
                + shown(request.text(1))
                + "'. Try "
                + command.name().toUpperCase(Locale.ROOT)
                + " HELP.");
        return null;
      }
      command = child;
    }
    if (!command.accepts(request.argc())) {
      refuse(
          client,
          request,
          command,
          "ERR wrong number of arguments for '" + command.fullName() + "' command");
      return null;
    }
    return command;
  }

  private @Nullable String refusal(
      Client client, Request request, Command command, Command judged) {
    if (!client.isAuthenticated() && !command.has(CommandFlag.NO_AUTH) && !access.isOpen()) {
      return "NOAUTH Authentication required.";
    }
    if (client.transaction().isOpen() && command.has(CommandFlag.NO_MULTI)) {
      return "ERR Command not allowed inside a transaction";
    }
    if (client.isObeyed()) {
      return null;
    }
    if (!client.user().mayDoAll()) {
      String denied = access.refusal(client, request, command);
      if (denied != null) {
        return denied;
      }
    }
    String closed = refusal(judged, client.transaction().isOpen() && !endsTransaction(command));
    if (closed == null && isExec(command)) {
      closed = refusalOfQueued(client.transaction());
    }
    if (closed != null) {
      return closed;
    }
    if (busy != null && !command.has(CommandFlag.ALLOW_BUSY)) {
      return busy;
    }
    if (client.isSubscriber() && client.reply().protocol() == 2 && !servesSubscribers(command)) {
      return "ERR Can't execute '"
          + command.fullName()
          + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this"
          + " context";
    }
    if ((client.isMonitor() || client.replica() != null) && usesKeys(command)) {
      return "ERR Replica can't interact with the keyspace";
    }
    return null;
  }

  private static boolean isExec(Command command) {
    return command.name().equals("exec");
  }

  private @Nullable String refusalOfQueued(Transaction transaction) {
    List<Command> kinds = transaction.kinds();
    for (int i = 0; i < kinds.size(); i++) {
      String refusal = refusal(kinds.get(i), false);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private static boolean usesKeys(Command command) {
    return command.isWrite()
        || command.has(CommandFlag.READONLY)
        || command.has(CommandFlag.MAY_REPLICATE);
  }

  /** In RESP2 a listening client could not tell a reply from a message, but for these. */
  private static boolean servesSubscribers(Command command) {
    return switch (command.name()) {
      case "ping",
          "subscribe",
          "unsubscribe",
          "psubscribe",
          "punsubscribe",
          "ssubscribe",
          "sunsubscribe",
          "quit",
          "reset" ->
          true;
      default -> false;
    };
  }

  private void refuse(Client client, Request request, @Nullable Command command, String text) {
    client.transaction().abort();
    statistics.errorReplied(text);
    if (command == null) {
      client.reply().error(text);
      return;
    }
    command.statistics().rejected();
    if (isExec(command)) {
      // Redis tells an EXEC that cannot run why, under the code that ends a transaction.
      abortTransaction(client);
      client.reply().error("EXECABORT Transaction discarded because of: " + withoutCode(text));
    } else {
      client.reply().error(text);
    }
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).refused(client, request, command);
    }
  }

  private static String withoutCode(String text) {
    return text.startsWith("ERR ") ? text.substring(4) : text;
  }

  private long run(
      Client client, Request request, Command command, long nowMillis, long startNanos) {
    CommandHandler handler = command.handler();
    assert handler != null;
    statistics.commandStarted();
    if (command.showsItself()) {
      for (int i = 0; i < observers.size(); i++) {
        observers.get(i).begins(client, request, command);
      }
    }
    call.begin(client, request, command, nowMillis);
    boolean failed = false;
    long errorsBefore = client.reply().errors();
    try {
      handler.run(call);
      // What failed inside EXEC is counted where it failed.
      failed = client.reply().errors() != errorsBefore && !isExec(command);
    } catch (CommandError error) {
      failed = true;
      statistics.errorReplied(error.reply());
      client.reply().error(error.reply());
    }
    call.end();
    long endNanos = System.nanoTime();
    if (client.blocker() instanceof KeyWait wait) {
      command.statistics().ran(endNanos - startNanos, false);
      wait.spent(endNanos - startNanos);
      for (int i = 0; i < observers.size(); i++) {
        observers.get(i).waits(client, request, command);
      }
      return endNanos;
    }
    command.statistics().ran(endNanos - startNanos, failed);
    ended(client, request, command, endNanos - startNanos);
    return endNanos;
  }

  private void ended(Client client, Request request, Command command, long nanos) {
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).ran(client, request, command, nanos);
    }
  }

  /** Whether a key that clients wait for may have something for them. */
  public boolean hasReady() {
    return call.waiters().hasReady();
  }

  /**
   * Serves the clients that wait for keys which are ready, each as a unit of its own; between two
   * units.
   *
   * @param server what to do for each client: {@link #serve}, and what the caller adds to it
   */
  public void serveReady(KeyWaiters.Server server) {
    call.waiters().serveReady(server);
    flushEffects();
  }

  /**
   * Makes one attempt of a waiting client.
   *
   * @return whether the client was answered
   */
  public boolean serve(
      Client client, KeyWait wait, KeyAttempt attempt, int argument, long nowMillis) {
    long startNanos = System.nanoTime();
    flushEffects(); // what expired before this one's turn is no part of its unit
    client.selectBlocked(served);
    call.begin(client, served, wait.command(), nowMillis);
    boolean answered;
    boolean failed = false;
    long errorsBefore = client.reply().errors();
    try {
      answered = attempt.attempt(call, argument);
      failed = client.reply().errors() != errorsBefore;
    } catch (CommandError error) {
      answered = true;
      failed = true;
      statistics.errorReplied(error.reply());
      client.reply().error(error.reply());
    }
    call.end();
    effects.flushTo(sink);
    long nanos = System.nanoTime() - startNanos;
    wait.spent(nanos);
    wait.command().statistics().ended(nanos, failed);
    if (answered) {
      ended(client, served, wait.command(), wait.spentNanos());
    }
    return answered;
  }

  @Override
  public @Nullable String refusal(Command command) {
    return refusal(command, false);
  }

  private @Nullable String refusal(Command command, boolean queued) {
    for (int i = 0; i < gatekeepers.size(); i++) {
      String refusal = gatekeepers.get(i).refusal(command, queued);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  @Override
  public @Nullable String denial(Client caller, Request request, Command command) {
    return caller.user().mayDoAll() ? null : access.refusalInScript(caller, request, command);
  }

  @Override
  public boolean mayRun(Client caller, Request request, Command command) {
    return caller.user().mayDoAll() || access.allows(caller, request, command);
  }

  @Override
  public void run(
      Client client, Request request, Command command, long nowMillis, boolean propagate) {
    int mark = effects.count();
    CommandHandler handler = command.handler();
    assert handler != null;
    statistics.commandStarted();
    long startNanos = System.nanoTime();
    call.begin(client, request, command, nowMillis);
    boolean failed = false;
    long errorsBefore = client.reply().errors();
    try {
      handler.run(call);
      failed = client.reply().errors() != errorsBefore;
    } catch (CommandError error) {
      failed = true;
      statistics.errorReplied(error.reply());
      client.reply().error(error.reply());
    }
    call.end();
    if (!propagate) {
      effects.truncate(mark);
    }
    command.statistics().ran(System.nanoTime() - startNanos, failed);
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).ranInScript(client, request, command);
    }
  }

  @Override
  public void errorReplied(String error) {
    statistics.errorReplied(error);
  }

  @Override
  public int effects() {
    return effects.count();
  }

  @Override
  public void forgetEffects(int mark) {
    effects.truncate(mark);
  }

  @Override
  public void exec(Call outer) {
    Client client = outer.client();
    Transaction transaction = client.transaction();
    if (transaction.isAborted()) {
      abortTransaction(client);
      throw new CommandError("EXECABORT Transaction discarded because of previous errors.");
    }
    if (outer.watches().mustAbort(client.watcher())) {
      abortTransaction(client);
      client.reply().nullArray();
      return;
    }
    outer.watches().unwatch(client.watcher());
    long nowMillis = outer.nowMillis();
    Request execRequest = outer.request();
    Command exec = outer.command();
    client.reply().array(transaction.size());
    client.executing(true);
    long at = System.nanoTime();
    for (int i = 0; i < transaction.size(); i++) {
      transaction.select(i, queued);
      at = runQueued(client, nowMillis, at);
    }
    client.executing(false);
    // Queued commands' bytes live in the queue: the unit is written before it goes.
    effects.flushTo(sink);
    transaction.close();
    outer.begin(client, execRequest, exec, nowMillis);
  }

  private long runQueued(Client client, long nowMillis, long at) {
    Command command = (Command) queued.command();
    assert command != null;
    if (command.isContainer()) {
      command = command.subcommands().get(queued.text(1).toLowerCase(Locale.ROOT));
      assert command != null;
    }
    if (!client.user().mayDoAll()) {
      String denied = access.refusalInExec(client, queued, command);
      if (denied != null) {
        statistics.errorReplied(denied);
        client.reply().error(denied);
        return at;
      }
    }
    return run(client, queued, command, nowMillis, at);
  }

  private void abortTransaction(Client client) {
    call.watches().unwatch(client.watcher());
    client.transaction().close();
  }

  /** Writes effects that arose outside any command (expiry, eviction) to the stream. */
  public void flushEffects() {
    effects.flushEachTo(sink);
  }

  /**
   * As {@link #flushEffects}, before a command runs; in the midst of a transaction or a script,
   * whose effects are a whole, they are left to its end.
   */
  public void flushEffectsSoFar() {
    Client client = call.current();
    boolean amidst = client != null && (client.mayNotBlock() || client.runsScript());
    if (busy == null && !amidst) {
      effects.flushEachTo(sink);
    }
  }

  private static String unknownCommand(Request request) {
    StringBuilder text =
        new StringBuilder("ERR unknown command '")
            .append(shown(request.text(0)))
            .append("', with args beginning with: ");
    int from = text.length();
    for (int i = 1; i < request.argc() && text.length() - from < SHOWN_BYTES_MAX; i++) {
      String argument = request.text(i);
      // As C prints it: up to its first zero byte.
      int end = argument.indexOf(0);
      argument = end < 0 ? argument : argument.substring(0, end);
      int room = SHOWN_BYTES_MAX - (text.length() - from);
      text.append('\'').append(argument, 0, Math.min(argument.length(), room)).append("' ");
    }
    return text.toString();
  }

  private static String shown(String text) {
    return text.length() > SHOWN_BYTES_MAX ? text.substring(0, SHOWN_BYTES_MAX) : text;
  }
}
