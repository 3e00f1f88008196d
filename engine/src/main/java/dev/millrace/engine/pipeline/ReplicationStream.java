package dev.millrace.engine.pipeline;

import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.Check;
import dev.millrace.backlog.StreamEvent;
import dev.millrace.backlog.StreamRing;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of the replication stream: puts SELECT where the database changes, decides where a
 * segment ends, and tells journal and feeder how far the stream has come.
 *
 * <p>L1: what is appended here is what segments hold and what replicas receive. Segments end
 * between two units, never inside MULTI/EXEC, and begin with SELECT; only on a replica they may
 * not, for there every byte is the master's (a base then says which database is selected).
 *
 * <p>Owned by: executor thread.
 */
public final class ReplicationStream implements Effects.Sink, AutoCloseable {
  private static final int NO_DATABASE = -1;
  private static final int CONSTANT_BYTES = 64;
  private static final byte[] PING = "*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] GETACK =
      "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Backlog backlog;
  private final StreamRing ring;
  private final Region constants;
  private final int[] selectLength;
  private int selected = NO_DATABASE;
  private long segmentStart;
  private long segmentBytes;
  private long announced;
  private boolean following;

  // What is selected at the stream's end; unlike the other it is never forgotten.
  private int databaseAtEnd;

  /**
   * A stream that goes on at {@code backlog}'s offset.
   *
   * @param segmentBytes size at which a segment is ended; 0 for never
   */
  public ReplicationStream(Backlog backlog, StreamRing ring, int databases, long segmentBytes) {
    this.backlog = backlog;
    this.ring = ring;
    this.segmentBytes = segmentBytes;
    this.segmentStart = backlog.appendedOffset();
    this.announced = segmentStart;
    this.constants = new Region((long) (databases + 2) * CONSTANT_BYTES);
    this.selectLength = new int[databases];
    for (int i = 0; i < databases; i++) {
      String number = Integer.toString(i);
      byte[] select =
          ("*2\r\n$6\r\nSELECT\r\n$" + number.length() + "\r\n" + number + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      selectLength[i] = select.length;
      Memory.put(constant(i), select, 0, select.length);
    }
    Memory.put(constant(databases), PING, 0, PING.length);
    Memory.put(constant(databases + 1), GETACK, 0, GETACK.length);
  }

  private long constant(int index) {
    return constants.address() + (long) index * CONSTANT_BYTES;
  }

  /** Bytes appended since the stream began: the replication offset. */
  public long offset() {
    return backlog.appendedOffset();
  }

  /** False when the journal is so far behind that no more may be appended for now. */
  public boolean hasRoom() {
    return backlog.hasRoom(1) && ring.hasRoom();
  }

  /**
   * Whether the stream is a master's: then nothing of our own enters it, only {@link
   * #appendFromMaster}.
   */
  public void following(boolean on) {
    following = on;
  }

  /** Whether the stream is a master's. */
  public boolean isFollowing() {
    return following;
  }

  /**
   * Appends what the master sent, byte for byte (L1): whole commands, never half of a MULTI/EXEC.
   *
   * @param database what is selected after these bytes
   */
  public void appendFromMaster(long address, long bytes, int database) {
    assert following;
    backlog.append(address, bytes);
    selected = database;
    databaseAtEnd = database;
  }

  /**
   * The stream goes on elsewhere, after a full sync with a master. Everything before has been
   * consumed.
   *
   * @param offset replication offset of the next byte
   * @param database what is selected there
   */
  public void restartAt(long offset, int database) {
    backlog.restartAt(offset);
    ring.restartAt(offset);
    segmentStart = offset;
    announced = offset;
    selected = database;
    databaseAtEnd = database;
  }

  /** The database a reader of the whole stream has selected at its end. */
  public int databaseAtEnd() {
    return databaseAtEnd;
  }

  /** Says what was selected at the end of what a restart has recovered. */
  public void databaseAtEnd(int database) {
    databaseAtEnd = database;
  }

  @Override
  public void append(int database, long address, long bytes) {
    if (following) {
      return;
    }
    if (database != selected) {
      backlog.append(constant(database), selectLength[database]);
      selected = database;
      databaseAtEnd = database;
    }
    backlog.append(address, bytes);
  }

  /** Appends the PING that tells replicas the link is alive. */
  public void ping() {
    appendNeutral(selectLength.length, PING.length);
  }

  /** Appends the REPLCONF GETACK that asks every replica for its offset. */
  public void getAck() {
    appendNeutral(selectLength.length + 1, GETACK.length);
  }

  private void appendNeutral(int constant, int bytes) {
    if (following) {
      return;
    }
    // Even these never come first in a segment: SELECT does.
    append(selected == NO_DATABASE ? 0 : selected, constant(constant), bytes);
  }

  /**
   * Makes the next command be preceded by SELECT, for a reader that joins here knows no database.
   */
  public void forgetSelected() {
    selected = NO_DATABASE;
  }

  /**
   * The stream goes on inside a segment that began earlier, for a restart does not begin a new one:
   * a roll here must end it, even when nothing was appended since.
   *
   * @param start replication offset of the segment's first byte
   */
  public void continueSegment(long start) {
    Check.that(start <= offset(), "a segment begins at %d, past the end %d", start, offset());
    segmentStart = start;
  }

  /** Changes the size at which a segment is ended. */
  public void segmentBytes(long bytes) {
    this.segmentBytes = bytes;
  }

  /**
   * Ends the current segment here, between two units.
   *
   * @return the offset where the next segment begins
   */
  public long roll() {
    long here = backlog.appendedOffset();
    if (!following) {
      selected = NO_DATABASE;
    }
    if (here != segmentStart) {
      announce(here);
      segmentStart = here;
      control(StreamEvent.Kind.ROLL, null);
    }
    return here;
  }

  /** Ends the round: shows its bytes to journal and feeder, and rolls when the segment is full. */
  public void publish() {
    long here = backlog.appendedOffset();
    announce(here);
    ring.flush();
    if (segmentBytes > 0 && here - segmentStart >= segmentBytes) {
      roll();
    }
  }

  private void announce(long here) {
    if (here != announced) {
      announced = here;
      backlog.publish();
      ring.tryPublishAppended(here, selected);
    }
  }

  /**
   * Tells journal and feeder to do something at the present offset, between two units.
   *
   * @throws AssertionError when more control events wait than the ring keeps; see {@link #hasRoom}
   */
  public void control(StreamEvent.Kind kind, @Nullable Object payload) {
    announce(backlog.appendedOffset());
    Check.that(
        ring.tryPublishControl(kind, backlog.appendedOffset(), selected, payload),
        "no room for %s at %d",
        kind,
        backlog.appendedOffset());
  }

  @Override
  public void close() {
    constants.close();
  }
}
