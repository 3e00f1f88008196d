package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.SpscUnboundedVarHandleArrayQueue;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where the executor puts the entries of a snapshot: copied into chunks of 256 KiB, which the
 * snapshot thread encodes and writes, and gives back.
 *
 * <p>Law L7, bounded: the walk over the dataset pauses while {@link #hasRoom} is false (the soft
 * bound); an entry that must be emitted before a command changes it is always accepted, until the
 * bytes in flight reach the hard bound: then the snapshot fails, and the memory is given back. The
 * bytes in flight exceed the hard bound by one entry at most. A value of many parts goes into as
 * many chunks as it takes, all of them while one call of the walk lasts: a collection of 1 GB is
 * copied whole, and its copy is in flight until the disk has taken it. Law L6: no call waits, and
 * nothing is allocated once the pool has grown to what the walk needs, but for a string larger than
 * a chunk, which gets one of its own, and for a collection larger than the pool.
 *
 * <p>{@link #put} answers false once the snapshot has failed: the walk is then to be cancelled and
 * {@link #abort} called. Every snapshot is ended by exactly one call of {@link #finish} or {@link
 * #abort}; nothing may be put afterwards.
 *
 * <p>Owned by: executor thread; the methods of the taking side by the snapshot thread.
 */
public final class SnapshotChannel {
  /** Size of a pooled chunk. */
  static final int CHUNK_BYTES = 256 << 10;

  private static final long NAP_NANOS = 1_000_000_000L;

  /** How the executor ended the snapshot. */
  private enum Ending {
    OPEN,
    FINISHED,
    ABORTED
  }

  private final long softBytes;
  private final long hardBytes;
  private final SpscUnboundedVarHandleArrayQueue<SnapshotChunk> full;
  private final SpscVarHandleArrayQueue<SnapshotChunk> empty;
  private @Nullable SnapshotChunk current;
  private long handedOverBytes;
  private long consumed;
  private boolean takesParts;

  // Published by the executor to the snapshot thread.
  private volatile Ending ending = Ending.OPEN;
  private volatile boolean overflowed;
  // Published by the snapshot thread to the executor.
  private volatile long consumedBytes;
  private volatile boolean failed;
  private volatile @Nullable Thread sleeper;

  SnapshotChannel(long softBytes, long hardBytes) {
    if (softBytes < CHUNK_BYTES || hardBytes < softBytes) {
      throw new IllegalArgumentException(
          "bounds of " + softBytes + " and " + hardBytes + " bytes leave no room for a chunk");
    }
    this.softBytes = softBytes;
    this.hardBytes = hardBytes;
    // No chunk is smaller than CHUNK_BYTES; only the last entry accepted may bring more than these.
    int chunks = Math.toIntExact(hardBytes / CHUNK_BYTES + 4);
    this.full = new SpscUnboundedVarHandleArrayQueue<>(chunks);
    this.empty = new SpscVarHandleArrayQueue<>(chunks);
  }

  /** Whether the walk may go on. */
  public boolean hasRoom() {
    return inFlightBytes() < softBytes;
  }

  /**
   * Whether so much waits that commands which change the dataset should wait too: half the way from
   * the soft bound to the hard one is used up.
   */
  public boolean isCongested() {
    return inFlightBytes() >= softBytes + (hardBytes - softBytes) / 2;
  }

  /** Memory of the chunks that are being filled, waiting, or being written. */
  public long inFlightBytes() {
    SnapshotChunk filling = current;
    return handedOverBytes - consumedBytes + (filling == null ? 0 : filling.capacity());
  }

  /** Whether the snapshot has failed, so that nothing more is taken. */
  public boolean hasFailed() {
    return failed || overflowed;
  }

  /**
   * Puts a key with a string value.
   *
   * @param expireAtMillis {@link RdbEntry#NONE} when the key does not expire
   * @param idleSeconds {@link RdbEntry#NONE} when not to be written (the policy is not an LRU one)
   * @param frequency the LFU counter; {@link RdbEntry#NONE} when not to be written
   * @return false when the snapshot has failed
   */
  public boolean put(
      int database,
      long keyAddress,
      int keyLength,
      long expireAtMillis,
      long idleSeconds,
      int frequency,
      long valueAddress,
      long valueLength) {
    SnapshotChunk chunk = begin(SnapshotChunk.HEAD_BYTES + keyLength + valueLength);
    if (chunk == null) {
      return false;
    }
    chunk.head(
        database,
        keyLength,
        expireAtMillis,
        idleSeconds,
        frequency,
        SnapshotChunk.KIND_STRING,
        valueLength);
    return copy(keyAddress, keyLength) && copy(valueAddress, valueLength);
  }

  /**
   * Puts a key with a string value that is the decimal form of a number; otherwise as {@link #put}.
   */
  public boolean putInteger(
      int database,
      long keyAddress,
      int keyLength,
      long expireAtMillis,
      long idleSeconds,
      int frequency,
      long value) {
    SnapshotChunk chunk = begin(SnapshotChunk.HEAD_BYTES + keyLength);
    if (chunk == null) {
      return false;
    }
    chunk.head(
        database,
        keyLength,
        expireAtMillis,
        idleSeconds,
        frequency,
        SnapshotChunk.KIND_INTEGER,
        value);
    return copy(keyAddress, keyLength);
  }

  /**
   * Begins a key whose value comes in parts, as {@link #part} and {@link #partBytes} bring them up
   * to {@link SnapshotChunk#PART_END}; otherwise as {@link #put}. When the snapshot has failed, the
   * parts are dropped.
   */
  void beginValue(
      int database,
      long keyAddress,
      int keyLength,
      long expireAtMillis,
      long idleSeconds,
      int frequency,
      int rdbType) {
    // As if it were small: what does not fit goes on in another chunk.
    SnapshotChunk chunk = begin(SnapshotChunk.HEAD_BYTES);
    takesParts = chunk != null;
    if (chunk != null) {
      chunk.head(
          database,
          keyLength,
          expireAtMillis,
          idleSeconds,
          frequency,
          SnapshotChunk.KIND_PARTS,
          rdbType);
      partBytes(keyAddress, keyLength);
    }
  }

  /** A part of the value that was begun. */
  void part(int tag, long value) {
    SnapshotChunk chunk = takesParts ? current : null;
    if (chunk != null && chunk.room() < SnapshotChunk.PART_BYTES) {
      chunk = fresh(CHUNK_BYTES);
    }
    takesParts = chunk != null;
    if (chunk != null) {
      chunk.part(tag, value);
    }
  }

  /** Bytes of the key that was begun, or of the part of its value. */
  void partBytes(long address, long bytes) {
    takesParts = takesParts && copy(address, bytes);
  }

  /** Every entry has been put: the file is to be completed. */
  public void finish() {
    handOver();
    end(Ending.FINISHED);
  }

  /** The snapshot is given up: the file is to be deleted. */
  public void abort() {
    SnapshotChunk filling = current;
    if (filling != null) {
      current = null;
      filling.close();
    }
    end(Ending.ABORTED);
  }

  private void end(Ending how) {
    if (ending != Ending.OPEN) {
      throw new IllegalStateException("the snapshot has ended before: " + ending);
    }
    ending = how;
    wake();
  }

  /** A chunk with room for an entry's head, or null when the snapshot has failed. */
  private @Nullable SnapshotChunk begin(long entryBytes) {
    assert ending == Ending.OPEN : "put after the end";
    if (hasFailed()) {
      return null;
    }
    if (inFlightBytes() >= hardBytes) {
      return overflow();
    }
    SnapshotChunk chunk = current;
    if (entryBytes > CHUNK_BYTES) {
      return fresh(entryBytes);
    }
    return chunk != null && chunk.room() >= SnapshotChunk.HEAD_BYTES ? chunk : fresh(CHUNK_BYTES);
  }

  private boolean copy(long address, long bytes) {
    long copied = 0;
    while (true) {
      SnapshotChunk chunk = current;
      if (chunk == null) {
        return false;
      }
      copied += chunk.take(address + copied, bytes - copied);
      if (copied == bytes) {
        return true;
      }
      fresh(CHUNK_BYTES);
    }
  }

  /** Hands over the chunk being filled and begins another; null when there is no memory for one. */
  private @Nullable SnapshotChunk fresh(long bytes) {
    handOver();
    SnapshotChunk chunk = bytes == CHUNK_BYTES ? empty.poll() : null;
    if (chunk == null) {
      try {
        chunk = new SnapshotChunk(bytes);
      } catch (OutOfMemoryError e) {
        return overflow();
      }
    }
    chunk.clear();
    current = chunk;
    return chunk;
  }

  private void handOver() {
    SnapshotChunk chunk = current;
    if (chunk == null) {
      return;
    }
    current = null;
    handedOverBytes += chunk.capacity();
    full.offer(chunk);
    wake();
  }

  private @Nullable SnapshotChunk overflow() {
    overflowed = true;
    wake();
    return null;
  }

  private void wake() {
    // Pairs with the fence in take(): either the sleeper is seen here, or it sees what was offered.
    VarHandle.fullFence();
    Thread asleep = sleeper;
    if (asleep != null) {
      LockSupport.unpark(asleep);
    }
  }

  // What follows is the snapshot thread's.

  /**
   * The next chunk, waited for; null when the executor has finished and everything was taken.
   *
   * @throws IOException when the hard bound was reached
   * @throws InterruptedException when the thread was interrupted
   */
  @Nullable SnapshotChunk take() throws IOException, InterruptedException {
    while (true) {
      if (overflowed) {
        throw new IOException(
            "the disk does not keep up: %d bytes wait to be written, and no more may"
                .formatted(hardBytes));
      }
      if (ending == Ending.ABORTED) {
        return null;
      }
      // Read before the queue: after FINISHED nothing more is offered.
      boolean last = ending == Ending.FINISHED;
      SnapshotChunk chunk = full.poll();
      if (chunk != null || last) {
        return chunk;
      }
      sleep();
      if (Thread.interrupted()) {
        throw new InterruptedException("the snapshot thread was interrupted");
      }
    }
  }

  boolean wasAborted() {
    return ending == Ending.ABORTED;
  }

  /** Gives back a chunk from {@link #take}. */
  void giveBack(SnapshotChunk chunk) {
    consumed += chunk.capacity();
    boolean pooled = chunk.capacity() == CHUNK_BYTES && empty.size() < softBytes / CHUNK_BYTES;
    if (!pooled || !empty.offer(chunk)) {
      chunk.close();
    }
    consumedBytes = consumed;
  }

  /** Tells the executor that nothing more is wanted. */
  void fail() {
    failed = true;
  }

  /** Waits for the executor's end of the snapshot, then gives all memory back. */
  void drain() {
    while (true) {
      boolean ended = ending != Ending.OPEN;
      for (SnapshotChunk chunk = full.poll(); chunk != null; chunk = full.poll()) {
        giveBack(chunk);
      }
      if (ended) {
        break;
      }
      sleep();
      // An interrupt asks for an end that only the executor can give; parking would not wait again.
      Thread.interrupted();
    }
    // The executor touches neither queue after its end.
    for (SnapshotChunk chunk = empty.poll(); chunk != null; chunk = empty.poll()) {
      chunk.close();
    }
  }

  private void sleep() {
    sleeper = Thread.currentThread();
    VarHandle.fullFence();
    boolean overflowToTell = overflowed && !failed;
    if (full.isEmpty() && ending == Ending.OPEN && !overflowToTell) {
      LockSupport.parkNanos(this, NAP_NANOS);
    }
    sleeper = null;
  }
}
