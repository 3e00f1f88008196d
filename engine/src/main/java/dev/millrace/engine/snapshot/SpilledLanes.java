package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Region;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Large values on their way into a snapshot. RDB has each value in one piece, but their chunks come
 * between those of others: so they wait in files beside the snapshot, one for each value, until it
 * is complete and can be encoded between two other entries. A file is deleted when it is closed;
 * after a crash it is a leftover named {@code temp-…}, which nothing reads.
 *
 * <pre>
 *   file:  | bytes of a chunk (4) | the chunk | bytes of the next | …
 * </pre>
 *
 * <p>Owned by: snapshot thread.
 */
final class SpilledLanes implements AutoCloseable {
  private final Path snapshot;
  private final Map<Integer, FileChannel> open = new HashMap<>();
  private final ArrayDeque<FileChannel> complete = new ArrayDeque<>();
  private final ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);

  /** For a snapshot that is written to this path. */
  SpilledLanes(Path snapshot) {
    this.snapshot = snapshot;
  }

  /** Takes over what a chunk of a lane holds. */
  void add(SnapshotChunk chunk) throws IOException {
    FileChannel file = open.get(chunk.lane());
    if (file == null) {
      file = create(chunk.lane());
      open.put(chunk.lane(), file);
    }
    length.clear().putInt(chunk.fill()).flip();
    writeAll(file, length);
    writeAll(file, chunk.view());
    if (chunk.isLast()) {
      open.remove(chunk.lane());
      complete.add(file);
    }
  }

  private FileChannel create(int lane) throws IOException {
    return FileChannel.open(
        snapshot.resolveSibling("temp-" + snapshot.getFileName() + "-" + lane),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  private static void writeAll(FileChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** Encodes the values that have become complete; the encoding stands between two entries. */
  void encodeComplete(SnapshotEncoding encoding) throws IOException {
    for (FileChannel file = complete.poll(); file != null; file = complete.poll()) {
      try (FileChannel read = file;
          Region chunk = new Region(SnapshotChannel.CHUNK_BYTES)) {
        read.position(0);
        while (read.position() < read.size()) {
          encodeChunk(read, chunk, encoding);
        }
        encoding.requireComplete();
      }
    }
  }

  private void encodeChunk(FileChannel file, Region chunk, SnapshotEncoding encoding)
      throws IOException {
    readAll(file, length.clear());
    int bytes = length.getInt(0);
    ByteBuffer into = chunk.view().limit(bytes);
    readAll(file, into);
    encoding.encode(chunk.address(), bytes);
  }

  private static void readAll(FileChannel file, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (file.read(into) < 0) {
        throw new EOFException("a large value's file is shorter than what was written to it");
      }
    }
  }

  /**
   * @throws IllegalStateException when a value is left that is not complete
   */
  void requireNone() {
    if (!open.isEmpty() || !complete.isEmpty()) {
      throw new IllegalStateException("the snapshot was finished inside a large value");
    }
  }

  /** Drops whatever is left. */
  @Override
  public void close() throws IOException {
    for (FileChannel file : open.values()) {
      file.close();
    }
    for (FileChannel file : complete) {
      file.close();
    }
    open.clear();
    complete.clear();
  }
}
