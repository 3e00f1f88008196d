package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Region;
import java.nio.ByteBuffer;

/**
 * A part of an RDB file as it was read, with room before it for what the part before left over, so
 * that no string lies in two places.
 *
 * <pre>
 *   [ room for up to {@value #ROOM_BYTES} bytes | the part ]
 * </pre>
 *
 * <p>Owned by: one thread at a time; handing it over publishes it.
 */
final class RdbChunk implements AutoCloseable {
  /** The longest string that is given in place. */
  static final int ROOM_BYTES = 128 << 10;

  static final int DATA_BYTES = 256 << 10;

  private final Region region = new Region(ROOM_BYTES + DATA_BYTES);
  private final ByteBuffer view = region.view();

  /** Number of bytes read. */
  int bytes;

  /** The checksum of everything in the file before them. */
  long crcBefore;

  /** Where they begin. */
  long address() {
    return region.address() + ROOM_BYTES;
  }

  /** The whole place for them, to be filled. */
  ByteBuffer space() {
    return view.clear().position(ROOM_BYTES);
  }

  @Override
  public void close() {
    region.close();
  }
}
