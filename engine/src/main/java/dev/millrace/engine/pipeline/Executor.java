package dev.millrace.engine.pipeline;

import dev.millrace.backlog.Check;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.net.RequestBatch;
import dev.millrace.engine.protocol.ProtocolError;
import dev.millrace.engine.protocol.Request;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single thread that runs every command. One round: take what the I/O threads published, run
 * it, let waiting clients go on, do a slice of the long works, then show the stream's new bytes and
 * send the replies, once per connection.
 *
 * <p>L6: nothing here waits for a file, a socket or a lock. When the journal is too far behind (L7)
 * the round takes no requests; the ring fills, and the I/O threads stop reading.
 *
 * <p>Owned by: executor thread.
 */
public final class Executor implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Executor.class);
  private static final int BATCHES_PER_ROUND = 64;

  /**
   * After so many commands a round ends and its replies go out, so that the I/O threads and the
   * clients have something to do while the next ones run.
   */
  private static final int COMMANDS_PER_ROUND = 256;

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Between two slices of long works while no client wants anything: others have a turn. */
  private static final long REST_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private static final long FINE_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RequestRing ring;
  private final Dispatcher dispatcher;
  private final Clients clients;
  private final ReplicationStream stream;
  private final ReplyGate gate;
  private final Clock clock;
  private final OutputBound output;
  private final BooleanSupplier mayTakeRequests;
  private final Runnable network;
  private final LookAhead lookAhead;
  private final Request request = new Request();
  private final Request busyRequest = new Request();
  private final KeyWaiters.Server server = this::serve;
  private final @Nullable RequestBatch[] taken = new @Nullable RequestBatch[BATCHES_PER_ROUND];

  /** How long it may rest before the next pieces, in nanoseconds; -1 when there are none. */
  private long restBeforeSlices = -1;

  private int takenCount;
  private int takenNext;
  private @Nullable String busy;
  private List<Periodic> periodics = List.of();
  private List<Slice> slices = List.of();
  private Runnable roundEnd = () -> {};
  private volatile boolean stopped;
  private @Nullable Thread thread;

  /**
   * The executor.
   *
   * @param keyspace what the commands read, for the look-ahead
   * @param output how much a client may leave unread
   * @param mayTakeRequests false while something behind the executor is too far behind (L7)
   * @param network lets the event loops see what was sent, once per round
   */
  public Executor(
      RequestRing ring,
      Dispatcher dispatcher,
      Clients clients,
      ReplicationStream stream,
      ReplyGate gate,
      Clock clock,
      Keyspace keyspace,
      OutputBound output,
      BooleanSupplier mayTakeRequests,
      Runnable network) {
    this.ring = ring;
    this.dispatcher = dispatcher;
    this.clients = clients;
    this.stream = stream;
    this.gate = gate;
    this.clock = clock;
    this.lookAhead = new LookAhead(keyspace);
    this.output = output;
    this.mayTakeRequests = mayTakeRequests;
    this.network = network;
  }

  /** Sets the work between rounds. Only before the thread starts. */
  public void between(List<Periodic> everyTick, List<Slice> everyRound, Runnable roundEnd) {
    this.roundEnd = roundEnd;
    this.periodics = List.copyOf(everyTick);
    this.slices = List.copyOf(everyRound);
  }

  /** Ends the loop after its present round. Any thread. */
  public void stop() {
    stopped = true;
    ring.wake();
  }

  /** True on the executor's own thread. */
  public boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    long nextTick = System.nanoTime() + TICK_NANOS;
    boolean moreWork = false;
    while (!stopped) {
      boolean room = stream.hasRoom() && mayTakeRequests.getAsBoolean();
      ring.await(moreWork ? System.nanoTime() : nextWake(nextTick, room), room);
      long now = System.nanoTime();
      clock.refresh();
      ring.runControl();
      gate.release();
      if (room) {
        takeBatches(now);
      }
      clients.expireBlocked(clock.getAsLong());
      resumeClients();
      runSlices();
      if (dispatcher.hasReady()) {
        // Keys that expired, or that a control task changed.
        serveReady();
      }
      moreWork = clients.hasRunnable();
      if (now - nextTick >= 0) {
        nextTick = now + TICK_NANOS;
        clients.expirePause(clock.getAsLong());
        tick();
      }
      endRound();
    }
  }

  private void tick() {
    for (Periodic periodic : periodics) {
      periodic.tick(clock.getAsLong());
    }
  }

  private long nextWake(long nextTick, boolean room) {
    long now = System.nanoTime();
    if (restBeforeSlices >= 0) {
      return now + restBeforeSlices;
    }
    if (!room) {
      return Math.min(nextTick, now + FINE_TICK_NANOS);
    }
    long deadline = clients.firstDeadlineMillis();
    if (deadline == Long.MAX_VALUE) {
      return nextTick;
    }
    long left = Math.clamp(deadline - clock.getAsLong(), 1, TICK_NANOS / FINE_TICK_NANOS);
    return Math.min(nextTick, now + left * FINE_TICK_NANOS);
  }

  private void takeBatches(long startNanos) {
    pollBatches();
    lookAhead(takenCount);
    runTaken(startNanos);
    ring.release();
  }

  private void pollBatches() {
    takenCount = 0;
    takenNext = 0;
    int commands = 0;
    for (RequestBatch batch = ring.poll(); batch != null; batch = ring.poll()) {
      taken[takenCount] = batch;
      takenCount++;
      commands += batch.count();
      if (takenCount == BATCHES_PER_ROUND || commands >= COMMANDS_PER_ROUND) {
        break;
      }
    }
  }

  private void runTaken(long startNanos) {
    long at = startNanos;
    while (takenNext < takenCount) {
      RequestBatch batch = batchTaken(takenNext);
      taken[takenNext] = null;
      takenNext++;
      at = runBatch(clientOf(batch), at);
    }
  }

  /**
   * Serves the other clients in the midst of a script that runs too long: what was taken with its
   * batch, then what has come since, a bounded number of batches. Only commands that may run then
   * do.
   *
   * @param running whose script it is: its reply is not complete and stays
   * @param refusal what to answer to all other commands
   */
  public void serveOthers(Client running, String refusal) {
    ring.runConnections();
    gate.release();
    busy = refusal;
    try {
      runTaken(System.nanoTime());
      pollBatches();
      runTaken(System.nanoTime());
      ring.release();
    } finally {
      busy = null;
    }
    List<Client> withOutput = clients.withOutput();
    long offset = stream.offset();
    boolean pending = withOutput.remove(running);
    for (int i = 0; i < withOutput.size(); i++) {
      send(withOutput.get(i), offset);
    }
    withOutput.clear();
    if (pending) {
      withOutput.add(running);
    }
    stream.publish();
    network.run();
  }

  /**
   * Serves clients while whoever has this thread loads the dataset, before the first round: a
   * bounded number of batches. Which commands may run then is the gatekeepers' to say; the dataset
   * is between two keys, or within one, and no slice or tick touches it.
   */
  public void serveBetweenKeys() {
    thread = Thread.currentThread();
    clock.refresh();
    ring.runControl();
    gate.release();
    pollBatches();
    runTaken(System.nanoTime());
    ring.release();
    endRound();
  }

  /** Looks at the beginnings of all batches at once, for with short ones that is all there is. */
  private void lookAhead(int count) {
    if (count == 1 && batchTaken(0).count() == 1) {
      return;
    }
    for (int i = 0; i < count; i++) {
      lookAhead.loadBuckets(batchTaken(i), 0, databaseOf(batchTaken(i)));
    }
    for (int i = 0; i < count; i++) {
      lookAhead.loadEntries(batchTaken(i), 0, databaseOf(batchTaken(i)));
    }
    for (int i = 0; i < count; i++) {
      lookAhead.loadMembers(batchTaken(i), 0, databaseOf(batchTaken(i)));
    }
    lookAhead.endMembers();
  }

  private RequestBatch batchTaken(int i) {
    return Objects.requireNonNull(taken[i]);
  }

  private static int databaseOf(RequestBatch batch) {
    Client client = (Client) batch.connection().attachment();
    return client == null ? 0 : client.database();
  }

  private Client clientOf(RequestBatch batch) {
    Client client = (Client) batch.connection().attachment();
    if (client == null) {
      // It connected after this round had looked at the control tasks, but before it sent the
      // batch.
      ring.runConnections();
      client = (Client) batch.connection().attachment();
    }
    Check.that(client != null, "a batch of a connection nobody announced");
    Client known = Objects.requireNonNull(client);
    known.batch(batch);
    return known;
  }

  private void resumeClients() {
    for (Client client = clients.pollRunnable(); client != null; client = clients.pollRunnable()) {
      if (client.batch() != null && !client.isBlocked() && !client.isSuspended()) {
        runBatch(client, System.nanoTime());
      }
    }
  }

  private long runBatch(Client client, long startNanos) {
    RequestBatch batch = client.batch();
    assert batch != null;
    long at = startNanos;
    long nowMillis = clock.getAsLong();
    clients.wrote(client);
    while (client.nextCommand() < batch.count() && !client.isClosing()) {
      if (isOverfull(client)) {
        return at;
      }
      int next = client.nextCommand();
      if (next % LookAhead.GROUP == 0 && batch.count() > LookAhead.GROUP) {
        lookAhead.advance(batch, next, client.database());
      }
      // In the midst of a script the other one points at what called it.
      Request current = busy == null ? request : busyRequest;
      batch.select(next, current);
      Command command = (Command) current.command();
      if (mustPause(client, current, command, nowMillis)) {
        clients.holdForPause(client);
        return at;
      }
      client.nextCommand(next + 1);
      long mark = client.reply().bytesPending();
      long offset = stream.offset();
      at = dispatch(client, current, nowMillis, at);
      if (stream.offset() != offset) {
        client.wroteUpTo(stream.offset());
      }
      if (client.isBlocked()) {
        return at;
      }
      if (client.dropsReplies()) {
        if (client.replyMode() == Client.ReplyMode.STREAM && client.reply().bytesPending() > mark) {
          disconnectAnswered(client, command);
        }
        client.reply().truncate(mark);
        client.releaseAside();
      }
      client.afterCommand();
      if (busy == null && dispatcher.hasReady()) {
        serveReady();
        at = System.nanoTime();
      }
    }
    ProtocolError error = batch.error();
    if (error != null && !client.isClosing()) {
      error.writeTo(client.reply());
      client.closeAfterReply();
    }
    return at;
  }

  /** L1: a replica that has us answer something would take the reply for a part of the stream. */
  private static void disconnectAnswered(Client client, @Nullable Command command) {
    Connection connection = client.connection();
    if (connection != null) {
      LOG.warn(
          "Replica generated a reply to command '{}', disconnecting it: {}",
          command == null ? "unknown" : command.fullName(),
          connection.remoteAddress());
      connection.close();
    }
    client.closeAfterReply();
  }

  private long dispatch(Client client, Request current, long nowMillis, long startNanos) {
    String refusal = busy;
    return refusal == null
        ? dispatcher.dispatch(client, current, nowMillis, startNanos)
        : dispatcher.dispatchInScript(client, current, nowMillis, startNanos, refusal);
  }

  private void serveReady() {
    // The unit that made a key ready may have taken long enough for it to expire.
    clock.refresh();
    dispatcher.serveReady(server);
  }

  private boolean serve(Client client, KeyWait wait, KeyAttempt attempt, int argument) {
    long offset = stream.offset();
    boolean answered = dispatcher.serve(client, wait, attempt, argument, clock.getAsLong());
    if (stream.offset() != offset) {
      client.wroteUpTo(stream.offset());
    }
    return answered;
  }

  /** When a client leaves too much unread, the rest of its batch waits, or is never run. */
  private boolean isOverfull(Client client) {
    Connection connection = client.connection();
    if (connection == null
        || client.reply().bytesPending() + connection.bytesOutstanding()
            <= output.harmlessBytes()) {
      return false;
    }
    if (!output.holdsBack(client)) {
      return false;
    }
    if (!client.isClosing()) {
      clients.suspend(client);
      connection.whenBelow(
          output.harmlessBytes() / 2, () -> ring.submit(() -> clients.resume(client)));
    }
    return true;
  }

  private boolean mustPause(
      Client client, Request request, @Nullable Command command, long nowMillis) {
    if (!clients.isPaused(nowMillis) || command == null || client.replica() != null) {
      return false;
    }
    if (!clients.isPauseForWritesOnly(nowMillis)) {
      return true;
    }
    Command judged = command.judged(request);
    boolean mayWrite = judged.isWrite() || judged.has(CommandFlag.MAY_REPLICATE);
    return mayWrite || (command.name().equals("exec") && client.transaction().queuesWrite());
  }

  private void runSlices() {
    long rest = -1;
    for (int i = 0; i < slices.size(); i++) {
      Slice slice = slices.get(i);
      if (slice.run(clock.getAsLong())) {
        rest = rest == 0 || !slice.mayRest() ? 0 : REST_NANOS;
      }
    }
    restBeforeSlices = rest;
  }

  private void endRound() {
    dispatcher.flushEffects();
    roundEnd.run();
    List<Client> withOutput = clients.withOutput();
    if (!withOutput.isEmpty()) {
      long offset = stream.offset();
      for (int i = 0; i < withOutput.size(); i++) {
        send(withOutput.get(i), offset);
      }
      withOutput.clear();
    }
    stream.publish();
    network.run();
  }

  private void send(Client client, long offset) {
    client.outputPending(false);
    client.releaseAside();
    if (client.waitingBytes() > output.harmlessBytes()) {
      boolean _ = output.holdsBack(client);
    }
    RequestBatch batch = client.batch();
    boolean finished =
        batch != null
            && !client.isBlocked()
            && !client.isSuspended()
            && (client.nextCommand() >= batch.count() || client.isClosing());
    if (finished) {
      client.batch(null);
    } else if (batch != null && client.connection() != null) {
      client.connection().park();
    }
    gate.send(client, finished ? batch : null, offset);
  }

  /** Gives back the batch of a client that is gone. Executor thread. */
  public static void abandon(Client client) {
    RequestBatch batch = client.batch();
    client.closeAfterReply();
    client.batch(null);
    if (batch != null) {
      client.reply().flush(batch, false);
    }
  }

  /** Logs what ended the thread; the process cannot go on without it. */
  public static void died(Thread thread, Throwable cause) {
    LOG.error("{} ended: the server stops", thread.getName(), cause);
  }
}
