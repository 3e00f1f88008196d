package dev.millrace.backlog;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest part of the replication stream, in memory: one writer appends, many readers follow.
 *
 * <pre>
 *   heldStart                                      published      appended
 *       |----------------- readers ---------------------|---- writer ----|
 *   [ block n ][ block n+1 ] ...                   [ block m             ]
 *       index: block number = offset / blockBytes, slot = number modulo slots
 * </pre>
 *
 * <p>Laws. L2: blocks follow each other without a gap, readers see nothing past {@link
 * #publishedOffset}, and published ≤ appended. L3: nothing at or after a {@link Hold} is trimmed,
 * and a block that a reader or a slice refers to is not used again. L7: the window keeps the last
 * {@code retainBytes} and, while holds are behind, grows; {@link #hasRoom} says when it has grown
 * to the limit. Blocks that left the window but are still read count too, up to twice the limit.
 * One append may overshoot, for what a command did cannot be taken back.
 *
 * <p>What the writer writes becomes visible by the release store of the published offset, which
 * readers load with acquire. {@link #append}, {@link #publish}, {@link #hasRoom}, {@link #retain}
 * and {@link #trim} are the writer's; the other methods may be called by any thread. Nothing here
 * locks, and appending allocates only when the window grows.
 *
 * <p>Owned by: executor thread.
 */
public final class Backlog implements AutoCloseable {
  private static final VarHandle PUBLISHED;
  private static final VarHandle HOLDS;
  private static final Hold[] NO_HOLDS = {};

  /** Blocks trimmed, reclaimed or unmapped per call, so that no call is long. */
  private static final int TRIM_BLOCKS_MAX = 4;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PUBLISHED = lookup.findVarHandle(Backlog.class, "published", long.class);
      HOLDS = lookup.findVarHandle(Backlog.class, "holds", Hold[].class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final int blockBytes;
  private final int blockShift;
  private final BlockStore store;
  private final BlockIndex index;

  /** How much more than the retained bytes the window may hold. */
  private final long headroomBytes;

  /** Never changed, only replaced, by compare and set. */
  private volatile Hold[] holds = NO_HOLDS;

  // The writer's own.
  private @Nullable Thread writer;
  private long startOffset;
  private long appended;
  private long retainBytes;
  private long firstNumber;
  private int windowBlocks;
  private @Nullable Block current;
  private long currentAddress;

  // Written by the writer, read by everyone.
  private volatile long published;
  private volatile long heldStart;

  /** What trimming has reached or is about to: a hold taken before it looks here after it is in. */
  private volatile long trimIntent;

  private volatile boolean closed;

  /**
   * An empty backlog whose next byte is at {@code startOffset}.
   *
   * @param retainBytes how much of the stream to keep for readers to come
   * @param blockBytes block size, a power of two of at least 4096
   * @param limitBytes how large the window may become when holds are behind; at least two blocks
   *     more than {@code retainBytes} are always allowed
   */
  public Backlog(long startOffset, long retainBytes, int blockBytes, long limitBytes) {
    Check.that(startOffset >= 0, "a stream cannot start at %d", startOffset);
    Check.that(retainBytes >= 0, "cannot retain %d bytes", retainBytes);
    Check.that(
        blockBytes >= 4096 && Integer.bitCount(blockBytes) == 1,
        "a block of %d bytes is not a power of two of at least 4096",
        blockBytes);
    this.blockBytes = blockBytes;
    this.blockShift = Integer.numberOfTrailingZeros(blockBytes);
    this.retainBytes = retainBytes;
    this.headroomBytes = Math.max(limitBytes - retainBytes, 2L * blockBytes);
    this.index = new BlockIndex(retainBytes / blockBytes + 2);
    this.store = new BlockStore(blockBytes, Math.clamp(headroomBytes / blockBytes / 4, 2, 64));
    this.startOffset = startOffset;
    this.appended = startOffset;
    this.published = startOffset;
    this.heldStart = startOffset;
    this.trimIntent = startOffset;
    this.firstNumber = startOffset >> blockShift;
  }

  // ---- the writer

  /**
   * True when {@code bytes} more may be appended within the limit. False means that a hold is
   * behind what is published, or that slow readers still read as much as the limit of blocks that
   * are trimmed already: the caller stops taking requests and asks again later. Never false when
   * there is nothing to wait for, so publish before waiting.
   */
  public boolean hasRoom(long bytes) {
    assert isWriter();
    trim();
    long limit = limitBytes();
    if ((long) store.retiredBlocks() * blockBytes > limit) {
      return false;
    }
    if (windowBytes() + bytes <= limit) {
      return true;
    }
    if (holdsStart() < published) {
      return false;
    }
    // No hold is behind, so what is not retained can go; a hold may have advanced since the trim
    // above. Once nothing is left to trim, waiting would change nothing.
    boolean moreToTrim = trim();
    return windowBytes() + bytes <= limit || (!moreToTrim && holdsStart() >= published);
  }

  /** Appends bytes of {@code source}; readers see them after {@link #publish}. */
  public void append(MemorySegment source, long position, long bytes) {
    assert isWriter();
    long from = position;
    long left = bytes;
    while (left > 0) {
      long at = place();
      long here = Math.min(left, roomInBlock());
      MemorySegment.copy(source, from, BlockMemory.ALL, at, here);
      from += here;
      left -= here;
      appended += here;
    }
  }

  /** Appends the bytes at an absolute address. */
  public void append(long address, long bytes) {
    append(BlockMemory.ALL, address, bytes);
  }

  /** Appends {@code length} bytes of an array. */
  public void append(byte[] source, int from, int length) {
    assert isWriter();
    int position = from;
    int left = length;
    while (left > 0) {
      long at = place();
      int here = (int) Math.min(left, roomInBlock());
      MemorySegment.copy(source, position, BlockMemory.ALL, ValueLayout.JAVA_BYTE, at, here);
      position += here;
      left -= here;
      appended += here;
    }
  }

  /** Replication offset after the last byte appended; the writer's own. */
  public long appendedOffset() {
    return appended;
  }

  /** Shows everything appended to the readers, and trims a little if there is something to trim. */
  public void publish() {
    assert isWriter();
    assert appended >= published : "appended " + appended + " < published " + published;
    PUBLISHED.setRelease(this, appended);
    trim();
  }

  /** Changes how much is kept for readers to come; the limit moves along. */
  public void retain(long bytes) {
    assert isWriter();
    Check.that(bytes >= 0, "cannot retain %d bytes", bytes);
    retainBytes = bytes;
    trim();
  }

  /**
   * Takes blocks out of the window that are neither retained nor held, and reclaims those nobody
   * reads any more: a few per call. {@link #publish} does it by itself.
   *
   * @return true when there is more to do at once
   */
  public boolean trim() {
    assert isWriter();
    long keepFrom = published - retainBytes;
    if (firstEnd() > keepFrom && store.retiredBlocks() == 0) {
      return false;
    }
    int budget = TRIM_BLOCKS_MAX;
    while (budget > 0 && windowBlocks > 0 && firstEnd() <= keepFrom) {
      if (!trimFirst()) {
        break;
      }
      budget--;
    }
    store.reclaim(TRIM_BLOCKS_MAX);
    return budget == 0;
  }

  /**
   * Begins anew, empty, at another offset, which may be lower: a replica that was copied whole goes
   * on where its master's stream does. Readers that are still open find nothing more.
   *
   * @throws AssertionError when something is still held
   */
  public void restartAt(long offset) {
    assert isWriter();
    Check.that(offset >= 0, "a stream cannot start at %d", offset);
    Check.that(holds.length == 0, "the backlog is still held at %d", holdsStart());
    trimIntent = Long.MAX_VALUE;
    while (windowBlocks > 0) {
      store.retire(index.remove(firstNumber));
      firstNumber++;
      windowBlocks--;
    }
    current = null;
    startOffset = offset;
    appended = offset;
    firstNumber = offset >> blockShift;
    heldStart = offset;
    PUBLISHED.setRelease(this, offset);
    trimIntent = offset;
    store.reclaim(TRIM_BLOCKS_MAX);
  }

  /** The thread that calls a writer's method next becomes the writer. The caller is the writer. */
  public void handOver() {
    assert isWriter();
    writer = null;
  }

  /** Memory of all blocks, those in the free pool included; the writer's own. */
  public long memoryBytes() {
    return liveBytes() + (long) store.pooledBlocks() * blockBytes;
  }

  /** Bytes retained for readers to come, as configured; the writer's own. */
  public long retainBytes() {
    return retainBytes;
  }

  /** How large the window may become before {@link #hasRoom} says no; the writer's own. */
  public long limitBytes() {
    return retainBytes + headroomBytes;
  }

  /** Size of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  // ---- everyone

  /** Replication offset up to which readers may read. */
  public long publishedOffset() {
    return (long) PUBLISHED.getAcquire(this);
  }

  /** What a reader may still open. */
  public OffsetRange held() {
    // Start before end: the start only grows, and stays at or below every later end.
    long start = heldStart;
    return new OffsetRange(start, publishedOffset());
  }

  /** A reader whose first byte is at {@code offset}; null when that is trimmed or not published. */
  public @Nullable BacklogReader openReader(long offset) {
    long end = publishedOffset();
    if (closed || offset < heldStart || offset > end) {
      return null;
    }
    if (offset == end) {
      // The block may not exist yet.
      return new BacklogReader(this, blockBytes, offset, retainBlock(offset));
    }
    Block block = retainBlock(offset);
    return block == null ? null : new BacklogReader(this, blockBytes, offset, block);
  }

  /**
   * Keeps everything from {@code offset} on until the hold moves or closes (L3).
   *
   * @throws AssertionError when that offset is not held; see {@link #tryHold}
   */
  public Hold hold(long offset) {
    Hold hold = tryHold(offset);
    Check.that(hold != null, "%d is not in the backlog, which holds %s", offset, held());
    return Objects.requireNonNull(hold);
  }

  /** As {@link #hold}, but null when the offset is trimmed already or not yet published. */
  public @Nullable Hold tryHold(long offset) {
    if (closed || offset > publishedOffset()) {
      return null;
    }
    Hold hold = new Hold(this, offset);
    Hold[] before;
    do {
      before = holds;
    } while (!HOLDS.compareAndSet(this, before, HoldSet.with(before, hold)));
    // The writer announces a trim before it looks at the holds, and we look at the announcement
    // after
    // the hold is in: at least one of us sees the other.
    if (trimIntent > offset) {
      hold.close();
      return null;
    }
    return hold;
  }

  /**
   * Ends the backlog: readers find nothing more, and each block is unmapped when its last reader or
   * slice lets go. To be called by the writer, or after it has stopped.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    heldStart = published;
    for (long number = firstNumber; windowBlocks > 0; number++, windowBlocks--) {
      index.remove(number).abandon();
    }
    current = null;
    store.close();
  }

  // ---- for readers and holds

  /**
   * The block that has the byte at {@code offset}, with a reference taken; null when it is gone.
   */
  @Nullable Block retainBlock(long offset) {
    long number = offset >> blockShift;
    Block block = index.find(number);
    return block != null && block.tryRetain(number) ? block : null;
  }

  void removeHold(Hold hold) {
    Hold[] before;
    do {
      before = holds;
    } while (!HOLDS.compareAndSet(this, before, HoldSet.without(before, hold)));
  }

  // ---- steps of the writer

  /** Address at which the next byte goes, in a new block when the current one is full. */
  private long place() {
    int position = (int) (appended & (blockBytes - 1));
    if (position == 0 || current == null) {
      beginBlock();
    }
    return currentAddress + position;
  }

  private long roomInBlock() {
    return blockBytes - (appended & (blockBytes - 1));
  }

  private void beginBlock() {
    Check.that(!closed, "append to a closed backlog at %d", appended);
    trim();
    long number = appended >> blockShift;
    if (windowBlocks == 0) {
      firstNumber = number;
    }
    Check.that(
        number == firstNumber + windowBlocks,
        "block %d does not follow the window %d + %d",
        number,
        firstNumber,
        windowBlocks);
    Block block = store.take();
    block.begin(number);
    index.put(number, block, firstNumber, windowBlocks);
    windowBlocks++;
    current = block;
    currentAddress = block.address();
  }

  /** Takes the first block out of the window, unless a hold needs it. */
  private boolean trimFirst() {
    long end = firstEnd();
    if (end > holdsStart()) {
      return false;
    }
    long before = trimIntent;
    trimIntent = end;
    if (end > holdsStart()) {
      // A hold came in between. It may have seen the intent and given up; either way, keep.
      trimIntent = before;
      return false;
    }
    assert end <= published : "trimmed to " + end + " past " + published;
    heldStart = end;
    Block block = index.remove(firstNumber);
    if (block == current) {
      current = null;
    }
    firstNumber++;
    windowBlocks--;
    store.retire(block);
    return true;
  }

  private long firstEnd() {
    return (firstNumber + 1) << blockShift;
  }

  /** The lowest offset any hold keeps. */
  private long holdsStart() {
    long start = Long.MAX_VALUE;
    for (Hold hold : holds) {
      start = Math.min(start, hold.offset());
    }
    return start;
  }

  private long windowBytes() {
    return windowBlocks == 0 ? 0 : appended - Math.max(startOffset, firstNumber << blockShift);
  }

  private long liveBytes() {
    return (long) (windowBlocks + store.retiredBlocks()) * blockBytes;
  }

  private boolean isWriter() {
    if (writer == null) {
      writer = Thread.currentThread();
    }
    return writer == Thread.currentThread();
  }
}
