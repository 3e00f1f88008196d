package dev.millrace.engine.server;

import dev.millrace.aof.DurableListener;
import dev.millrace.aof.FailureListener;
import dev.millrace.backlog.AdaptiveWaitStrategy;
import dev.millrace.backlog.Backlog;
import dev.millrace.backlog.Pace;
import dev.millrace.backlog.StreamRing;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.persistence.DiskLog;
import dev.millrace.engine.pipeline.ReplicationStream;
import dev.millrace.engine.replication.Feeder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream's way from the executor to the disk and to replicas: blocks, ring, journal, feeder.
 */
final class StreamParts {
  private static final Logger LOG = LoggerFactory.getLogger(StreamParts.class);
  private static final int RING_EVENTS = 4096;
  private static final int BLOCK_BYTES = 1 << 20;
  private static final long BACKLOG_BYTES_MAX = 256L << 20;
  private static final long JOURNAL_IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** How much later the journal may write what nobody waits for; waking it per round costs more. */
  private static final long JOURNAL_NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  /** How much later the feeder may look when there is nobody to feed. */
  private static final long FEEDER_NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * How much later replicas may get what comes in masses: no longer than a round of Redis takes
   * under such a load. The rounds grow meanwhile, and each write to a socket carries more.
   */
  private static final long FEEDER_BUSY_NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** From how much of the stream per millisecond on it comes in masses: 25 commands or so. */
  private static final long BUSY_BYTES_PER_MILLI = 1024;

  private final Pace journalPace;
  private final Pace feederPace;

  final Backlog backlog;
  final DiskLog log;
  final Feeder feeder = new Feeder();
  final StreamRing ring;
  final ReplicationStream stream;
  private long pacedOffset;
  private long pacedMillis;

  /** Parts for a stream that goes on at {@code offset}; no thread runs yet. */
  StreamParts(
      Config config, long offset, DurableListener whenDurable, FailureListener whenFailing) {
    backlog =
        new Backlog(
            offset, config.replication.replBacklogSize.value(), BLOCK_BYTES, BACKLOG_BYTES_MAX);
    log = new DiskLog(backlog, whenDurable, whenFailing);
    ring =
        new StreamRing(
            RING_EVENTS,
            new AdaptiveWaitStrategy(JOURNAL_IDLE_NANOS),
            (thread, event, failure) -> LOG.error("{} failed at {}", thread, event, failure));
    journalPace = ring.addConsumer("journal", log);
    feederPace = ring.addConsumer("feeder", feeder);
    feeder.pacedBy(feederPace);
    stream =
        new ReplicationStream(
            backlog,
            ring,
            config.server.databases.intValue(),
            config.persistence.aofSegmentSize.value());
  }

  /**
   * Sets how promptly journal and feeder take what is published, by how much came since the last
   * call. On the executor's thread, every now and then.
   *
   * @param durable whether clients wait until what they wrote is durable
   * @param replicas whether there are replicas to feed
   * @param nowMillis by the executor's clock
   */
  void pace(boolean durable, boolean replicas, long nowMillis) {
    long offset = stream.offset();
    boolean busy = offset - pacedOffset > BUSY_BYTES_PER_MILLI * (nowMillis - pacedMillis);
    pacedOffset = offset;
    pacedMillis = nowMillis;
    journalPace.napNanos(durable ? 0 : JOURNAL_NAP_NANOS);
    long feeding = busy ? FEEDER_BUSY_NAP_NANOS : 0;
    feederPace.napNanos(replicas ? feeding : FEEDER_NAP_NANOS);
  }

  /** Ends the threads and lets go of memory and files; the executor has ended. */
  void close() throws IOException {
    ring.close();
    log.close();
    stream.close();
    backlog.close();
  }
}
