package dev.millrace.engine.replication;

import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Passes a master's stream on to our own, byte for byte (L1), without applying it: a command when
 * it is whole, a transaction with its EXEC, so that our offset always is the end of a unit.
 *
 * <p>Owned by: executor thread.
 */
public final class StreamIntake implements AutoCloseable {
  private static final int UNIT_BYTES = 4096;
  private static final int UNKNOWN = -1;
  private static final byte[] MULTI = lower("multi");
  private static final byte[] EXEC = lower("exec");
  private static final byte[] DISCARD = lower("discard");
  private static final byte[] SELECT = lower("select");
  private static final byte[] REPLCONF = lower("replconf");
  private static final byte[] GETACK = lower("getack");

  private final ReplicationStream stream;
  private final Runnable acknowledge;
  private final StreamDecoder decoder;
  private final StreamDecoder.Target take = this::take;
  private final RequestBuffer unit = new RequestBuffer(UNIT_BYTES);
  private final Request unitBegin = new Request();
  private boolean inTransaction;

  // Selected at the end of our stream; another one from a unit that is not whole does not count.
  private int database = UNKNOWN;
  private int databaseInUnit = UNKNOWN;

  /**
   * Nothing received yet.
   *
   * @param acknowledge is run when the master asks for our offset
   */
  public StreamIntake(ReplicationStream stream, CommandLookup lookup, Runnable acknowledge) {
    this.stream = stream;
    this.acknowledge = acknowledge;
    this.decoder = new StreamDecoder(lookup);
  }

  private static byte[] lower(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The stream at our end is another than before.
   *
   * @param selected the database selected there; -1 when nobody knows
   */
  public void begin(int selected) {
    database = selected;
    restart();
  }

  /** Forgets what was received and not passed on: the link begins anew at our offset. */
  public void restart() {
    decoder.restart();
    unit.clear();
    inTransaction = false;
    databaseInUnit = database;
  }

  /**
   * Takes the next bytes.
   *
   * @throws IOException when they are no commands: the link is of no use any more
   */
  public void take(byte[] bytes, int length) throws IOException {
    decoder.take(bytes, 0, length, take);
  }

  private void take(Request request) throws IOException {
    if (request.is(0, SELECT) && request.argc() == 2) {
      databaseInUnit = databaseOf(request);
    } else if (request.is(0, MULTI)) {
      inTransaction = true;
    } else if (request.is(0, EXEC) || request.is(0, DISCARD)) {
      inTransaction = false;
    } else if (request.is(0, REPLCONF) && request.argc() > 1 && request.is(1, GETACK)) {
      acknowledge.run();
    }
    if (inTransaction) {
      unit.add(request);
      return;
    }
    database = databaseInUnit;
    if (unit.count() > 0) {
      unit.select(0, unitBegin);
      stream.appendFromMaster(unitBegin.wireAddress(), unit.filled(), database);
      unit.clear();
    }
    stream.appendFromMaster(request.wireAddress(), request.wireLength(), database);
  }

  private static int databaseOf(Request select) throws IOException {
    try {
      return Integer.parseInt(select.text(1));
    } catch (NumberFormatException e) {
      throw new IOException("the master selects the database '" + select.text(1) + "'", e);
    }
  }

  @Override
  public void close() {
    decoder.close();
    unit.close();
  }
}
