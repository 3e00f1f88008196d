package dev.millrace.engine.protocol;

/**
 * How much a client may send. One object for all connections, changed by CONFIG SET.
 *
 * <p>Any thread reads and writes; a change is seen by each connection's next decoding.
 */
public final class RequestLimits {
  /** Longest line: an inline command, a count or a length. */
  public static final int LINE_BYTES = 64 * 1024;

  /** Most arguments of a command from a client that must authenticate first. */
  public static final int UNAUTHENTICATED_ARGUMENTS = 10;

  /** Longest argument from a client that must authenticate first. */
  public static final int UNAUTHENTICATED_BULK_BYTES = 16 * 1024;

  /**
   * Longest command there can be, for positions inside a buffer are ints. A higher {@code
   * client-query-buffer-limit} is taken as this.
   */
  public static final int COMMAND_BYTES_MAX = Integer.MAX_VALUE - (1 << 20);

  private volatile long maxBulkBytes = 512L << 20;
  private volatile long queryBufferBytes = 1L << 30;

  /** Longest argument ({@code proto-max-bulk-len}). */
  public long maxBulkBytes() {
    return maxBulkBytes;
  }

  /** Sets {@code proto-max-bulk-len}. */
  public void maxBulkBytes(long bytes) {
    maxBulkBytes = bytes;
  }

  /** Most bytes of one command, held until it is whole ({@code client-query-buffer-limit}). */
  public long queryBufferBytes() {
    return Math.min(queryBufferBytes, COMMAND_BYTES_MAX);
  }

  /** Sets {@code client-query-buffer-limit}. */
  public void queryBufferBytes(long bytes) {
    queryBufferBytes = bytes;
  }
}
