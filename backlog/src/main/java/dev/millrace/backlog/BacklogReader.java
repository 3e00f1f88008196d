package dev.millrace.backlog;

import java.nio.ByteBuffer;
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

  /** Over the whole of the block it stands in, for {@link #peek}; made when first asked for. */
  private @Nullable ByteBuffer view;

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
    int length = stand(maxBytes, limitOffset);
    Block here = block;
    if (length == 0 || here == null) {
      return null;
    }
    here.retain();
    BlockSlice slice = new BlockSlice(here, offset, (int) (offset & blockMask), length);
    advance(length);
    return slice;
  }

  /**
   * The bytes that {@link #next(int, long)} would give out, in a buffer of this reader's own, and
   * without a step past them: for a consumer that is done with them before it calls {@link
   * #advance}, so that nothing is allocated for each of its reads. They may only be read.
   */
  public @Nullable ByteBuffer peek(int maxBytes, long limitOffset) {
    int length = stand(maxBytes, limitOffset);
    Block here = block;
    if (length == 0 || here == null) {
      return null;
    }
    ByteBuffer over = view;
    if (over == null) {
      over = here.view(0, blockBytes);
      view = over;
    }
    int position = (int) (offset & blockMask);
    return over.limit(position + length).position(position);
  }

  /** Goes on after so many of the bytes that {@link #peek} showed. */
  public void advance(int bytes) {
    int position = (int) (offset & blockMask);
    Block here = block;
    if (here == null) {
      throw new IllegalStateException("a reader at " + offset + " went on without having looked");
    }
    Check.that(bytes >= 0 && bytes <= blockBytes - position, "a reader went on by %d bytes", bytes);
    offset += bytes;
    if (position + bytes == blockBytes) {
      // What was given out has its own reference; standing at the block's end needs none.
      block = null;
      view = null;
      here.release();
    }
  }

  /** How many bytes are there to read, in the block it then stands in; 0 for none. */
  private int stand(int maxBytes, long limitOffset) {
    Check.that(!closed, "a closed reader was read at %d", offset);
    Check.that(maxBytes > 0, "a reader was asked for %d bytes", maxBytes);
    long end = Math.min(backlog.publishedOffset(), limitOffset);
    if (offset >= end || fellBehind) {
      return 0;
    }
    if (block == null) {
      block = backlog.retainBlock(offset);
      if (block == null) {
        fellBehind = true;
        return 0;
      }
    }
    int room = blockBytes - (int) (offset & blockMask);
    return (int) Math.min(Math.min(maxBytes, room), end - offset);
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
      view = null;
      here.release();
    }
  }
}
