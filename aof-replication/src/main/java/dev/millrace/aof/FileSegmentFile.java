package dev.millrace.aof;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;

/**
 * A file reached by positional reads and writes.
 *
 * <p>Java closes a channel whose thread is interrupted inside an operation. An interrupt must not
 * cost the log its file, so the channel is opened again and the operation repeated: positional
 * operations repeat harmlessly. Owned by: one writing thread, any number of reading ones.
 */
final class FileSegmentFile implements SegmentFile {
  private final Path path;
  private final OpenOption[] options;
  private final Write write = new Write();
  private volatile FileChannel channel;
  private int descriptor = -1;
  private boolean closed;

  FileSegmentFile(Path path, OpenOption... options) throws IOException {
    this.path = path;
    this.options = Arrays.copyOf(options, options.length);
    this.channel = openChannel(path, options);
  }

  static FileChannel openChannel(Path path, OpenOption... options) throws IOException {
    try {
      return FileChannel.open(path, options);
    } catch (IOException e) {
      throw told(e, path);
    }
  }

  @Override
  public String name() {
    return String.valueOf(path.getFileName());
  }

  @Override
  public long size() throws IOException {
    return repeated(FileChannel::size);
  }

  @Override
  public void write(ByteBuffer bytes, long position) throws IOException {
    write.bytes = bytes;
    write.first = bytes.position();
    write.position = position;
    repeated(write);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    int first = into.position();
    return (int)
        repeated(c -> {
          into.position(first);
          return (long) c.read(into, position);
        });
  }

  @Override
  public void sync() throws IOException {
    repeated(c -> {
      // fdatasync(2): the length is forced with the data, access times are not.
      c.force(false);
      return 0L;
    });
  }

  @Override
  public void truncate(long size) throws IOException {
    repeated(c -> c.truncate(size).size());
  }

  @Override
  public MemorySegment map(Arena arena, long bytes) throws IOException {
    if (bytes == 0) {
      return MemorySegment.ofArray(new byte[0]);
    }
    return channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
  }

  @Override
  public synchronized int descriptor() throws IOException {
    if (closed) {
      throw new IOException(path + " is closed");
    }
    if (descriptor < 0) {
      descriptor = Descriptors.openToRead(path);
    }
    return descriptor;
  }

  @Override
  public FileChannel channel() {
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try {
      channel.close();
    } finally {
      if (descriptor >= 0) {
        Descriptors.close(descriptor);
        descriptor = -1;
      }
    }
  }

  /** An operation that gives the same result when it is done twice. */
  private interface Operation {
    long on(FileChannel channel) throws IOException;
  }

  /** The write under way, for there is one at a time: made once and not for each. */
  private static final class Write implements Operation {
    ByteBuffer bytes = ByteBuffer.allocate(0);
    int first;
    long position;

    @Override
    public long on(FileChannel channel) throws IOException {
      bytes.position(first);
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      return at - position;
    }
  }

  private long repeated(Operation operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel used = channel;
        try {
          return operation.on(used);
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
          reopen(used);
        } catch (java.nio.channels.ClosedChannelException e) {
          // Another thread's interrupt closed the channel under this one.
          reopen(used);
        } catch (IOException e) {
          throw told(e, path);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void reopen(FileChannel broken) throws IOException {
    if (closed) {
      throw new IOException(path + " is closed");
    }
    if (channel.equals(broken)) {
      // The name may be gone (a deleted segment still being sent): then this fails, as it must.
      OpenOption[] again =
          Arrays.stream(options)
              .filter(o -> o != StandardOpenOption.CREATE_NEW)
              .toArray(OpenOption[]::new);
      channel = openChannel(path, again);
    }
  }

  /** Tells a lack of room from every other failure. */
  private static IOException told(IOException e, Path path) {
    String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    boolean full = said.contains("no space left") || said.contains("quota exceeded");
    if (!full) {
      // The system's words may be in another language; the volume's own figure is not.
      try {
        Path parent = path.toAbsolutePath().getParent();
        full = parent != null && Files.getFileStore(parent).getUsableSpace() == 0;
      } catch (IOException unknown) {
        e.addSuppressed(unknown);
      }
    }
    return full ? new DiskFullException("no room for " + path + ": " + e.getMessage(), e) : e;
  }
}
