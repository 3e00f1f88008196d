package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Which clients watch which keys (WATCH), by database number and key. Commands report every change
 * of a key with {@link #touched}; while nobody watches, that is one comparison.
 *
 * <p>Expired keys follow Redis 7.0: a key that was already past its expiry when it was watched may
 * be deleted without aborting the transaction, and one that passes its expiry while watched aborts
 * it even if nothing has deleted it yet.
 *
 * <p>Owned by: executor thread.
 */
public final class Watches implements AutoCloseable {
  /** One key somebody watches; its bytes are an allocation of their own. */
  static final class Key {
    final int database;
    final long hash;
    final long address;
    final int length;
    @Nullable Key next;
    @Nullable Watch first;

    Key(int database, long hash, long address, int length) {
      this.database = database;
      this.hash = hash;
      this.address = address;
      this.length = length;
    }

    boolean matches(int otherDatabase, long keyAddress, int keyLength, long otherHash) {
      return hash == otherHash
          && database == otherDatabase
          && length == keyLength
          && Memory.equal(address, keyAddress, keyLength);
    }
  }

  /** One client watching one key: a link in the key's chain and in the client's. */
  static final class Watch {
    final Key key;
    final Watcher watcher;
    final @Nullable Watch nextOfWatcher;

    /** The key was past its expiry when it was watched, and has not been deleted since. */
    boolean expired;

    @Nullable Watch nextOfKey;
    @Nullable Watch previousOfKey;

    Watch(Key key, Watcher watcher, boolean expired) {
      this.key = key;
      this.watcher = watcher;
      this.expired = expired;
      this.nextOfWatcher = watcher.first;
    }
  }

  private static final int INITIAL_BUCKETS = 64;

  /** The objects that stand for one client's watching one key. */
  private static final int WATCH_BYTES = 128;

  private final Keyspace keyspace;
  private final SlabAllocator memory;
  private @Nullable Key[] buckets = new @Nullable Key[INITIAL_BUCKETS];
  private int keys;

  /** A registry in which nobody watches anything. */
  public Watches(Keyspace keyspace, SlabAllocator memory) {
    this.memory = memory;
    this.keyspace = keyspace;
  }

  /** How many keys are watched. */
  public int watchedKeys() {
    return keys;
  }

  /** WATCH of one key. Without effect when the client's transaction is to be aborted anyway. */
  public void watch(Watcher watcher, Database database, long keyAddress, int keyLength, long hash) {
    if (watcher.changed) {
      return;
    }
    Key key = find(database.index(), keyAddress, keyLength, hash);
    if (key == null) {
      key = add(database.index(), keyAddress, keyLength, hash);
    }
    for (Watch watch = watcher.first; watch != null; watch = watch.nextOfWatcher) {
      if (watch.key == key) {
        return;
      }
    }
    Watch watch = new Watch(key, watcher, database.isExpired(keyAddress, keyLength, hash));
    watcher.first = watch;
    watcher.bytes += WATCH_BYTES + keyLength;
    watch.nextOfKey = key.first;
    if (key.first != null) {
      key.first.previousOfKey = watch;
    }
    key.first = watch;
  }

  /**
   * UNWATCH, and the end of EXEC, DISCARD and of the client: it watches nothing and may begin anew.
   */
  public void unwatch(Watcher watcher) {
    forget(watcher);
    watcher.changed = false;
  }

  /** A key has been written, deleted, expired or evicted; after the change. */
  public void touched(Database database, long keyAddress, int keyLength, long hash) {
    if (keys == 0) {
      return;
    }
    Key key = find(database.index(), keyAddress, keyLength, hash);
    if (key == null) {
      return;
    }
    boolean gone = database.present(keyAddress, keyLength, hash) == 0;
    Watch watch = key.first;
    while (watch != null) {
      // Read now: telling the watcher takes its watches out of all chains.
      Watch next = watch.nextOfKey;
      if (!watch.expired) {
        watch.watcher.changed = true;
        forget(watch.watcher);
      } else if (gone) {
        // What was expired is now deleted: to the client nothing has changed.
        watch.expired = false;
      }
      watch = next;
    }
  }

  /** The same for a listener that has no hash at hand. */
  public void touched(Database database, long keyAddress, int keyLength) {
    if (keys != 0) {
      touched(database, keyAddress, keyLength, Memory.hash(keyAddress, keyLength));
    }
  }

  /** A database is about to be flushed. */
  public void flushing(Database database) {
    replacing(database, null);
  }

  /** All databases are about to be flushed, or replaced by what a master sends. */
  public void flushingAll() {
    for (int i = 0; i < keyspace.databases(); i++) {
      flushing(keyspace.database(i));
    }
  }

  /** Two databases are about to be swapped. */
  public void swapping(Database a, Database b) {
    if (a != b) {
      replacing(a, b);
      replacing(b, a);
    }
  }

  /**
   * Whether EXEC must be refused: a watched key has changed, or has passed its expiry meanwhile.
   */
  public boolean mustAbort(Watcher watcher) {
    if (watcher.changed) {
      return true;
    }
    for (Watch watch = watcher.first; watch != null; watch = watch.nextOfWatcher) {
      if (!watch.expired && isExpired(keyspace.database(watch.key.database), watch.key)) {
        return true;
      }
    }
    return false;
  }

  /** Forgets everything; whoever still watched is told that something changed. */
  @Override
  public void close() {
    for (Key bucket : buckets) {
      for (Key key = bucket; key != null; key = key.next) {
        for (Watch watch = key.first; watch != null; watch = watch.nextOfKey) {
          watch.watcher.changed = true;
          watch.watcher.first = null;
          watch.watcher.bytes = 0;
        }
        memory.free(key.address);
      }
    }
    buckets = new @Nullable Key[INITIAL_BUCKETS];
    keys = 0;
  }

  private void replacing(Database emptied, @Nullable Database replacement) {
    if (keys == 0) {
      return;
    }
    for (Key bucket : buckets) {
      for (Key key = bucket; key != null; key = key.next) {
        if (key.database == emptied.index()) {
          replacing(key, emptied, replacement);
        }
      }
    }
  }

  private static void replacing(Key key, Database emptied, @Nullable Database replacement) {
    boolean was = holds(emptied, key);
    boolean willBe = replacement != null && holds(replacement, key);
    if (!was && !willBe) {
      return;
    }
    boolean willBeExpired = replacement != null && willBe && isExpired(replacement, key);
    for (Watch watch = key.first; watch != null; watch = watch.nextOfKey) {
      if (watch.expired && !willBe) {
        watch.expired = false;
      } else if (!watch.expired && !was && willBeExpired) {
        watch.expired = true;
      } else if (!watch.expired || !willBeExpired) {
        // Its watches stay chained until it unwatches, for this walk stands in the chains.
        watch.watcher.changed = true;
      }
    }
  }

  private static boolean holds(Database database, Key key) {
    return database.present(key.address, key.length, key.hash) != 0;
  }

  private static boolean isExpired(Database database, Key key) {
    return database.isExpired(key.address, key.length, key.hash);
  }

  private void forget(Watcher watcher) {
    for (Watch watch = watcher.first; watch != null; watch = watch.nextOfWatcher) {
      if (watch.previousOfKey == null) {
        watch.key.first = watch.nextOfKey;
      } else {
        watch.previousOfKey.nextOfKey = watch.nextOfKey;
      }
      if (watch.nextOfKey != null) {
        watch.nextOfKey.previousOfKey = watch.previousOfKey;
      }
      if (watch.key.first == null) {
        remove(watch.key);
      }
    }
    watcher.first = null;
    watcher.bytes = 0;
  }

  private @Nullable Key find(int database, long keyAddress, int keyLength, long hash) {
    Key key = buckets[bucketOf(hash)];
    while (key != null && !key.matches(database, keyAddress, keyLength, hash)) {
      key = key.next;
    }
    return key;
  }

  private Key add(int database, long keyAddress, int keyLength, long hash) {
    if (keys == buckets.length) {
      grow();
    }
    long address = memory.allocate(Math.max(1, keyLength));
    Memory.copy(keyAddress, address, keyLength);
    Key key = new Key(database, hash, address, keyLength);
    int bucket = bucketOf(key.hash);
    key.next = buckets[bucket];
    buckets[bucket] = key;
    keys++;
    return key;
  }

  private void remove(Key removed) {
    int bucket = bucketOf(removed.hash);
    Key before = null;
    for (Key key = buckets[bucket]; key != removed && key != null; key = key.next) {
      before = key;
    }
    if (before == null) {
      buckets[bucket] = removed.next;
    } else {
      before.next = removed.next;
    }
    keys--;
    memory.free(removed.address);
  }

  private void grow() {
    @Nullable Key[] old = buckets;
    buckets = new @Nullable Key[old.length * 2];
    for (Key bucket : old) {
      Key key = bucket;
      while (key != null) {
        Key next = key.next;
        int to = bucketOf(key.hash);
        key.next = buckets[to];
        buckets[to] = key;
        key = next;
      }
    }
  }

  private int bucketOf(long hash) {
    return (int) (hash ^ (hash >>> 32)) & (buckets.length - 1);
  }
}
