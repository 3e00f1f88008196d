package dev.millrace.engine.replication;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies a master's stream, and passes it on byte for byte to our own (L1): each command once it
 * has run, a transaction once its EXEC has; so that our offset is always that of a dataset another
 * replica could have, and a broken link resumes there.
 *
 * <p>Owned by: executor thread.
 */
public final class MasterStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MasterStream.class);
  private static final int UNIT_BYTES = 4096;

  private final Dispatcher dispatcher;
  private final ReplicationStream stream;
  private final Keyspace keyspace;
  private final Client client;
  private final LongSupplier clockMillis;
  private final Runnable unitEnd;
  private final StreamDecoder decoder;
  private final StreamDecoder.Target run = this::run;
  // The commands from MULTI on, which enter our stream when EXEC has.
  private final RequestBuffer unit = new RequestBuffer(UNIT_BYTES);
  private final Request unitBegin = new Request();
  private long errors;
  private boolean withoutBase;
  private long failedWithoutBase;

  // The bytes come from our own log, where they are already.
  private boolean rereading;
  private long appliedOffset;
  private int databaseApplied;

  /**
   * Nothing received yet.
   *
   * @param client stands for the master; its replies are dropped
   * @param unitEnd what is done after each unit, its bytes in the stream
   */
  public MasterStream(
      Dispatcher dispatcher,
      ReplicationStream stream,
      Keyspace keyspace,
      Client client,
      CommandLookup lookup,
      LongSupplier clockMillis,
      Runnable unitEnd) {
    this.dispatcher = dispatcher;
    this.stream = stream;
    this.keyspace = keyspace;
    this.client = client;
    this.clockMillis = clockMillis;
    this.unitEnd = unitEnd;
    this.decoder = new StreamDecoder(lookup);
  }

  /**
   * Forgets what was received and not applied: the link begins anew at our offset, and what comes
   * is appended to our stream.
   */
  public void restart() {
    rereading = false;
    restart(stream.databaseAtEnd());
  }

  /**
   * From now on the bytes are those of our own stream from {@code offset} on: they are applied, and
   * not appended again.
   *
   * @param database what is selected there
   */
  public void rereadFrom(long offset, int database) {
    rereading = true;
    appliedOffset = offset;
    databaseApplied = database;
    restart(database);
  }

  private void restart(int database) {
    client.transaction().close();
    client.select(database);
    decoder.restart();
    unit.clear();
  }

  /** Replication offset of the dataset. */
  public long appliedOffset() {
    return rereading ? appliedOffset : stream.offset();
  }

  /** What is selected in the stream there. */
  public int databaseApplied() {
    return rereading ? databaseApplied : stream.databaseAtEnd();
  }

  /** Commands of the master that ended in an error here. */
  public long errors() {
    return errors;
  }

  /**
   * Says whether the stream's dataset began with no keys: then commands fail for want of what was
   * there before, and are only counted.
   */
  public void withoutBase(boolean yes) {
    withoutBase = yes;
    failedWithoutBase = 0;
  }

  /** Whether the stream's dataset began with no keys. */
  public boolean isWithoutBase() {
    return withoutBase;
  }

  /** Commands that failed since the dataset began with no keys. */
  public long failedWithoutBase() {
    return failedWithoutBase;
  }

  /**
   * Takes the next bytes.
   *
   * @throws IOException when they are no commands: the link is of no use any more
   */
  public void apply(byte[] bytes, int from, int length) throws IOException {
    ExpiryMode before = keyspace.expiryMode();
    // A key is there until the master says otherwise, whatever our clock says.
    keyspace.expiryMode(ExpiryMode.IGNORE);
    try {
      decoder.take(bytes, from, length, run);
    } finally {
      keyspace.expiryMode(before);
    }
  }

  private void run(Request request) {
    long errorsBefore = client.reply().errors();
    dispatcher.apply(client, request, clockMillis.getAsLong());
    if (client.reply().errors() != errorsBefore) {
      failed(request);
    }
    client.reply().truncate(0);
    if (client.transaction().isOpen()) {
      unit.add(request);
      return;
    }
    if (unit.count() > 0) {
      unit.select(0, unitBegin);
      passOn(unitBegin.wireAddress(), unit.filled());
      unit.clear();
    }
    passOn(request.wireAddress(), request.wireLength());
    unitEnd.run();
  }

  private void passOn(long address, long bytes) {
    if (rereading) {
      appliedOffset += bytes;
      databaseApplied = client.database();
    } else {
      stream.appendFromMaster(address, bytes, client.database());
    }
  }

  private void failed(Request request) {
    errors++;
    if (withoutBase) {
      failedWithoutBase++;
      LOG.debug("a command of the master failed for want of data: {}", request.text(0));
    } else {
      LOG.warn("a command of the master failed here: {}", request.text(0));
    }
  }

  @Override
  public void close() {
    client.transaction().close();
    decoder.close();
    unit.close();
  }
}
