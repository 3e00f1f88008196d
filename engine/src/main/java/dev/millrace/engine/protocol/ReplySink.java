package dev.millrace.engine.protocol;

import org.jspecify.annotations.Nullable;

/** Where replies go: a connection, or something that looks at them. */
public interface ReplySink {
  /**
   * Takes a chain of buffers, to be sent in this order after all that came before.
   *
   * @param first the first of the chain; null when there is nothing to send
   * @param completes the batch that is done with, back to its connection; null when none
   * @param closeAfter whether the connection closes once all of this was sent
   */
  void send(@Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter);

  /**
   * Says that a buffer was sent or dropped. Any thread.
   *
   * @param bytes its capacity
   */
  void released(int bytes);
}
