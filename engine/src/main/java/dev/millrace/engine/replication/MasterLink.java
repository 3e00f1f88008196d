package dev.millrace.engine.replication;

import dev.millrace.backlog.ReplicationId;
import dev.millrace.engine.config.ReplicaOf;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to a master: connects, shakes hands, asks by PSYNC for what is missing, receives a whole
 * dataset when the master answers so, then hands the stream to the executor as it comes; and begins
 * again whenever the link breaks.
 *
 * <pre>
 *   CONNECT → CONNECTING → HANDSHAKE ─┬─ +CONTINUE ──────────────────────────────┬→ CONNECTED
 *                                     ├─ +FULLRESYNC → SYNC (received, installed) ┤
 *                                     └─ +RDBCHANNELSYNC, +DUALCHANNELSYNC → SYNC ┘
 *                    (the same, by a second connection; the stream is kept meanwhile)
 * </pre>
 *
 * <p>L7: the executor has at most {@value #CHUNKS_MAX} chunks of the stream waiting; then reading
 * stops, and the master sees a full socket.
 *
 * <p>Owned by: its own thread; the accessors and {@link #close} any thread.
 */
public final class MasterLink implements Runnable, AutoCloseable {
  /** How far the link has come. */
  public enum State {
    CONNECT("connect"),
    CONNECTING("connecting"),
    HANDSHAKE("handshake"),
    SYNC("sync"),
    CONNECTED("connected");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** As ROLE names it. */
    public String word() {
      return word;
    }
  }

  /**
   * Where our stream stands, and under which name the master knows what came before.
   *
   * @param nothing that there is nothing to continue: the whole dataset is wanted
   */
  public record Position(ReplicationId id, long offset, boolean nothing) {}

  /** A dataset that is being received. */
  public interface Copy extends AutoCloseable {
    /**
     * Takes the RDB, which ends where the channel does.
     *
     * @throws DamagedCopyException when it is whole and cannot be loaded
     */
    void receive(ReadableByteChannel rdb) throws IOException, InterruptedException;

    /** It is complete: it replaces the dataset and the stream goes on from it (L5). */
    void install() throws IOException, InterruptedException;

    /** Gives it up when it was not installed. */
    @Override
    void close() throws IOException;
  }

  /** What the link needs of its server. Called on the link's thread. */
  public interface Follower {
    /** What is to be asked for, once everything received has been applied. */
    Position position(MasterLink link) throws InterruptedException;

    /** What the master said to PSYNC … FAILOVER: whether it is one now. */
    void failoverAnswered(MasterLink link, boolean accepted) throws InterruptedException;

    /** The master goes on from there; {@code id} is the name it has now, null when unchanged. */
    void continued(MasterLink link, @Nullable ReplicationId id) throws InterruptedException;

    /**
     * The master sends its whole dataset as of {@code offset}.
     *
     * @param bytes its length, -1 when the master did not say
     */
    Copy copy(MasterLink link, ReplicationId id, long offset, long bytes)
        throws IOException, InterruptedException;

    /** The next bytes of the stream; {@code done} is run once they are applied. */
    void apply(MasterLink link, byte[] bytes, int length, Runnable done);
  }

  /** Settings of the link, as they are now. */
  public interface Settings {
    int timeoutSeconds();

    int listeningPort();

    /** The address to connect from; empty for any. */
    String sourceAddress();

    /** The address to tell the master; empty for none. */
    String announcedAddress();

    /** Whether a dataset may come by a connection of its own, and the stream meanwhile. */
    boolean rdbChannel();

    /** Whether the stream is to do without the dataset before it. */
    boolean syncLess();

    /** How many bytes of the stream are kept until the dataset before it is loaded. */
    long streamAheadBytesMax();

    /** Where such bytes may be kept. */
    Path directory();

    String user();

    String password();
  }

  private static final Logger LOG = LoggerFactory.getLogger(MasterLink.class);
  private static final int CHUNK_BYTES = 64 << 10;
  static final int CHUNKS_MAX = 8;
  private static final long RETRY_MILLIS = 1000;

  /** After so many datasets that could not be loaded the time between two doubles no more. */
  private static final int DOUBLINGS_MAX = 5;

  private static final long ACK_MILLIS = 1000;

  private final ReplicaOf master;
  private final Follower follower;
  private final Settings settings;
  private final Semaphore chunks = new Semaphore(CHUNKS_MAX);
  private final Thread thread;

  // Until the replica that is to be the master has answered.
  private volatile boolean failover;
  private volatile State state = State.CONNECT;
  private volatile boolean closed;
  private volatile @Nullable MasterConnection connection;

  // The second one of a full sync, and the stream that comes by the first one meanwhile.
  private volatile @Nullable MasterConnection channel;
  private volatile @Nullable StreamAhead ahead;
  private volatile long lastIoNanos;
  private volatile boolean heardOf;
  private volatile long downSinceMillis;
  private volatile @Nullable LinkEnds ends;
  private volatile long copyBytes = -1;
  private volatile long copyBytesRead;
  private volatile long appliedOffset;

  // The master knows nothing of acknowledgements, and would answer them in the stream.
  private volatile boolean bySync;

  // The master sends no dataset where it would send one.
  private volatile boolean withoutDataset;

  // Datasets in a row that could not be loaded; the link's thread only.
  private int damagedCopies;

  /** A link that is not connected yet; {@link #start} begins. */
  public MasterLink(ReplicaOf master, Follower follower, Settings settings) {
    this.master = master;
    this.follower = follower;
    this.settings = settings;
    this.thread = Thread.ofPlatform().daemon().name("master-link").unstarted(this);
  }

  /** Begins to connect. */
  public void start() {
    thread.start();
    Thread.ofPlatform().daemon().name("master-ack").start(this::acknowledgeRegularly);
  }

  /** Asks the replica we connect to to be the master; before {@link #start}. */
  public void askForFailover() {
    failover = true;
  }

  /** Whether it is still to be asked. */
  public boolean asksForFailover() {
    return failover;
  }

  public State state() {
    return state;
  }

  public boolean isConnected() {
    return state == State.CONNECTED;
  }

  /** Seconds since the master was last heard of; -1 while not connected. */
  public long silentSeconds() {
    boolean linked = state == State.CONNECTED || state == State.SYNC;
    return linked && heardOf ? TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastIoNanos) : -1;
  }

  /** Between which addresses the stream comes; null while it does not. */
  public @Nullable LinkEnds ends() {
    return state == State.CONNECTED ? ends : null;
  }

  /** When the link was lost, in milliseconds since the epoch; 0 when it never was up. */
  public long downSinceMillis() {
    return downSinceMillis;
  }

  /** Length of the dataset that is being received; -1 when the master did not say. */
  public long copyBytes() {
    return copyBytes;
  }

  /** How much of it has come. */
  public long copyBytesRead() {
    return copyBytesRead;
  }

  /** Notes how far the stream has been applied, for acknowledgements. Executor thread. */
  public void applied(long offset) {
    appliedOffset = offset;
  }

  /** Acknowledges soon, not only at the next second. */
  public synchronized void acknowledge() {
    notifyAll();
  }

  /** Ends the link for good; what it has handed over and was not applied is dropped. */
  @Override
  public void close() {
    closed = true;
    breakOff();
    acknowledge();
  }

  /** Waits until the link's thread has ended, after {@link #close}. */
  public void awaitEnd() throws InterruptedException {
    thread.join();
  }

  /** True once {@link #close} was called. */
  public boolean isClosed() {
    return closed;
  }

  /** Whether a dataset that comes by this link is one of no keys, as was asked for. */
  public boolean isWithoutDataset() {
    return withoutDataset;
  }

  /** How many bytes of the stream wait for the dataset before them. */
  public long streamAheadBytes() {
    StreamAhead kept = ahead;
    return kept == null ? 0 : kept.bytesKept();
  }

  /** Breaks the connection; the link begins again. */
  public void breakOff() {
    ends = null;
    close(connection);
    close(channel);
  }

  private static void close(@Nullable MasterConnection open) {
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("closing the link: {}", e.toString());
      }
    }
  }

  @Override
  public void run() {
    while (!closed) {
      try {
        follow();
      } catch (IOException | RuntimeException e) {
        if (!closed) {
          LOG.warn("the link to the master {}:{}: {}", master.host(), master.port(), e.toString());
        }
      } catch (InterruptedException e) {
        break;
      } finally {
        if (state == State.CONNECTED) {
          downSinceMillis = System.currentTimeMillis();
        }
        state = State.CONNECT;
        breakOff();
        connection = null;
        forgetStreamAhead();
      }
      if (!pauseFully(RETRY_MILLIS << Math.clamp(damagedCopies - 1, 0, DOUBLINGS_MAX))) {
        break;
      }
    }
  }

  private void forgetStreamAhead() {
    StreamAhead kept = ahead;
    ahead = null;
    if (kept != null) {
      // After its connection: so that it ends.
      kept.close();
    }
  }

  /** Waits so long, or until {@link #close}; false when interrupted. */
  private boolean pauseFully(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left = millis;
    while (left > 0 && !closed) {
      if (!pause(left)) {
        return false;
      }
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    return true;
  }

  /** Waits so long, or until {@link #acknowledge} or {@link #close}; false when interrupted. */
  @SuppressWarnings("WaitNotInLoop") // waking early does no harm
  private synchronized boolean pause(long millis) {
    try {
      if (!closed) {
        wait(millis);
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void follow() throws IOException, InterruptedException {
    state = State.CONNECTING;
    bySync = false;
    int timeoutMillis = settings.timeoutSeconds() * 1000;
    try (MasterConnection open =
        new MasterConnection(master, settings.sourceAddress(), timeoutMillis)) {
      connection = open;
      if (closed) {
        return;
      }
      state = State.HANDSHAKE;
      withoutDataset = MasterHandshake.shakeHands(open, settings);
      if (resync(open)) {
        ends = open.ends();
        state = State.CONNECTED;
        LOG.info("following the master {}:{}", master.host(), master.port());
        // A master that sent its dataset without a file waits for this before it sends more.
        acknowledge();
        StreamAhead kept = ahead;
        if (kept != null) {
          kept.beLast();
          receive(kept::take);
          forgetStreamAhead();
        }
        receive(open::read);
      }
    }
  }

  /** Asks for what is missing; false when the master cannot say yet. */
  private boolean resync(MasterConnection open) throws IOException, InterruptedException {
    Position position = follower.position(this);
    String answer = ask(open, position);
    if (failover) {
      failover = false;
      boolean accepted =
          answer.startsWith("+CONTINUE")
              || answer.startsWith("+FULLRESYNC")
              || answer.startsWith("+RDBCHANNELSYNC")
              || answer.startsWith("+DUALCHANNELSYNC");
      follower.failoverAnswered(this, accepted);
      if (!accepted) {
        throw new IOException("it answered PSYNC FAILOVER with " + answer);
      }
    }
    String[] words = answer.split(" ", -1);
    switch (words[0]) {
      case "+CONTINUE" -> {
        ReplicationId id = words.length > 1 ? ReplicationId.parse(words[1]) : null;
        LOG.info("the master continues at offset {}", position.offset());
        follower.continued(this, id);
        return true;
      }
      case "+FULLRESYNC" -> {
        receiveCopy(open, DatasetPoint.announcedBy(answer));
        return true;
      }
      case "+RDBCHANNELSYNC", "+DUALCHANNELSYNC" -> {
        receiveByChannel(open, answer);
        return true;
      }
      case "-NOMASTERLINK", "-LOADING" -> {
        LOG.info("the master is not ready: {}", answer);
        return false;
      }
      default -> {
        LOG.info("Master does not support PSYNC or is in error state (reply: {})", answer);
        receiveByOldSync(open);
        return true;
      }
    }
  }

  /**
   * The dataset by a connection of its own, while the stream after it comes by the one there is.
   *
   * @param invitation what the master answered to PSYNC
   */
  private void receiveByChannel(MasterConnection open, String invitation)
      throws IOException, InterruptedException {
    int timeoutMillis = settings.timeoutSeconds() * 1000;
    try (MasterConnection second =
        new MasterConnection(master, settings.sourceAddress(), timeoutMillis)) {
      channel = second;
      if (closed) {
        throw new IOException("the link was closed");
      }
      second.authenticate(settings.user(), settings.password());
      DatasetPoint stands =
          DatasetPoint.askedFor(open, second, invitation, settings.listeningPort());
      LOG.info("the dataset comes by a second connection, and the stream meanwhile");
      StreamAhead kept =
          new StreamAhead(
              open::read, settings.directory(), settings.streamAheadBytesMax(), this::heard);
      ahead = kept;
      kept.start();
      receiveCopy(second, stands);
      LOG.info("{} bytes of the stream came meanwhile", kept.bytesKept());
    } finally {
      channel = null;
    }
  }

  /**
   * The way of masters before Redis 2.8, which have neither IDs nor offsets and know no
   * acknowledgements: the dataset, and the stream after it. The history is named by us, and never
   * continued.
   */
  private void receiveByOldSync(MasterConnection open) throws IOException, InterruptedException {
    LOG.info("Retrying with SYNC...");
    open.send("SYNC");
    receiveCopy(open, new DatasetPoint(ReplicationId.random(new SplittableRandom()), 0));
    bySync = true;
  }

  private String ask(MasterConnection open, Position position) throws IOException {
    String id = position.id().toString();
    String firstByte = Long.toString(position.offset() + 1);
    if (failover) {
      return open.ask("PSYNC", id, firstByte, "FAILOVER");
    }
    return position.nothing() ? open.ask("PSYNC", "?", "-1") : open.ask("PSYNC", id, firstByte);
  }

  private void receiveCopy(MasterConnection open, DatasetPoint stands)
      throws IOException, InterruptedException {
    state = State.SYNC;
    copyBytesRead = 0;
    copyBytes = -1;
    String length = open.line();
    heard();
    LOG.info("full resync with {} from offset {}", stands.id(), stands.offset());
    RdbPayload payload =
        RdbPayload.announcedBy(
            length,
            open,
            received -> {
              heard();
              copyBytesRead = received;
            });
    copyBytes = payload.bytes();
    try (Copy copy = follower.copy(this, stands.id(), stands.offset(), payload.bytes())) {
      copy.receive(payload);
      copy.install();
      damagedCopies = 0;
    } catch (DamagedCopyException e) {
      damagedCopies++;
      throw e;
    }
    LOG.info("MASTER <-> REPLICA sync: Finished with success ({} bytes)", copyBytesRead);
  }

  /** Hands the stream over until it ends, or for as long as the link lasts. */
  private void receive(StreamAhead.Source from) throws IOException, InterruptedException {
    while (!closed) {
      chunks.acquire();
      boolean handedOver = false;
      try {
        byte[] chunk = new byte[CHUNK_BYTES];
        int n = from.read(chunk, 0, chunk.length);
        if (n < 0) {
          return;
        }
        heard();
        follower.apply(this, chunk, n, chunks::release);
        handedOver = true;
      } finally {
        if (!handedOver) {
          chunks.release();
        }
      }
    }
  }

  private void heard() {
    lastIoNanos = System.nanoTime();
    heardOf = true;
  }

  private void acknowledgeRegularly() {
    while (!closed) {
      MasterConnection open = connection;
      if (open != null) {
        try {
          if (state == State.CONNECTED && !bySync) {
            open.send("REPLCONF", "ACK", Long.toString(appliedOffset));
          } else if (state == State.SYNC) {
            open.keepAlive();
          }
        } catch (IOException e) {
          // The reading side meets the same end and says so.
          LOG.debug("acknowledging: {}", e.toString());
        }
      }
      if (!pause(ACK_MILLIS)) {
        return;
      }
    }
  }
}
