package dev.millrace.engine.keyspace;

import dev.millrace.engine.keyspace.EvictionPolicy.Choice;
import java.util.Arrays;

/**
 * Chooses what goes when memory runs out. Exact order by last use would cost memory in every entry,
 * so a few entries are sampled from each database and the best candidates seen so far are kept in a
 * small pool between evictions; the best of the pool goes.
 *
 * <p>The pool names entries by address and hash. An entry may have been freed or moved since it was
 * sampled, so before anything of it is read its dict is asked whether that very address is still in
 * it.
 *
 * <p>Owned by: executor thread.
 */
final class Eviction {
  private static final int POOL_SIZE = 16;

  private final Keyspace keyspace;
  private int samples = 5;
  private int nextDatabase;

  // The pool, ascending by score: the last one is the best candidate. Scores are unsigned.
  private final long[] poolEntry = new long[POOL_SIZE];
  private final long[] poolHash = new long[POOL_SIZE];
  private final int[] poolDatabase = new int[POOL_SIZE];
  private final long[] poolScore = new long[POOL_SIZE];
  private int pooled;

  Eviction(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** {@code maxmemory-samples}. */
  void samples(int configured) {
    if (configured < 1) {
      throw new IllegalArgumentException("samples " + configured);
    }
    samples = configured;
  }

  /** Forgets the candidates: they were scored by another policy. */
  void reset() {
    pooled = 0;
  }

  /** Deletes one entry and returns the bytes it occupied, or 0 when the policy finds none. */
  long evictOne(EvictionPolicy policy) {
    return switch (policy.choice()) {
      case NONE -> 0;
      case RANDOM -> evictRandom(policy);
      default -> evictBest(policy);
    };
  }

  private long evictRandom(EvictionPolicy policy) {
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(nextDatabase);
      nextDatabase = (nextDatabase + 1) % keyspace.databases();
      long entry = database.tables().sample(policy.isExpiringOnly(), keyspace.random());
      if (entry != 0) {
        return database.evict(entry);
      }
    }
    return 0;
  }

  private long evictBest(EvictionPolicy policy) {
    while (sampleAll(policy)) {
      while (pooled > 0) {
        int best = --pooled;
        long entry = poolEntry[best];
        Database database = keyspace.database(poolDatabase[best]);
        if (database.tables().holds(entry, poolHash[best], policy.isExpiringOnly())) {
          return database.evict(entry);
        }
      }
    }
    return 0;
  }

  /** Adds samples of every database to the pool; false when there is nothing to sample. */
  private boolean sampleAll(EvictionPolicy policy) {
    boolean any = false;
    for (int i = 0; i < keyspace.databases(); i++) {
      Database database = keyspace.database(i);
      long population = policy.isExpiringOnly() ? database.expiring() : database.size();
      long count = Math.min(samples, population);
      for (long sample = 0; sample < count; sample++) {
        long entry = database.tables().sample(policy.isExpiringOnly(), keyspace.random());
        offer(i, entry, score(policy.choice(), entry));
        any = true;
      }
    }
    return any;
  }

  private long score(Choice choice, long entry) {
    int access = Entry.access(entry);
    return switch (choice) {
      case LRU -> keyspace.recency().idleMillis(access);
      case LFU -> 255 - keyspace.recency().frequency(access);
      case TTL -> -1L - Entry.expireAt(entry);
      default -> throw new IllegalStateException("no score for " + choice);
    };
  }

  private void offer(int database, long entry, long score) {
    for (int i = 0; i < pooled; i++) {
      if (poolEntry[i] == entry && poolDatabase[i] == database) {
        return;
      }
    }
    int position = 0;
    while (position < pooled && Long.compareUnsigned(poolScore[position], score) < 0) {
      position++;
    }
    if (pooled < POOL_SIZE) {
      shift(position, position + 1, pooled - position);
      pooled++;
    } else if (position == 0) {
      return;
    } else {
      position--;
      shift(1, 0, position);
    }
    poolEntry[position] = entry;
    poolHash[position] = EntryKeys.hashOf(entry);
    poolDatabase[position] = database;
    poolScore[position] = score;
  }

  private void shift(int from, int to, int count) {
    System.arraycopy(poolEntry, from, poolEntry, to, count);
    System.arraycopy(poolHash, from, poolHash, to, count);
    System.arraycopy(poolDatabase, from, poolDatabase, to, count);
    System.arraycopy(poolScore, from, poolScore, to, count);
  }

  @Override
  public String toString() {
    return "eviction pool " + Arrays.toString(Arrays.copyOf(poolScore, pooled));
  }
}
