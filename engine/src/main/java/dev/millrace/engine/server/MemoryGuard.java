package dev.millrace.engine.server;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.pipeline.Gatekeeper;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the dataset within {@code maxmemory}: before a command runs, evicts by the policy until
 * there is room, for a bounded time; a command that may need memory is refused when there is none.
 *
 * <p>Owned by: executor thread.
 */
final class MemoryGuard implements Gatekeeper {
  private static final String OUT_OF_MEMORY =
      "OOM command not allowed when used memory > 'maxmemory'.";
  private static final long EVICTION_NANOS_MAX = 500_000;
  private static final int EVICTIONS_BETWEEN_LOOKS = 16;

  private final Keyspace keyspace;
  private final LongSupplier bytesMax;
  private final LongSupplier besides;
  private final BooleanSupplier isPaused;
  private final Runnable evictions;

  /**
   * Guards {@code keyspace}.
   *
   * @param bytesMax {@code maxmemory}, or 0 for no limit
   * @param besides bytes in use beside the keyspace that the limit is for as well
   * @param isPaused whether clients are, for whose sake the dataset is to stay as it is
   * @param evictions writes what was evicted to the stream: it is no part of the command that runs
   *     next
   */
  MemoryGuard(
      Keyspace keyspace,
      LongSupplier bytesMax,
      LongSupplier besides,
      BooleanSupplier isPaused,
      Runnable evictions) {
    this.keyspace = keyspace;
    this.bytesMax = bytesMax;
    this.besides = besides;
    this.isPaused = isPaused;
    this.evictions = evictions;
  }

  @Override
  public @Nullable String refusal(Command command, boolean queued) {
    long room = room();
    if (keyspace.usedBytes() <= room || isPaused.getAsBoolean()) {
      return null;
    }
    boolean withinLimit = evict(room);
    evictions.run();
    // What is queued takes memory, whatever it will do.
    boolean denied = queued || command.deniedWhenOutOfMemory();
    return withinLimit || !denied ? null : OUT_OF_MEMORY;
  }

  /** Makes room though no command asks for it: the limit may have been lowered. */
  void tick() {
    long room = room();
    if (keyspace.usedBytes() > room && !isPaused.getAsBoolean()) {
      evict(room);
    }
  }

  /** What the limit leaves to the keyspace. */
  private long room() {
    long limit = bytesMax.getAsLong();
    return limit == 0 ? Long.MAX_VALUE : Math.max(0, limit - besides.getAsLong());
  }

  /**
   * True when what is used fits, or will soon: eviction under way goes on with the next command.
   */
  private boolean evict(long room) {
    long deadline = System.nanoTime() + EVICTION_NANOS_MAX;
    int evicted = 0;
    while (keyspace.usedBytes() > room) {
      if (keyspace.evictOne() == 0) {
        return keyspace.lazyFreeSlice(EVICTION_NANOS_MAX) || keyspace.usedBytes() <= room;
      }
      evicted++;
      if (evicted % EVICTIONS_BETWEEN_LOOKS == 0 && System.nanoTime() > deadline) {
        return true;
      }
    }
    return true;
  }
}
