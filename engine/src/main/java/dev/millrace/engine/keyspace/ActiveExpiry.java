package dev.millrace.engine.keyspace;

import dev.millrace.engine.struct.EntryVisitor;

/**
 * Deletes expired entries that nobody asks for, a slice at a time. Each slice goes on where the
 * last one stopped: round the databases, and in each by cursor over the entries that have an
 * expiry. A database is left as soon as few enough of those looked at had expired, so that the
 * effort follows the need; the budget bounds it in any case.
 *
 * <p>Owned by: executor thread.
 */
final class ActiveExpiry {
  private static final int KEYS_PER_LOOP = 20;
  private static final int BUCKETS_PER_KEY = 20;
  private static final int ACCEPTABLE_STALE_PERCENT = 10;
  private static final int EFFORT_MAX = 10;
  private static final int FIELDS_PER_STEP = 64;

  private final Keyspace keyspace;
  private final EntryVisitor look = this::look;
  private final LongQueue past = new LongQueue();
  private int effort;
  private int nextDatabase;
  private int nextFieldDatabase;

  // One loop's findings, gathered by the visitor.
  private long now;
  private long sampled;
  private long ttlSumMillis;
  private long ttlSamples;

  ActiveExpiry(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** {@code active-expire-effort}, 1 to 10. */
  void effort(int configured) {
    if (configured < 1 || configured > EFFORT_MAX) {
      throw new IllegalArgumentException("effort " + configured);
    }
    effort = configured - 1;
  }

  /** Deletes expired entries for at most about the given time and returns how many it deleted. */
  int slice(long budgetNanos) {
    long start = keyspace.clock().nanos();
    long allSampled = 0;
    long allExpired = 0;
    boolean outOfTime = false;
    for (int i = 0; i < keyspace.databases() && !outOfTime; i++) {
      Database database = keyspace.database(nextDatabase);
      nextDatabase = (nextDatabase + 1) % keyspace.databases();
      boolean repeat = true;
      while (repeat && database.expiring() > 0 && !outOfTime) {
        int expired = loop(database);
        allSampled += sampled;
        allExpired += expired;
        repeat = sampled == 0 || expired * 100L / sampled > ACCEPTABLE_STALE_PERCENT - effort;
        outOfTime = keyspace.clock().nanos() - start >= budgetNanos;
      }
    }
    KeyspaceStatistics statistics = keyspace.statistics();
    if (outOfTime) {
      statistics.expireTimeCapReached++;
    }
    if (allSampled > 0) {
      double share = (double) allExpired / allSampled;
      statistics.expiredStaleFraction = share * 0.05 + statistics.expiredStaleFraction * 0.95;
    }
    return (int) allExpired;
  }

  /**
   * Deletes expired fields of hashes for at most about the given time and returns how many it
   * deleted. Each hash is looked at in part, and again in the next round while fields are found.
   */
  int fieldSlice(long budgetNanos) {
    long start = keyspace.clock().nanos();
    int all = 0;
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(nextFieldDatabase);
      int found = 0;
      while (database.tables().withExpiringFields().size() > 0) {
        boolean more = database.tables().scanExpiringFields(past::add);
        while (!past.isEmpty()) {
          long entry = past.remove();
          found += keyspace.store().typeOf(entry).expireSome(database, entry, FIELDS_PER_STEP);
        }
        if (keyspace.clock().nanos() - start >= budgetNanos) {
          return all + found;
        }
        if (!more) {
          if (found == 0) {
            break;
          }
          all += found;
          found = 0;
        }
      }
      nextFieldDatabase = (nextFieldDatabase + 1) % keyspace.databases();
    }
    return all;
  }

  /** Looks at about {@link #KEYS_PER_LOOP} entries of one database and deletes the expired ones. */
  private int loop(Database database) {
    int keysPerLoop = KEYS_PER_LOOP + KEYS_PER_LOOP / 4 * effort;
    long wanted = Math.min(keysPerLoop, database.expiring());
    now = keyspace.clock().millis();
    sampled = 0;
    ttlSumMillis = 0;
    ttlSamples = 0;
    int expired = 0;
    for (int buckets = 0; sampled < wanted && buckets < keysPerLoop * BUCKETS_PER_KEY; buckets++) {
      database.tables().scanExpiring(look);
      // A bucket is emptied before the next one is read, so that no entry is gathered twice.
      while (!past.isEmpty()) {
        expired++;
        database.expireNow(past.remove());
      }
    }
    if (ttlSamples > 0) {
      database.tables().noteAverageTtl(ttlSumMillis / ttlSamples);
    }
    return expired;
  }

  private void look(long entry) {
    long ttlMillis = Entry.expireAt(entry) - now;
    sampled++;
    if (ttlMillis < 0) {
      past.add(entry);
    } else if (ttlMillis > 0) {
      ttlSumMillis += ttlMillis;
      ttlSamples++;
    }
  }
}
