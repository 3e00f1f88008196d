package dev.millrace.engine.replication;

import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import java.io.IOException;

/**
 * Cuts a master's stream, which comes in pieces of any size, into its commands.
 *
 * <p>Owned by: executor thread.
 */
final class StreamDecoder implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final RequestDecoder decoder;
  private final Request request = new Request();
  private RequestBuffer buffer = new RequestBuffer(BUFFER_BYTES);
  private RequestBuffer spare = new RequestBuffer(BUFFER_BYTES);

  /** Is given the commands, in order. */
  @FunctionalInterface
  interface Target {
    /** One command in its canonical form; valid during the call. */
    void command(Request request) throws IOException;
  }

  StreamDecoder(CommandLookup lookup) {
    decoder = new RequestDecoder(lookup, new RequestLimits());
    decoder.unlimitedBulk(true);
  }

  /** Forgets the half command that was received. */
  void restart() {
    buffer.clear();
    decoder.reset();
  }

  /**
   * Takes the next bytes.
   *
   * @throws IOException when they are no commands in canonical form
   */
  void take(byte[] bytes, int from, int length, Target target) throws IOException {
    buffer.append(bytes, from, length);
    decoder.decode(buffer, Integer.MAX_VALUE);
    long taken = 0;
    for (int i = 0; i < buffer.count(); i++) {
      buffer.select(i, request);
      if (request.wireLength() == 0) {
        throw new IOException("the master sent '" + request.text(0) + "' in no canonical form");
      }
      target.command(request);
      taken += request.wireLength();
    }
    if (buffer.error() != null || taken != decoder.consumed()) {
      throw new IOException("the master sent something that is no command: " + buffer.error());
    }
    decoder.carry(buffer, spare);
    RequestBuffer used = buffer;
    buffer = spare;
    spare = used;
    spare.clear();
  }

  @Override
  public void close() {
    buffer.close();
    spare.close();
  }
}
