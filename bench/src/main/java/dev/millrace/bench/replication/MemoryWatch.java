package dev.millrace.bench.replication;

import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks four times a second at the memory of a server and keeps the highest figures.
 *
 * <p>A thread of its own looks; anyone may ask.
 */
final class MemoryWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 250;
  private static final int LOOKS_PER_PAGE_WALK = 4;
  private static final long END_MILLIS_MAX = 5_000;

  /**
   * Figures of one moment, or the highest of several.
   *
   * @param usedBytes the server's own {@code used_memory}
   * @param residentBytes resident memory of its process, without children
   * @param copiedBytes what INFO says that a child's snapshot made it copy
   * @param togetherBytes memory of the process and its children, shared pages counted once; 0 when
   *     not asked for
   */
  record Figures(long usedBytes, long residentBytes, long copiedBytes, long togetherBytes) {
    static final Figures NONE = new Figures(0, 0, 0, 0);

    Figures highest(Figures other) {
      return new Figures(
          Math.max(usedBytes, other.usedBytes),
          Math.max(residentBytes, other.residentBytes),
          Math.max(copiedBytes, other.copiedBytes),
          Math.max(togetherBytes, other.togetherBytes));
    }
  }

  private final ServerProcess server;
  private final boolean withChildren;
  private final PlainClient client;
  private final Thread thread;
  private Figures highest = Figures.NONE;
  private int looks;
  private @Nullable IOException failure;
  private volatile boolean ended;

  /**
   * Begins to look.
   *
   * @param withChildren once a second also at the pages of the process and its children, which
   *     costs the kernel some hundredths of a second for gigabytes
   */
  MemoryWatch(ServerProcess server, boolean withChildren) throws IOException {
    this.server = server;
    this.withChildren = withChildren;
    this.client = new PlainClient(server.port());
    this.thread = Thread.ofPlatform().daemon().name("memory-watch").start(this::watch);
  }

  private void watch() {
    try {
      while (!ended) {
        look(false);
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    } catch (IOException e) {
      failed(e);
    } catch (InterruptedException e) {
      // Ended: it sleeps most of the time.
    }
  }

  private synchronized void failed(IOException e) {
    failure = e;
  }

  private synchronized Figures look(boolean everything) throws IOException {
    boolean pages = withChildren && (everything || looks++ % LOOKS_PER_PAGE_WALK == 0);
    Figures now =
        new Figures(
            client.info("memory", "used_memory"),
            server.facts().residentBytes(),
            withChildren ? client.info("persistence", "current_cow_peak") : 0,
            pages ? server.facts().bytesWithChildren() : 0);
    highest = highest.highest(now);
    return now;
  }

  /** Forgets the highest figures; returns those of this moment, the first to be kept anew. */
  synchronized Figures restart() throws IOException {
    highest = Figures.NONE;
    return look(true);
  }

  /** The highest figures since {@link #restart}, this moment's included. */
  synchronized Figures highest() throws IOException {
    if (failure != null) {
      throw new IOException("memory could not be looked at", failure);
    }
    look(true);
    return highest;
  }

  @Override
  public void close() throws IOException {
    ended = true;
    thread.interrupt();
    try {
      thread.join(END_MILLIS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
