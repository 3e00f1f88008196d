package dev.millrace.aof;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The record, kept beside the segments, of what was done to the log: see {@link LedgerRecord}. It
 * is an aid: the segments can be recovered without it, less exactly.
 *
 * <p>Reading it back may show one record twice, never in another order. Safe for use by any thread
 * but the executor, for it does I/O.
 */
public interface Ledger extends Closeable {
  /**
   * Everything recorded before this ledger was opened, oldest first, as far as it can be trusted.
   * Waits until the ledger is open.
   *
   * @throws IOException when it cannot be read at all
   */
  List<LedgerRecord> records() throws IOException;

  /** Adds a record. Never fails for want of room or of a ledger: then it is kept back for later. */
  void append(LedgerRecord record);

  /** Forces everything added so far to the disk. */
  void sync() throws IOException;

  /** Lets go of what concerns only offsets before {@code heldStart}; may keep more. */
  void forgetBefore(long heldStart) throws IOException;

  @Override
  void close() throws IOException;

  /** Opens the ledger of one log. */
  @FunctionalInterface
  interface Source {
    /**
     * Opens it, or begins to.
     *
     * @param fresh begin a new one; what is there is put out of the way
     */
    Ledger open(boolean fresh) throws IOException;
  }
}
