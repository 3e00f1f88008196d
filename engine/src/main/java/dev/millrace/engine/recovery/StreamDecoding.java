package dev.millrace.engine.recovery;

import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.RecentCommands;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.snapshot.WorkAhead;

/**
 * Finds the commands in a piece of stream, some hundred at a time, looks them up and hashes their
 * keys. Their bytes stay where they are: a log is mapped, and each copy of it would cost as much as
 * what is done with it then.
 *
 * <p>Owned by: the thread that decodes ahead.
 */
final class StreamDecoding implements WorkAhead.Work<DecodedPart> {
  /** Few enough that their index fits what a buffer begins with, for commands of few arguments. */
  private static final int COMMANDS = 512;

  private static final long PIECE_BYTES = 1 << 20;

  private final RequestDecoder decoder;
  private final long start;
  private final long bytes;
  private long at;
  private boolean over;

  /**
   * @param start address of the stream's bytes, which begin with a command and stay until the end
   */
  StreamDecoding(CommandLookup commands, long start, long bytes) {
    this.decoder = new RequestDecoder(new RecentCommands(commands), new RequestLimits());
    decoder.unlimitedBulk(true);
    this.start = start;
    this.bytes = bytes;
  }

  @Override
  public boolean fill(DecodedPart into) {
    long piece = Math.min(PIECE_BYTES, bytes - at);
    while (piece > 0 && !over) {
      into.commands.clear();
      into.commands.borrow(start + at, (int) piece);
      decoder.reset();
      decoder.decode(into.commands, COMMANDS);
      int decoded = decoder.consumed();
      long whole = Math.min(RequestLimits.COMMAND_BYTES_MAX, bytes - at);
      into.from = at;
      into.torn = decoded == 0 && piece == whole;
      at += decoded;
      into.end = at;
      if (into.torn || into.commands.error() != null) {
        over = true;
        return true;
      }
      if (into.commands.count() > 0) {
        return true;
      }
      // One command longer than the piece, or empty lines only.
      piece = Math.min(decoded == 0 ? 2 * piece : PIECE_BYTES, bytes - at);
      piece = Math.min(piece, RequestLimits.COMMAND_BYTES_MAX);
    }
    return false;
  }
}
