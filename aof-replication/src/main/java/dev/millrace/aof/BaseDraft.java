package dev.millrace.aof;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A base being written, in a temporary file that a crash leaves behind as a leftover and nothing
 * else. Write the dataset through the channel, then {@link #adopt}; closing without that removes
 * it. Holds the log from its offset on (L4). Owned by: the snapshot thread.
 */
public final class BaseDraft implements WritableByteChannel {
  private final SegmentedLog log;
  private final long offset;
  private final Pin pin;
  private final String temporaryName;
  private final CRC32C crc = new CRC32C();
  private @Nullable SegmentFile file;
  private long position;

  BaseDraft(SegmentedLog log, long offset, Pin pin, String temporaryName) throws IOException {
    this.log = log;
    this.offset = offset;
    this.pin = pin;
    this.temporaryName = temporaryName;
    log.store().delete(temporaryName);
    this.file = log.store().create(temporaryName);
  }

  /** Where the dataset stands. */
  public long offset() {
    return offset;
  }

  /** The temporary file, for those who read back what they wrote. */
  public Path path() {
    return log.store().directory().resolve(temporaryName);
  }

  /** Bytes written so far. */
  public long bytesWritten() {
    return position;
  }

  String temporaryName() {
    return temporaryName;
  }

  int crc32c() {
    return (int) crc.getValue();
  }

  /**
   * Adds all remaining bytes.
   *
   * @throws DiskFullException when there is no room: close the draft
   */
  @Override
  public int write(ByteBuffer bytes) throws IOException {
    int n = bytes.remaining();
    ByteBuffer same = bytes.duplicate();
    openFile().write(bytes, position);
    crc.update(same);
    position += n;
    return n;
  }

  /**
   * Makes it the base of the log: from now on a restart begins with it. Waits until the journal has
   * begun the segment at its offset.
   */
  public void adopt() throws IOException {
    finish();
    log.adopt(this);
    pin.close();
  }

  /** Forces what was written so far, so that never much of it waits for the disk at once. */
  public void force() throws IOException {
    openFile().sync();
  }

  /** Forces what was written and closes the file. */
  void finish() throws IOException {
    SegmentFile open = openFile();
    open.sync();
    file = null;
    open.close();
  }

  private SegmentFile openFile() throws IOException {
    SegmentFile open = file;
    if (open == null) {
      throw new IOException("the draft of a base at " + offset + " is closed");
    }
    return open;
  }

  @Override
  public boolean isOpen() {
    return file != null;
  }

  /** Gives up the draft when it was not adopted; afterwards does nothing. */
  @Override
  public void close() throws IOException {
    pin.close();
    SegmentFile open = file;
    file = null;
    if (open != null) {
      open.close();
      log.store().delete(temporaryName);
    }
  }
}
