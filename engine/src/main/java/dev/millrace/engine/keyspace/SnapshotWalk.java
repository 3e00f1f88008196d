package dev.millrace.engine.keyspace;

import dev.millrace.engine.struct.Dict;
import dev.millrace.engine.struct.Walk;
import java.util.ArrayList;
import java.util.List;

/**
 * A walk over all databases as they were at one instant, the cut, while commands go on changing
 * them. Each entry that existed at the cut is emitted exactly once with the content it had then:
 * either when the walk reaches its bucket, or just before a command changes that bucket.
 *
 * <p>The databases keep their numbers of the cut in what is emitted, whatever SWAPDB does
 * meanwhile. The walk goes on over the tables of a database that is flushed during it, and what it
 * still owes of them is emitted before lazy freeing frees it.
 *
 * <p>Owned by: executor thread. The caller drives it with {@link #advance} and may {@link #cancel}
 * it.
 */
public final class SnapshotWalk {
  private static final int BUCKETS_PER_STEP = 16;

  private final Keyspace keyspace;
  private final EntryWriter out;
  private final List<Walk> walks = new ArrayList<>();
  private int current;
  private long emitted;
  private boolean finished;

  SnapshotWalk(Keyspace keyspace, EntryWriter out) {
    this.keyspace = keyspace;
    this.out = out;
  }

  /** Makes the cut for one database. All databases are added before anything else happens. */
  void add(int database, Dict dict) {
    walks.add(
        dict.startWalk(entry -> {
          emitted++;
          out.write(database, entry);
        }));
  }

  /**
   * Walks up to so many buckets.
   *
   * @return whether more remains; when it does not, every entry of the cut has been emitted
   */
  public boolean advance(int buckets) {
    for (int done = 0; done < buckets && current < walks.size(); done += BUCKETS_PER_STEP) {
      if (!walks.get(current).advance(Math.min(buckets - done, BUCKETS_PER_STEP))) {
        current++;
      }
    }
    if (!finished && current == walks.size()) {
      finish();
    }
    return !finished;
  }

  /**
   * Walks up to so many buckets and for at most about so long, whichever ends first.
   *
   * @return whether more remains
   */
  public boolean advance(int buckets, long budgetNanos) {
    long start = keyspace.clock().nanos();
    int remaining = buckets;
    while (remaining > 0 && advance(Math.min(remaining, BUCKETS_PER_STEP))) {
      remaining -= BUCKETS_PER_STEP;
      if (keyspace.clock().nanos() - start >= budgetNanos) {
        break;
      }
    }
    return !finished;
  }

  /** Ends the walk early; nothing more is emitted. Without effect on a finished walk. */
  public void cancel() {
    if (finished) {
      return;
    }
    walks.forEach(Walk::cancel);
    finish();
  }

  /** Whether the walk has come to its end or was cancelled. */
  public boolean isFinished() {
    return finished;
  }

  /** How many entries have been emitted. */
  public long emittedEntries() {
    return emitted;
  }

  private void finish() {
    finished = true;
    walks.clear();
    current = 0;
    keyspace.walkEnded(this);
  }
}
