package dev.millrace.engine.recovery;

import dev.millrace.aof.SegmentedLog;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.LookAhead;
import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.snapshot.WorkAhead;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the stream of the log to the keyspace, command by command, as a replica would. Another
 * thread decodes it ahead.
 *
 * <p>Owned by: executor thread, before its first round.
 */
public final class LogReplay implements SegmentedLog.ReplayTarget, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

  /** Parts decoded ahead: enough that neither thread waits for the other's pauses. */
  private static final int PARTS = 8;

  private static final long REPORT_EVERY_BYTES = 256L << 20;

  private final Dispatcher dispatcher;
  private final Client client;
  private final LongSupplier clockMillis;
  private final Runnable afterEach;
  private final CommandLookup lookup;
  private final LookAhead lookAhead;
  private final List<DecodedPart> parts = new ArrayList<>();
  private final Request request = new Request();
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
      Keyspace keyspace,
      LongSupplier clockMillis,
      Runnable afterEach) {
    this.dispatcher = dispatcher;
    this.client = client;
    this.clockMillis = clockMillis;
    this.afterEach = afterEach;
    this.lookup = lookup;
    this.lookAhead = new LookAhead(keyspace);
    for (int i = 0; i < PARTS; i++) {
      parts.add(new DecodedPart());
    }
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
    StreamDecoding decoding = new StreamDecoding(lookup, start, stream.byteSize());
    try (WorkAhead<DecodedPart> ahead = new WorkAhead<>("log-decoder", parts, decoding)) {
      Runnable waiting = () -> readListener.accept(bytes);
      for (DecodedPart part = ahead.take(waiting); part != null; part = ahead.take(waiting)) {
        apply(part, offset + part.from);
        bytes += part.end - part.from;
        part.commands.clear();
        ahead.giveBack(part);
        readListener.accept(bytes);
        report();
      }
    } finally {
      parts.forEach(part -> part.commands.clear());
      Memory.disown(start);
    }
  }

  private void apply(DecodedPart part, long offset) throws IOException {
    RequestBuffer buffer = part.commands;
    if (part.torn || buffer.error() != null) {
      Object mistake = part.torn ? "it ends within one" : buffer.error();
      throw new IOException("the log holds no command after offset " + offset + ": " + mistake);
    }
    lookAhead.begin(buffer, client.database());
    for (int i = 0; i < buffer.count(); i++) {
      if (i % LookAhead.GROUP == 0) {
        lookAhead.advance(buffer, i, client.database());
      }
      buffer.select(i, request);
      if (request.command() == null) {
        throw new IOException(
            "the log holds the unknown command '"
                + request.text(0)
                + "' after offset "
                + offset
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
    parts.forEach(DecodedPart::close);
  }
}
