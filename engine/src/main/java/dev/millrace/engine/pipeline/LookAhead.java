package dev.millrace.engine.pipeline;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.protocol.RequestBuffer;

/**
 * Starts to load what the next commands will read, many at a time, so that the executor waits for
 * memory once per group and not twice per command: first the buckets of their keys, then, when
 * those have come, the entries the buckets lead to. In a dataset larger than the caches these two
 * loads are most of what a short command costs.
 *
 * <p>It only guesses: a SELECT in the batch, or a command before, may make it load in vain.
 *
 * <p>Owned by: executor thread.
 */
public final class LookAhead {
  /** Commands looked at together; a processor has about as many loads under way at once. */
  public static final int GROUP = 16;

  private final Keyspace keyspace;

  /** Looks ahead in that keyspace. */
  public LookAhead(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * Before the group that begins at {@code from} runs: asks for its entries, whose buckets were
   * asked for a group earlier, and for the buckets of the next group, which have the whole group's
   * time to come. The first group's were asked for when its batch was taken.
   */
  public void advance(RequestBuffer batch, int from, int databaseIndex) {
    if (from > 0) {
      loadEntries(batch, from, databaseIndex);
    }
    loadBuckets(batch, from + GROUP, databaseIndex);
  }

  /** Starts to load the buckets of the group of commands that begins at {@code from}. */
  public void loadBuckets(RequestBuffer batch, int from, int databaseIndex) {
    Database database = keyspace.database(databaseIndex);
    int end = Math.min(batch.count(), from + GROUP);
    for (int i = from; i < end; i++) {
      long hash = batch.keyHash(i);
      if (hash != 0) {
        database.prefetch(hash);
      }
    }
  }

  /** Starts to load the entries of the same group, from buckets that were asked for before. */
  public void loadEntries(RequestBuffer batch, int from, int databaseIndex) {
    Database database = keyspace.database(databaseIndex);
    int end = Math.min(batch.count(), from + GROUP);
    for (int i = from; i < end; i++) {
      long hash = batch.keyHash(i);
      if (hash != 0) {
        database.prefetchEntry(hash);
      }
    }
  }
}
