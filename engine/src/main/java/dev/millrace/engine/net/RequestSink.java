package dev.millrace.engine.net;

/**
 * What the event loops deliver to the executor: a ring as a rule. Each method is called on the
 * connection's event loop and must not wait; false means that there is no room just now: the loop
 * stops reading that connection and offers the same again soon.
 *
 * <p>For each connection, in this order: {@link #connected} once; batches, one at a time; {@link
 * #disconnected} once, and nothing after it.
 */
public interface RequestSink {
  /** Delivers commands, or the mistake that ends the connection, or both. */
  boolean offer(RequestBatch batch);

  /**
   * All that the loop found in one look at its sockets was offered; or so much that whoever sleeps
   * should begin. Waking him is a system call, worth one for many clients rather than one for each.
   */
  void offered();

  /** A client has connected. To refuse it, answer an error and close. */
  boolean connected(Connection connection);

  /**
   * The client is gone, or we closed it. A batch the executor still holds must be given back all
   * the same; replies sent from now on may be dropped.
   */
  boolean disconnected(Connection connection);
}
