package dev.millrace.engine.command.hyperloglog;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.string.StringValue;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.struct.HyperLogLog;
import dev.millrace.engine.struct.SparseRegisters;
import java.util.function.LongSupplier;

/**
 * The string under one key while its registers are raised: it may move, grow, and go from the
 * sparse to the dense form, which every sound value of either form does inside its entry.
 *
 * <p>Owned by: executor thread.
 */
final class HyperLogLogValue {
  static final CommandError NOT_ONE =
      new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
  static final CommandError DAMAGED = new CommandError("INVALIDOBJ Corrupted HLL object detected");

  private final LongSupplier sparseBytesMax;
  private final Scratch scratch;
  private final SparseRegisters sparse = new SparseRegisters();

  private Database database;
  private long hash;
  private long entry;

  /**
   * None yet.
   *
   * @param sparseBytesMax the setting {@code hll-sparse-max-bytes}
   */
  HyperLogLogValue(LongSupplier sparseBytesMax, Scratch scratch, Keyspace keyspace) {
    this.sparseBytesMax = sparseBytesMax;
    this.scratch = scratch;
    this.database = keyspace.database(0);
  }

  /** Refuses an entry that is not such a value; no entry (0) passes. */
  static void require(long entry) {
    StringValue.require(entry);
    if (entry != 0
        && (Entry.isInt(entry)
            || !HyperLogLog.isOne(Entry.valueAddress(entry), Entry.valueLength(entry)))) {
      throw NOT_ONE;
    }
  }

  /** Turns to the value of a key argument, which is there and sound by {@link #require}. */
  void open(Call call, int key, long found) {
    database = call.database();
    hash = call.keyHash(key);
    entry = database.reserveString(found, hash, 0);
    sparse.begin();
  }

  /** Turns to a key argument that holds nothing, and makes it an empty value. */
  void create(Call call, int key) {
    database = call.database();
    hash = call.keyHash(key);
    long at = call.address(key);
    long empty = database.setString(at, call.length(key), hash, at, 0, Database.NO_EXPIRY);
    entry = database.reserveString(empty, hash, HyperLogLog.EMPTY_BYTES);
    HyperLogLog.create(address());
    sparse.begin();
  }

  long address() {
    return Entry.valueAddress(entry);
  }

  long bytes() {
    return Entry.valueLength(entry);
  }

  boolean isDense() {
    return HyperLogLog.isDense(address());
  }

  /** Raises a register; false when it is as high already. */
  boolean raise(int register, int rank) {
    long address = address();
    if (HyperLogLog.isDense(address)) {
      return HyperLogLog.raiseDense(address, register, rank);
    }
    if (!SparseRegisters.canHold(rank)) {
      return raiseDensely(register, rank);
    }
    int bytes = (int) bytes();
    if (Entry.encoding(entry) == Entry.BLOB || !sparse.locate(address, bytes, register)) {
      throw DAMAGED;
    }
    if (!sparse.wouldRaise(address, rank)) {
      return false;
    }
    int growth = sparse.growth(address);
    if (growth > 0 && bytes + growth > sparseBytesMax.getAsLong()) {
      return raiseDensely(register, rank);
    }
    entry = database.resizeInline(entry, hash, bytes + Math.max(0, growth));
    int length = sparse.raise(address(), bytes, rank);
    entry = database.resizeInline(entry, hash, length);
    HyperLogLog.forgetCached(address());
    return true;
  }

  private boolean raiseDensely(int register, int rank) {
    makeDense();
    return HyperLogLog.raiseDense(address(), register, rank);
  }

  /** Goes to the dense form. */
  void makeDense() {
    long dense = scratch.room(HyperLogLog.DENSE_BYTES);
    if (Entry.encoding(entry) == Entry.BLOB || !HyperLogLog.toDense(address(), bytes(), dense)) {
      throw DAMAGED;
    }
    entry = database.resizeInline(entry, hash, HyperLogLog.DENSE_BYTES);
    Memory.copy(dense, address(), HyperLogLog.DENSE_BYTES);
  }
}
