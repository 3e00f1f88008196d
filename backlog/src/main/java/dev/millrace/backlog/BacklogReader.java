package dev.millrace.backlog;

import org.jspecify.annotations.Nullable;

/**
 * Reads the published stream in order, from one offset on.
 *
 * <p>A reader refers to the block it stands in, so trimming never pulls it away; it does not keep
 * the blocks after it. When the next one is gone the reader {@link #fellBehind} for good and its
 * owner goes on from files. A reader therefore pins at most one block, and each slice it gave out
 * and was not yet released another.
 *
 * <p>Owned by: the thread that opened it, or the one it was handed to.
 */
public final class BacklogReader implements AutoCloseable {
  private final Backlog backlog;
  private final int blockBytes;
  private final int blockMask;

  private long offset;
  private @Nullable Block block;
  private boolean fellBehind;
  private boolean closed;

  BacklogReader(Backlog backlog, int blockBytes, long offset, @Nullable Block retained) {
    this.backlog = backlog;
    this.blockBytes = blockBytes;
    this.blockMask = blockBytes - 1;
    this.offset = offset;
    this.block = retained;
  }

  /** Replication offset of the next byte to be read. */
  public long offset() {
    return offset;
  }

  /**
   * The next bytes, at most {@code maxBytes} and inside one block; null at the published end, or
   * when the reader fell behind.
   */
  public @Nullable BlockSlice next(int maxBytes) {
    return next(maxBytes, Long.MAX_VALUE);
  }

  /**
   * As {@link #next(int)}, reading not past {@code limitOffset} either, for consumers that must
   * stop at an exact offset, such as the start of a new segment.
   */
  public @Nullable BlockSlice next(int maxBytes, long limitOffset) {
    Check.that(!closed, "a closed reader was read at %d", offset);
    Check.that(maxBytes > 0, "a reader was asked for %d bytes", maxBytes);
    long end = Math.min(backlog.publishedOffset(), limitOffset);
    if (offset >= end || fellBehind) {
      return null;
    }
    Block here = block;
    if (here == null) {
      here = backlog.retainBlock(offset);
      if (here == null) {
        fellBehind = true;
        return null;
      }
      block = here;
    }
    int position = (int) (offset & blockMask);
    int length = (int) Math.min(Math.min(maxBytes, blockBytes - position), end - offset);
    here.retain();
    BlockSlice slice = new BlockSlice(here, offset, position, length);
    offset += length;
    if (position + length == blockBytes) {
      // The slice has its own reference; standing at the block's end needs none.
      block = null;
      here.release();
    }
    return slice;
  }

  /** Bytes published and not yet read. */
  public long remainingBytes() {
    return backlog.publishedOffset() - offset;
  }

  /** True once the next byte is no longer in memory: this reader returns nothing any more. */
  public boolean fellBehind() {
    return fellBehind;
  }

  /** Gives the reader's block back; slices still out stay valid. Closing again does nothing. */
  @Override
  public void close() {
    closed = true;
    Block here = block;
    if (here != null) {
      block = null;
      here.release();
    }
  }
}
