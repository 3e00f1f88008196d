package dev.millrace.backlog;

import org.jspecify.annotations.Nullable;

/**
 * One entry of the {@link StreamRing}: how far the stream goes, and what is to be done there.
 *
 * <p>Every event says that the stream is published up to {@link #offset}; a consumer first reads
 * the backlog up to there, and not further, then does what {@link #kind} says. Offsets never
 * decrease from one event to the next, so an {@link Kind#APPENDED} that was dropped is covered by
 * whatever follows it.
 *
 * <p>Entries are reused: a consumer keeps no reference past its call. Owned by: the executor until
 * published, then read by the consumers.
 */
public final class StreamEvent {
  /** What is to be done at the offset. Consumers ignore the kinds that do not concern them. */
  public enum Kind {
    /** Nothing but: the stream now goes this far, which is a command boundary. */
    APPENDED,
    /** A new segment begins at the offset. */
    ROLL,
    /** A snapshot was cut at the offset; the payload says which. */
    BASE_CUT,
    /** From the offset on the stream has another history; payload: {@link ReplicationHistory}. */
    REPLICATION_ID,
    /** Make everything up to the offset durable and tell whom the payload says. */
    SYNC_REQUEST,
    /** Settings have changed; the payload has them. */
    CONFIGURE,
    /** A replica comes, goes or changes; the payload is for the feeder. */
    REPLICA,
    /** Anything else on which executor and consumer agree by the payload. */
    CONTROL,
    /** The stream ends at the offset: finish and let go. */
    STOP
  }

  private Kind kind = Kind.APPENDED;
  private long offset;
  private int selectedDb;
  private @Nullable Object payload;

  /** What is to be done at the offset. */
  public Kind kind() {
    return kind;
  }

  /** Replication offset up to which the stream was published when this event was made. */
  public long offset() {
    return offset;
  }

  /** The database a reader of the stream has selected after the bytes up to the offset. */
  public int selectedDb() {
    return selectedDb;
  }

  /** What goes with the kind; null when nothing does. */
  public @Nullable Object payload() {
    return payload;
  }

  void set(Kind newKind, long newOffset, int newSelectedDb, @Nullable Object newPayload) {
    kind = newKind;
    offset = newOffset;
    selectedDb = newSelectedDb;
    payload = newPayload;
  }

  @Override
  public String toString() {
    return kind + " at " + offset + " db " + selectedDb + (payload == null ? "" : " " + payload);
  }
}
