package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads an RDB file and computes its checksum on a thread of its own, ahead of the thread that puts
 * the keys into the keyspace: together these two take about as long as the rest.
 *
 * <p>Owned by: the thread that takes.
 */
public final class RdbReadAhead implements AutoCloseable {
  private static final int CHUNKS = 6;

  private final List<RdbChunk> chunks = Stream.generate(RdbChunk::new).limit(CHUNKS).toList();
  private final ReadableByteChannel source;
  private final boolean checksum;
  private final LongConsumer taken;
  private final WorkAhead<RdbChunk> ahead;

  // The reading thread's own.
  private long crc = Crc64.EMPTY;

  private long bytesTaken;

  /**
   * Begins at once.
   *
   * @param source a blocking channel; not closed here, and not used any more after {@link #close}
   * @param checksum compute it (setting {@code rdbchecksum})
   * @param taken told on the taking thread how many bytes were taken in all, each time, and while
   *     it waits
   */
  public RdbReadAhead(ReadableByteChannel source, boolean checksum, LongConsumer taken) {
    this.source = source;
    this.checksum = checksum;
    this.taken = taken;
    this.ahead = new WorkAhead<>("rdb-reader", chunks, this::fill);
  }

  private boolean fill(RdbChunk chunk) throws IOException {
    ByteBuffer space = chunk.space();
    int read = source.read(space);
    if (read < 0) {
      return false;
    }
    if (read == 0) {
      throw new IOException("the source of an RDB stream must be a blocking one");
    }
    chunk.bytes = read;
    chunk.crcBefore = crc;
    if (checksum) {
      crc = Crc64.update(crc, Memory.segment(chunk.address(), read), 0, read);
    }
    return true;
  }

  /** The next part, to be given back; null when there is no more. */
  @Nullable RdbChunk next() throws IOException {
    RdbChunk chunk = ahead.take(() -> taken.accept(bytesTaken));
    if (chunk != null) {
      bytesTaken += chunk.bytes;
      taken.accept(bytesTaken);
    }
    return chunk;
  }

  void giveBack(RdbChunk chunk) {
    ahead.giveBack(chunk);
  }

  @Override
  public void close() {
    ahead.close();
    chunks.forEach(RdbChunk::close);
  }
}
