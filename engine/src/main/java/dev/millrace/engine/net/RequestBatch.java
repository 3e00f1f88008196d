package dev.millrace.engine.net;

import dev.millrace.engine.protocol.RequestBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands of one connection on their way to the executor. The executor gives it back by naming it
 * in {@link dev.millrace.engine.protocol.ReplyWriter#flush}; until then the connection sends no
 * other.
 *
 * <p>Owned by: its event loop, the executor between {@link RequestSink#offer} and giving it back.
 */
public final class RequestBatch extends RequestBuffer {
  private @Nullable Connection connection;

  /** The connection it came from. */
  public Connection connection() {
    return Objects.requireNonNull(connection, "a free batch has no connection");
  }

  void connection(@Nullable Connection owner) {
    connection = owner;
  }
}
