package dev.millrace.engine.pipeline;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.struct.Dict;

/**
 * Starts to load what the next commands will read, many at a time, so that the executor waits for
 * memory once per group and not several times per command: first the buckets of their keys; when
 * those have come, the entries the buckets lead to; and for commands on members of a large
 * collection the buckets of the members, then the members. In a dataset larger than the caches
 * these loads are most of what a short command costs.
 *
 * <p>It only guesses: a SELECT in the batch, or a command before, may make it load in vain.
 *
 * <p>Owned by: executor thread.
 */
public final class LookAhead {
  /** Commands looked at together; a processor has about as many loads under way at once. */
  public static final int GROUP = 16;

  private final Keyspace keyspace;

  // The members whose buckets were asked for, and nothing else since.
  private final long[] dicts = new long[GROUP];
  private final long[] memberHashes = new long[GROUP];
  private int members;

  /** Keeps the loads from being optimized away. */
  private long touched;

  /** Looks ahead in that keyspace. */
  public LookAhead(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * Before the group that begins at {@code from} runs: asks for its entries, whose buckets were
   * asked for a group earlier, for its members, and for the buckets of the next group, which have
   * the whole group's time to come. The first group's were asked for when its batch was taken.
   */
  public void advance(RequestBuffer batch, int from, int databaseIndex) {
    if (from > 0) {
      loadEntries(batch, from, databaseIndex);
      loadMembers(batch, from, databaseIndex);
      endMembers();
    }
    loadBuckets(batch, from + GROUP, databaseIndex);
  }

  /** All that the first group of a batch will read, when there is only this batch to look at. */
  public void begin(RequestBuffer batch, int databaseIndex) {
    loadBuckets(batch, 0, databaseIndex);
    loadEntries(batch, 0, databaseIndex);
    loadMembers(batch, 0, databaseIndex);
    endMembers();
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

  /**
   * Starts to load the members of the same group, from entries that were asked for before. Of the
   * last ones only the buckets: {@link #endMembers} must follow before anything is changed.
   */
  public void loadMembers(RequestBuffer batch, int from, int databaseIndex) {
    Database database = keyspace.database(databaseIndex);
    int end = Math.min(batch.count(), from + GROUP);
    for (int i = from; i < end; i++) {
      long memberHash = batch.memberHash(i);
      long dict = memberHash == 0 ? 0 : database.membersDict(batch.keyHash(i));
      if (dict != 0) {
        touched += Dict.touchStored(dict, memberHash);
        add(dict, memberHash);
      }
    }
  }

  private void add(long dict, long memberHash) {
    dicts[members] = dict;
    memberHashes[members] = memberHash;
    members++;
    if (members == GROUP) {
      endMembers();
    }
  }

  /** Starts to load the members whose buckets have been asked for. */
  public void endMembers() {
    for (int i = 0; i < members; i++) {
      touched += Dict.touchEntryStored(dicts[i], memberHashes[i]);
    }
    members = 0;
  }

  @Override
  public String toString() {
    return "LookAhead{touched=" + touched + "}";
  }
}
