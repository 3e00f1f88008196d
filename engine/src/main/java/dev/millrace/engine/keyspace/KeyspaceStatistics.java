package dev.millrace.engine.keyspace;

/**
 * Counters of the keyspace since the start or the last CONFIG RESETSTAT, as INFO names them. Owned
 * by: executor thread.
 */
public final class KeyspaceStatistics {
  long hits;
  long misses;
  long expiredKeys;
  long evictedKeys;
  long lazyFreedObjects;
  long expireTimeCapReached;
  double expiredStaleFraction;

  KeyspaceStatistics() {}

  /** keyspace_hits: read lookups that found a live entry. */
  public long hits() {
    return hits;
  }

  /** keyspace_misses: read lookups that found none. */
  public long misses() {
    return misses;
  }

  /** expired_keys. */
  public long expiredKeys() {
    return expiredKeys;
  }

  /** evicted_keys. */
  public long evictedKeys() {
    return evictedKeys;
  }

  /** lazyfreed_objects: entries freed in slices rather than at once. */
  public long lazyFreedObjects() {
    return lazyFreedObjects;
  }

  /** expired_time_cap_reached_count: slices of active expiry that their budget ended. */
  public long expireTimeCapReached() {
    return expireTimeCapReached;
  }

  /** expired_stale_perc: estimated share of expiring keys that are past their time, 0 to 1. */
  public double expiredStaleFraction() {
    return expiredStaleFraction;
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    hits = 0;
    misses = 0;
    expiredKeys = 0;
    evictedKeys = 0;
    lazyFreedObjects = 0;
    expireTimeCapReached = 0;
    expiredStaleFraction = 0;
  }
}
