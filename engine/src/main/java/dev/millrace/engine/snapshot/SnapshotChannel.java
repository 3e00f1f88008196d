package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
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
 * bytes in flight exceed the hard bound by one entry at most. A list or stream is copied whole, and
 * may bring in flight what it is long. Another value of very many parts comes in slices, in a lane
 * of its own ({@link #openLane}), while others are put. Law L6: no call waits, and nothing is
 * allocated once the pool has grown to what the walk needs, but for a string larger than a chunk,
 * which gets one of its own.
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
  private final SnapshotLane main = new SnapshotLane(SnapshotLane.MAIN);
  private final List<SnapshotLane> lanes = new ArrayList<>(List.of(main));
  private int lastLane = SnapshotLane.MAIN;
  private long fillingBytes;

  // Values copied in one go that were larger than the soft bound: so many bytes, in flight until so
  // many are consumed.
  private long valueFrom;
  private long oversizeBytes;
  private long oversizeUntil;
  private long handedOverBytes;
  private long consumed;

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
    return handedOverBytes - consumedBytes + fillingBytes;
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
    SnapshotChunk chunk = begin(main, SnapshotChunk.HEAD_BYTES + keyLength + valueLength);
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
    putWhole(valueLength, handedOverBytes + chunk.capacity());
    return copy(main, keyAddress, keyLength) && copy(main, valueAddress, valueLength);
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
    SnapshotChunk chunk = begin(main, SnapshotChunk.HEAD_BYTES + keyLength);
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
    return copy(main, keyAddress, keyLength);
  }

  /** The lane of values that are put in one go, one after another. */
  SnapshotLane main() {
    return main;
  }

  /**
   * A lane for one key, whose value comes in parts between which others are put. {@link #closeLane}
   * ends it, before {@link #finish}.
   */
  SnapshotLane openLane() {
    lastLane++;
    SnapshotLane lane = new SnapshotLane(lastLane);
    lanes.add(lane);
    return lane;
  }

  /** The value of the lane is complete. */
  void closeLane(SnapshotLane lane) {
    handOver(lane, true);
    lanes.remove(lane);
  }

  /**
   * Begins a key whose value comes in parts, as {@link #part} and {@link #partBytes} bring them up
   * to {@link SnapshotChunk#PART_END}; otherwise as {@link #put}. When the snapshot has failed, the
   * parts are dropped.
   */
  void beginValue(
      SnapshotLane lane,
      int database,
      long keyAddress,
      int keyLength,
      long expireAtMillis,
      long idleSeconds,
      int frequency,
      int rdbType) {
    // As if it were small: what does not fit goes on in another chunk.
    SnapshotChunk chunk = begin(lane, SnapshotChunk.HEAD_BYTES);
    lane.takesParts = chunk != null;
    valueFrom = handedOverBytes;
    if (chunk != null) {
      chunk.head(
          database,
          keyLength,
          expireAtMillis,
          idleSeconds,
          frequency,
          SnapshotChunk.KIND_PARTS,
          rdbType);
      partBytes(lane, keyAddress, keyLength);
    }
  }

  /** A part of the value that was begun in the lane. */
  void part(SnapshotLane lane, int tag, long value) {
    SnapshotChunk chunk = lane.takesParts ? lane.current : null;
    if (chunk != null && chunk.room() < SnapshotChunk.PART_BYTES) {
      chunk = fresh(lane, CHUNK_BYTES);
    }
    lane.takesParts = chunk != null;
    if (chunk != null) {
      chunk.part(tag, value);
      if (tag == SnapshotChunk.PART_END && lane == main) {
        putWhole(handedOverBytes - valueFrom, handedOverBytes);
      }
    }
  }

  /** A value of so many bytes was copied in one go; they are in flight until {@code until}. */
  private void putWhole(long bytes, long until) {
    if (bytes > softBytes) {
      oversizeBytes = oversizeInFlight() + bytes;
      oversizeUntil = until;
    }
  }

  /** Bytes of the key that was begun, or of the part of its value. */
  void partBytes(SnapshotLane lane, long address, long bytes) {
    lane.takesParts = lane.takesParts && copy(lane, address, bytes);
  }

  /** Every entry has been put: the file is to be completed. */
  public void finish() {
    assert lanes.size() == 1 : "a value is not complete";
    handOver(main, true);
    end(Ending.FINISHED);
  }

  /** The snapshot is given up: the file is to be deleted. */
  public void abort() {
    for (SnapshotLane lane : lanes) {
      SnapshotChunk filling = lane.current;
      if (filling != null) {
        lane.current = null;
        filling.close();
      }
    }
    fillingBytes = 0;
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
  private @Nullable SnapshotChunk begin(SnapshotLane lane, long entryBytes) {
    assert ending == Ending.OPEN : "put after the end";
    if (hasFailed()) {
      return null;
    }
    if (inFlightBytes() >= hardBytes + oversizeInFlight()) {
      return overflow();
    }
    SnapshotChunk chunk = lane.current;
    if (entryBytes > CHUNK_BYTES) {
      return fresh(lane, entryBytes);
    }
    return chunk != null && chunk.room() >= SnapshotChunk.HEAD_BYTES
        ? chunk
        : fresh(lane, CHUNK_BYTES);
  }

  /**
   * What the hard bound is exceeded by for the sake of one large value: it is a matter of the
   * dataset's shape, not of a disk that is too slow, and would fail each snapshot.
   */
  private long oversizeInFlight() {
    return consumedBytes < oversizeUntil ? oversizeBytes : 0;
  }

  private boolean copy(SnapshotLane lane, long address, long bytes) {
    long copied = 0;
    while (true) {
      SnapshotChunk chunk = lane.current;
      if (chunk == null) {
        return false;
      }
      copied += chunk.take(address + copied, bytes - copied);
      if (copied == bytes) {
        return true;
      }
      fresh(lane, CHUNK_BYTES);
    }
  }

  /** Hands over the chunk being filled and begins another; null when there is no memory for one. */
  private @Nullable SnapshotChunk fresh(SnapshotLane lane, long bytes) {
    handOver(lane, false);
    SnapshotChunk chunk = bytes == CHUNK_BYTES ? empty.poll() : null;
    if (chunk == null) {
      try {
        chunk = new SnapshotChunk(bytes);
      } catch (OutOfMemoryError e) {
        return overflow();
      }
    }
    chunk.clear();
    lane.current = chunk;
    fillingBytes += chunk.capacity();
    return chunk;
  }

  private void handOver(SnapshotLane lane, boolean last) {
    SnapshotChunk chunk = lane.current;
    if (chunk == null) {
      return;
    }
    lane.current = null;
    chunk.of(lane.number, last);
    fillingBytes -= chunk.capacity();
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

  /**
   * Whether more waits than the walk alone brings in: commands change the dataset faster than its
   * former state is written.
   */
  boolean isBehind() {
    return (long) full.size() * CHUNK_BYTES > 2 * softBytes;
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
