package dev.millrace.engine.protocol;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a client did wrong on the wire. It ends the connection: the commands before it are answered,
 * then the error, then the connection closes. The texts are those of Redis 7.0.
 */
public final class ProtocolError {
  static final ProtocolError BIG_INLINE = says("too big inline request");
  static final ProtocolError UNBALANCED_QUOTES = says("unbalanced quotes in request");
  static final ProtocolError BIG_COUNT_LINE = says("too big mbulk count string");
  static final ProtocolError BIG_LENGTH_LINE = says("too big bulk count string");
  static final ProtocolError INVALID_COUNT = says("invalid multibulk length");
  static final ProtocolError INVALID_LENGTH = says("invalid bulk length");
  static final ProtocolError UNAUTHENTICATED_COUNT = says("unauthenticated multibulk length");
  static final ProtocolError UNAUTHENTICATED_LENGTH = says("unauthenticated bulk length");

  /** The query buffer limit was passed: the connection closes without a word, as in Redis. */
  static final ProtocolError BUFFER_LIMIT =
      new ProtocolError("query buffer limit reached", new byte[0]);

  private final String reason;
  private final byte[] reply;

  private ProtocolError(String reason, byte[] reply) {
    this.reason = reason;
    this.reply = reply;
  }

  private static ProtocolError says(String reason) {
    return new ProtocolError(
        reason, ("-ERR Protocol error: " + reason + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The length line of an argument begins with another byte than {@code $}. */
  static ProtocolError expectedDollar(byte got) {
    // An error reply is one line, so a line break shows as a blank.
    char shown = got == '\r' || got == '\n' ? ' ' : (char) (got & 0xff);
    return says("expected '$', got '" + shown + "'");
  }

  /** For the log. */
  public String reason() {
    return reason;
  }

  /** The whole reply line, CRLF included; null when the connection closes without one. */
  public byte @Nullable [] reply() {
    return reply.length == 0 ? null : reply.clone();
  }

  /** Appends the reply, if there is one. */
  public void writeTo(ReplyWriter out) {
    out.raw(reply);
  }

  @Override
  public String toString() {
    return "Protocol error: " + reason;
  }
}
