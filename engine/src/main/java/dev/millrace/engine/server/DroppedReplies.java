package dev.millrace.engine.server;

import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.RequestBuffer;
import org.jspecify.annotations.Nullable;

/** Where the replies to the server's own client go: back to their pool. */
final class DroppedReplies implements ReplySink {
  @Override
  public void send(
      @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
    if (first != null) {
      first.discardChain();
    }
  }

  @Override
  public void released(int bytes) {}
}
