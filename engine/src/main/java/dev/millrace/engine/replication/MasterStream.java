package dev.millrace.engine.replication;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
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
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int UNIT_BYTES = 4096;

  private final Dispatcher dispatcher;
  private final ReplicationStream stream;
  private final Keyspace keyspace;
  private final Client client;
  private final LongSupplier clockMillis;
  private final Runnable unitEnd;
  private final RequestDecoder decoder;
  private final Request request = new Request();
  private RequestBuffer buffer = new RequestBuffer(BUFFER_BYTES);
  private RequestBuffer spare = new RequestBuffer(BUFFER_BYTES);
  // The commands from MULTI on, which enter our stream when EXEC has.
  private final RequestBuffer unit = new RequestBuffer(UNIT_BYTES);
  private final Request unitBegin = new Request();
  private long errors;
  private boolean withoutBase;
  private long failedWithoutBase;

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
    this.decoder = new RequestDecoder(lookup, new RequestLimits());
    decoder.unlimitedBulk(true);
  }

  /** Forgets what was received and not applied: the link begins anew at our offset. */
  public void restart() {
    client.transaction().close();
    client.select(stream.databaseAtEnd());
    buffer.clear();
    decoder.reset();
    unit.clear();
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
  public void apply(byte[] bytes, int length) throws IOException {
    buffer.append(bytes, 0, length);
    decoder.decode(buffer, Integer.MAX_VALUE);
    ExpiryMode before = keyspace.expiryMode();
    // A key is there until the master says otherwise, whatever our clock says.
    keyspace.expiryMode(ExpiryMode.IGNORE);
    long taken = 0;
    try {
      for (int i = 0; i < buffer.count(); i++) {
        buffer.select(i, request);
        run();
        taken += request.wireLength();
      }
    } finally {
      keyspace.expiryMode(before);
    }
    if (buffer.error() != null || taken != decoder.consumed()) {
      throw new IOException("the master sent something that is no command: " + buffer.error());
    }
    carry();
  }

  private void run() throws IOException {
    if (request.wireLength() == 0) {
      throw new IOException("the master sent '" + request.text(0) + "' in no canonical form");
    }
    long errorsBefore = client.reply().errors();
    dispatcher.apply(client, request, clockMillis.getAsLong());
    if (client.reply().errors() != errorsBefore) {
      failed();
    }
    client.reply().truncate(0);
    if (client.transaction().isOpen()) {
      unit.add(request);
      return;
    }
    if (unit.count() > 0) {
      unit.select(0, unitBegin);
      stream.appendFromMaster(unitBegin.wireAddress(), unit.filled(), client.database());
      unit.clear();
    }
    stream.appendFromMaster(request.wireAddress(), request.wireLength(), client.database());
    unitEnd.run();
  }

  private void failed() {
    errors++;
    if (withoutBase) {
      failedWithoutBase++;
      LOG.debug("a command of the master failed for want of data: {}", request.text(0));
    } else {
      LOG.warn("a command of the master failed here: {}", request.text(0));
    }
  }

  private void carry() {
    decoder.carry(buffer, spare);
    RequestBuffer used = buffer;
    buffer = spare;
    spare = used;
    spare.clear();
  }

  @Override
  public void close() {
    client.transaction().close();
    buffer.close();
    spare.close();
    unit.close();
  }
}
