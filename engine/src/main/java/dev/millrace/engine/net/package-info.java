/**
 * The sockets: event loops that read requests into batches for the executor and send its replies.
 *
 * <p>One connection has at most one batch with the executor; meanwhile it reads on into another, up
 * to a bound, and then leaves the bytes in the socket.
 */
@NullMarked
package dev.millrace.engine.net;

import org.jspecify.annotations.NullMarked;
