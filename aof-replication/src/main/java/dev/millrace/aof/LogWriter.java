package dev.millrace.aof;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Writes the open segment of a log: bytes, checkpoints, seal, and the step to the next one. Every
 * operation that throws {@link DiskFullException} may be tried again; after any other failure the
 * writer must not be used.
 *
 * <p>Owned by: journal thread.
 */
final class LogWriter {
  /** A checkpoint is noted after this many bytes at the latest. */
  static final long CHECKPOINT_BYTES = 4L << 20;

  private final SegmentedLog log;
  private final SegmentStore store;
  private final Ledger ledger;
  private final CRC32C wholeCrc;
  private final CRC32C checkpointCrc = new CRC32C();
  private Segment open;
  private SegmentFile file;
  private long written;
  private long checkpointed;
  // A seal or a stop that found no room for the ledger is forced again, not noted again.
  private boolean endNoted;

  /**
   * Goes on where the log ends.
   *
   * @param wholeCrc the checksum over what the open segment holds already; taken over
   */
  LogWriter(SegmentedLog log, Segment open, CRC32C wholeCrc) throws IOException {
    this.log = log;
    this.store = log.store();
    this.ledger = log.ledger();
    this.open = open;
    this.wholeCrc = wholeCrc;
    this.written = log.writtenOffset();
    this.checkpointed = written;
    this.file = store.open(open.name().fileName());
  }

  long written() {
    return written;
  }

  /** Writes all remaining bytes; from then on they can be read by anyone. */
  void write(ByteBuffer bytes) throws IOException {
    int first = bytes.position();
    int end = bytes.limit();
    Check.that(!open.isSealed(), "a sealed segment is never written");
    file.write(bytes, written - open.start());
    // Only after the write: one that found the disk full is repeated with the same bytes.
    checkpointCrc.update(bytes.position(first));
    wholeCrc.update(bytes.position(first));
    written += end - first;
    log.publishWritten(written);
  }

  /** Forces what was written. */
  void sync() throws IOException {
    if (log.durableOffset() < written) {
      file.sync();
      log.publishDurable(written);
    }
  }

  long bytesSinceCheckpoint() {
    return written - checkpointed;
  }

  /** Notes in the ledger what was written so far, which ends at a command boundary. */
  void checkpoint(int selectedDb) {
    if (written == checkpointed) {
      return;
    }
    ledger.append(
        new LedgerRecord.Checkpoint(
            open.start(),
            checkpointed,
            written,
            log.durableOffset(),
            log.nowMillis(),
            selectedDb,
            (int) checkpointCrc.getValue()));
    checkpointed = written;
    checkpointCrc.reset();
  }

  /**
   * Seals the open segment and begins the next where it ends.
   *
   * <pre>
   * 1. force the bytes                crash: an ordinary end of the log
   * 2. note the seal in the ledger,   crash: the start finds the last segment sealed and begins the
   *    forced                                next itself
   * 3. create the next segment        crash: an empty segment that the manifest does not list; the
   *                                          start lists it
   * 4. force the directory            crash: the same
   * 5. replace the manifest           crash: the start finds the new segment, empty
   * 6. note the roll in the ledger    crash: the note is missing and not missed
   * </pre>
   */
  void roll(int selectedDb) throws IOException {
    if (open.start() == written) {
      return;
    }
    if (!open.isSealed()) {
      sync();
      checkpoint(selectedDb);
      int crc = (int) wholeCrc.getValue();
      long now = log.nowMillis();
      if (!endNoted) {
        endNoted = true;
        ledger.append(new LedgerRecord.Sealed(open.start(), written, now, crc));
      }
      ledger.sync();
      endNoted = false;
      open.seal(written, crc, now);
    }
    SegmentName name = new SegmentName(written);
    // It exists when an earlier attempt found the disk full after this step.
    SegmentFile next =
        store.exists(name.fileName()) ? store.open(name.fileName()) : store.create(name.fileName());
    Segment segment = new Segment(name);
    try {
      store.syncDirectory();
      log.begin(segment);
    } catch (IOException e) {
      next.close();
      throw e;
    }
    ledger.append(new LedgerRecord.Rolled(name.startOffset(), log.nowMillis()));
    file.close();
    file = next;
    open = segment;
    wholeCrc.reset();
  }

  /** Forces and notes everything, so that the next start finds a log in order. */
  void finish(int selectedDb) throws IOException {
    sync();
    checkpoint(selectedDb);
    if (!endNoted) {
      endNoted = true;
      ledger.append(new LedgerRecord.StoppedCleanly(written, log.nowMillis()));
    }
    ledger.sync();
    file.close();
  }

  /** Closes the file and leaves everything as it is. */
  void abandon() {
    try {
      file.close();
    } catch (IOException e) {
      // What the file holds past the durable offset is in doubt already.
      SegmentedLog.LOGGER.warn("closing {}: {}", file.name(), e.toString());
    }
  }
}
