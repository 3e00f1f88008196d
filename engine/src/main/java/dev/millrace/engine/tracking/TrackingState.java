package dev.millrace.engine.tracking;

import java.util.ArrayList;
import java.util.List;

/**
 * How one client tracks keys; it exists while tracking is on.
 *
 * <p>Owned by: executor thread.
 */
public final class TrackingState {
  /** The objects that stand for one prefix. */
  private static final int PREFIX_BYTES = 256;

  boolean broadcast;
  boolean optIn;
  boolean optOut;
  boolean noLoop;

  /** CLIENT CACHING was given for the command that comes next. */
  boolean caching;

  /** The client its messages were to go to is gone. */
  boolean brokenRedirect;

  /** Number of the client that gets the messages, 0 for the client itself. */
  long redirect;

  /** In the order of their bytes. */
  final List<PrefixWatch> prefixes = new ArrayList<>();

  /** Number of the client that gets the messages, 0 for the client itself. */
  public long redirect() {
    return redirect;
  }

  /** About the memory of the prefixes it waits for. */
  public long memoryBytes() {
    long bytes = 0;
    for (int i = 0; i < prefixes.size(); i++) {
      bytes += PREFIX_BYTES + prefixes.get(i).prefix.length;
    }
    return bytes;
  }

  /** True in BCAST mode. */
  public boolean isBroadcast() {
    return broadcast;
  }

  /** True when messages were to go to a client that is gone. */
  public boolean isBroken() {
    return brokenRedirect;
  }
}
