package dev.millrace.engine.replication;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream that comes while the dataset before it is still being loaded, kept in a file until
 * then. The file has no name and goes with the process: after a crash the stream is asked for
 * again, for the dataset it follows is gone too.
 *
 * <p>L7: when the file holds as much as it may, nothing more is read, and the master keeps the rest
 * in its log.
 *
 * <p>Threads: its own reads from the master; the link's takes what was read.
 */
final class StreamAhead implements AutoCloseable {
  /** Where bytes come from: at least one, at most {@code length}; -1 at the end. */
  @FunctionalInterface
  interface Source {
    int read(byte[] into, int offset, int length) throws IOException, InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(StreamAhead.class);
  private static final int CHUNK_BYTES = 64 << 10;

  private final Source from;
  private final FileChannel file;
  private final long bytesMax;
  private final Runnable heard;
  private final Thread thread;

  // Guarded by this: positions in the file, which begins anew whenever all was taken.
  private long written;
  private long taken;
  private boolean last;
  private boolean ended;
  private boolean closed;
  private @Nullable IOException failure;

  /**
   * Nothing kept yet; {@link #start} begins to read.
   *
   * @param directory where the file is
   * @param bytesMax how much of the stream it may hold
   * @param heard told after each read
   */
  StreamAhead(Source from, Path directory, long bytesMax, Runnable heard) throws IOException {
    this.from = from;
    this.bytesMax = Math.max(bytesMax, CHUNK_BYTES);
    this.heard = heard;
    Path path = Files.createTempFile(directory, "temp-stream-", ".aof");
    try {
      this.file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(path);
    }
    this.thread = Thread.ofPlatform().daemon().name("master-ahead").unstarted(this::receive);
  }

  /** Begins to read. */
  void start() {
    thread.start();
  }

  /** How much waits to be taken. */
  synchronized long bytesKept() {
    return written - taken;
  }

  /** The dataset is there: what is being read now is the last that is kept. */
  synchronized void beLast() {
    last = true;
  }

  /**
   * Takes the next bytes, waiting for them; -1 after the last ones.
   *
   * @throws IOException after the last ones, when the reading has failed
   */
  synchronized int take(byte[] into, int offset, int length)
      throws IOException, InterruptedException {
    while (taken == written && !ended && !closed) {
      wait();
    }
    if (taken == written || closed) {
      if (failure != null) {
        throw failure;
      }
      return -1;
    }
    ByteBuffer buffer = ByteBuffer.wrap(into, offset, (int) Math.min(length, written - taken));
    int n = file.read(buffer, taken);
    taken += n;
    if (taken == written) {
      taken = 0;
      written = 0;
      notifyAll();
    }
    return n;
  }

  private void receive() {
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      int n = firstBytes(chunk);
      while (keep(chunk, n)) {
        n = from.read(chunk, 0, chunk.length);
        heard.run();
      }
    } catch (IOException e) {
      LOG.debug("the stream ahead of its dataset: {}", e.toString());
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(null);
    }
  }

  /**
   * The stream begins when the dataset is cut, which may take long; empty lines may come before.
   */
  private int firstBytes(byte[] chunk) throws IOException, InterruptedException {
    while (!isClosed()) {
      try {
        int n = from.read(chunk, 0, 1);
        heard.run();
        if (chunk[0] != '\n' && chunk[0] != '\r') {
          return n;
        }
      } catch (SocketTimeoutException e) {
        // Whether the master is there still, the other connection tells.
        LOG.debug("no stream yet");
      }
    }
    return 0;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Keeps what was read, when there is room; whether more is to be read. */
  private synchronized boolean keep(byte[] chunk, int length)
      throws IOException, InterruptedException {
    while (written > 0 && written + length > bytesMax && !closed) {
      wait();
    }
    if (closed) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, length);
    while (bytes.hasRemaining()) {
      written += file.write(bytes, written);
    }
    notifyAll();
    return !last;
  }

  private synchronized void end(@Nullable IOException why) {
    if (!ended) {
      ended = true;
      failure = why;
      notifyAll();
    }
  }

  /** Forgets what is kept. The source must have been closed, or have ended. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      if (thread.isAlive()) {
        thread.join();
      }
      file.close();
    } catch (IOException e) {
      LOG.debug("closing: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
