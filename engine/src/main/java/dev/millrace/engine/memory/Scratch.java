package dev.millrace.engine.memory;

/**
 * Room for what one command works out before it keeps or sends it. It grows to what is asked for,
 * and gives back at {@link #done} what was more than it keeps.
 *
 * <p>Owned by: executor thread.
 */
public final class Scratch implements AutoCloseable {
  private static final long BYTES_KEPT = 256 * 1024;
  private static final long BYTES_MIN = 4 * 1024;

  private Region region = new Region(BYTES_MIN);

  /**
   * Room for so many bytes, whose content is unspecified. What was handed out before is no longer
   * good.
   */
  public long room(long bytes) {
    if (bytes > region.bytes()) {
      region.close();
      region = new Region(bytes);
    }
    return region.address();
  }

  /** Says that what was handed out is no longer used. */
  public void done() {
    if (region.bytes() > BYTES_KEPT) {
      region.close();
      region = new Region(BYTES_MIN);
    }
  }

  @Override
  public void close() {
    region.close();
  }
}
