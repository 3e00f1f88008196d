package dev.millrace.aof;

import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.BacklogReader;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stream from segment files for one receiver, from an offset up to what has been written,
 * following the open segment as it grows:
 *
 * <pre>
 *   while (receiver is not near the end) {
 *     SegmentPiece piece = source.next(1 MiB);
 *     if (piece == null) wait for more, or hand over;
 *     source.advance(Sendfile.transfer(socket, piece.file().descriptor(), piece.filePosition(), …));
 *   }
 *   BacklogReader reader = source.handOver(backlog, nearBytes);
 * </pre>
 *
 * <p>It pins what it has not sent yet (L3), and shows every sealed segment to be whole before it
 * gives out a byte of it (L8), which may take a while the first time. Owned by: one transfer
 * thread, never the executor.
 */
public final class SegmentSource implements AutoCloseable {
  private final SegmentedLog log;
  private final Pin pin;
  private final LongConsumer verifyingPace;
  private long offset;
  private @Nullable Segment segment;
  private @Nullable SegmentFile file;

  SegmentSource(SegmentedLog log, Pin pin, long offset, LongConsumer verifyingPace) {
    this.log = log;
    this.pin = pin;
    this.offset = offset;
    this.verifyingPace = verifyingPace;
  }

  /** Replication offset of the next byte. */
  public long offset() {
    return offset;
  }

  /** Bytes written to the log and not yet sent. */
  public long remainingBytes() {
    return Math.max(0, log.writtenOffset() - offset);
  }

  /**
   * The next bytes, at most {@code maxBytes} and inside one file; null when everything written was
   * sent. Asking again without {@link #advance} gives the same bytes.
   *
   * @throws LogDamagedException when they are not what was written: they must not be sent
   */
  public @Nullable SegmentPiece next(long maxBytes) throws IOException {
    Check.that(maxBytes > 0, "a piece has at least one byte");
    long written = log.writtenOffset();
    while (offset < written) {
      Segment current = segment;
      if (current == null || (current.isSealed() && current.end(written) <= offset)) {
        moveTo(log.segmentAt(offset));
        continue;
      }
      long end = Math.min(current.end(written), written);
      if (end <= offset) {
        // The next segment's bytes count as written before this one was seen to be sealed.
        return null;
      }
      SegmentFile open = Check.present(file, "a segment without its file");
      long bytes = Math.min(maxBytes, end - offset);
      return new SegmentPiece(open, offset - current.start(), bytes, offset);
    }
    return null;
  }

  /** The receiver has {@code bytes} more: the next piece begins after them. */
  public void advance(long bytes) {
    Check.that(bytes >= 0 && bytes <= remainingBytes(), "sent more than there is", bytes, offset);
    offset += bytes;
    pin.advance(offset);
  }

  /**
   * A reader of the stream in memory that goes on exactly where this source stands, once no more
   * than {@code nearBytes} are left; null while the receiver is further behind, or when memory does
   * not hold the offset. When one is returned, close this source: nothing else remains to be done.
   */
  public @Nullable BacklogReader handOver(Backlog backlog, long nearBytes) {
    if (backlog.publishedOffset() - offset > nearBytes) {
      return null;
    }
    return backlog.openReader(offset);
  }

  private void moveTo(Segment next) throws IOException {
    closeFile();
    if (next.isSealed()) {
      log.requireVerified(next, verifyingPace);
    }
    file = log.store().openToRead(next.name().fileName());
    segment = next;
  }

  private void closeFile() throws IOException {
    segment = null;
    SegmentFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }

  /** Lets go of the file and the pin. Closing again does nothing. */
  @Override
  public void close() throws IOException {
    pin.close();
    closeFile();
  }
}
