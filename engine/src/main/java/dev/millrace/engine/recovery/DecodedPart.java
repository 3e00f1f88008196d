package dev.millrace.engine.recovery;

import dev.millrace.engine.protocol.RequestBuffer;

/**
 * Some commands of a piece of stream, decoded where they lie.
 *
 * <p>Owned by: one thread at a time; handing it over publishes it.
 */
final class DecodedPart implements AutoCloseable {
  /** The index of the commands; their bytes are the stream's. */
  final RequestBuffer commands = new RequestBuffer();

  /** Where in the piece of stream the first command begins. */
  long from;

  /** Where the last one ends. */
  long end;

  /** No whole command is found here, although the piece of stream goes on. */
  boolean torn;

  @Override
  public void close() {
    commands.close();
  }
}
