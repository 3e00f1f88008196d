package dev.millrace.engine.recovery;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the stream of the log to the keyspace, command by command, as a replica would.
 *
 * <p>Owned by: executor thread, before its first round.
 */
public final class LogReplay implements SegmentedLog.ReplayTarget, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);
  private static final int PIECE_BYTES = 1 << 20;
  private static final long REPORT_EVERY_BYTES = 256L << 20;

  private final Dispatcher dispatcher;
  private final Client client;
  private final LongSupplier clockMillis;
  private final Runnable afterEach;
  private final RequestDecoder decoder;
  private final Request request = new Request();
  private RequestBuffer buffer = new RequestBuffer(2 * PIECE_BYTES);
  private RequestBuffer spare = new RequestBuffer(2 * PIECE_BYTES);
  private long commands;
  private long bytes;
  private LongConsumer readListener = read -> {};
  private long nextReport = REPORT_EVERY_BYTES;

  /**
   * A replay.
   *
   * @param dispatcher one whose effects go nowhere, for they are in the log already
   * @param client the server's own, whose replies are dropped
   * @param afterEach what is done after each command
   */
  public LogReplay(
      Dispatcher dispatcher,
      Client client,
      CommandLookup lookup,
      LongSupplier clockMillis,
      Runnable afterEach) {
    this.dispatcher = dispatcher;
    this.client = client;
    this.clockMillis = clockMillis;
    this.afterEach = afterEach;
    this.decoder = new RequestDecoder(lookup, new RequestLimits());
    decoder.unlimitedBulk(true);
  }

  /** Sets who is told after each piece how many bytes of the log have been read. */
  public void tells(LongConsumer listener) {
    readListener = listener;
  }

  /** Commands applied so far. */
  public long commands() {
    return commands;
  }

  /** Stream bytes applied so far. */
  public long bytes() {
    return bytes;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IOException when the stream holds something that is no known command: with its offset
   */
  @Override
  public void replay(long offset, MemorySegment stream) throws IOException {
    long start = stream.address();
    Memory.adopt(start, stream.byteSize());
    try {
      long at = 0;
      while (at < stream.byteSize()) {
        int piece = (int) Math.min(PIECE_BYTES, stream.byteSize() - at);
        buffer.append(start + at, piece);
        at += piece;
        decoder.decode(buffer, Integer.MAX_VALUE);
        apply(offset + at - buffer.filled());
        decoder.carry(buffer, spare);
        RequestBuffer used = buffer;
        buffer = spare;
        spare = used;
        spare.clear();
        bytes += piece;
        readListener.accept(bytes);
        report();
      }
    } finally {
      Memory.disown(start);
    }
  }

  private void apply(long bufferOffset) throws IOException {
    if (buffer.error() != null) {
      throw new IOException(
          "the log holds no command after offset " + bufferOffset + ": " + buffer.error());
    }
    for (int i = 0; i < buffer.count(); i++) {
      buffer.select(i, request);
      if (request.command() == null) {
        throw new IOException(
            "the log holds the unknown command '"
                + request.text(0)
                + "' after offset "
                + bufferOffset
                + "; it was written by a server that knows more commands than this one");
      }
      dispatcher.apply(client, request, clockMillis.getAsLong());
      client.reply().truncate(0);
      commands++;
      afterEach.run();
    }
  }

  private void report() {
    if (bytes >= nextReport) {
      nextReport += REPORT_EVERY_BYTES;
      LOG.info("replayed {} MB of the log, {} commands", bytes >> 20, commands);
    }
  }

  @Override
  public void close() {
    client.transaction().close();
    buffer.close();
    spare.close();
  }
}
