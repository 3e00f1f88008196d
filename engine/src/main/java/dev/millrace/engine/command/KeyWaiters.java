package dev.millrace.engine.command;

import dev.millrace.engine.command.KeyWait.Place;
import dev.millrace.engine.command.KeyWait.WaitedKey;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Which clients wait for which keys, in the order in which they began to; and which of those keys
 * may have something for them now.
 *
 * <p>A command that may wait makes its {@link KeyAttempt} with each of its keys; when none
 * succeeds:
 *
 * <pre>
 *   if (call.client().mayNotBlock()) {         // inside MULTI or a script
 *     call.reply().nullArray();
 *   } else {
 *     call.waiters().await(call, 1, call.argc() - 2, KeyWaiters.holding(Entry.LIST),
 *         untilMillis, this::attempt, KeyWait.NULL_ARRAY);
 *   }
 * </pre>
 *
 * <p>Commands report changes by {@link Call#keyChanged} as they do for WATCH, which comes here;
 * while nobody waits, that is one comparison. A key is ready when it holds a value of a type that
 * somebody in its queue wants. After each unit (a command, an EXEC, a script) the executor has the
 * ready keys served in the order in which they became ready, and each key's clients in the order in
 * which they began to wait; one whose attempt fails keeps its place. A value that has expired
 * before its turn came is deleted then. What an attempt changes may make other keys ready, which
 * come after those that already were. Every attempt is a unit of its own in the replication stream,
 * behind the unit that made the key ready.
 *
 * <p>The end of a wait without an attempt (timeout, CLIENT UNBLOCK, the client is gone) comes
 * through {@link Clients}.
 *
 * <p>Owned by: executor thread.
 */
public final class KeyWaiters implements AutoCloseable {
  /**
   * Wanted by whoever must learn of every change, the key's end included (XREADGROUP, which answers
   * an error when the stream is gone).
   */
  public static final int ANYTHING = -1;

  private static final int ABSENT = 1 << 31;
  private static final int INITIAL_BUCKETS = 64;

  /** Makes one attempt as a unit of its own. */
  @FunctionalInterface
  public interface Server {
    /**
     * Makes the attempt of a waiting client with its key {@code argument}.
     *
     * @return whether it replied, and the wait is over
     */
    boolean serve(Client client, KeyWait wait, KeyAttempt attempt, int argument);
  }

  private final Keyspace keyspace;
  private final SlabAllocator memory;
  private final Clients clients;
  private final ArrayDeque<WaitedKey> ready = new ArrayDeque<>();
  private @Nullable WaitedKey[] buckets = new @Nullable WaitedKey[INITIAL_BUCKETS];
  private int keys;

  /** A registry in which nobody waits. */
  public KeyWaiters(Keyspace keyspace, SlabAllocator memory, Clients clients) {
    this.keyspace = keyspace;
    this.memory = memory;
    this.clients = clients;
  }

  /** What a waiter wants whose command takes from values of one type, {@link Entry#LIST} etc. */
  public static int holding(int type) {
    return 1 << type;
  }

  /** How many keys somebody waits for. */
  public int waitedKeys() {
    return keys;
  }

  /**
   * Makes the client of a call wait for keys of its database. The handler returns afterwards
   * without having replied. Only when {@link Client#mayNotBlock} is false.
   *
   * @param firstKey index of the first key among the arguments
   * @param count how many keys, one after the other; the same key twice is one
   * @param wanted {@link #holding} a type, several of them, or {@link #ANYTHING}
   * @param untilMillis when the wait ends, by the executor's clock; 0 for never
   * @param attempt what to do when one of the keys is ready
   * @param timeoutReply what to answer when the time is over
   */
  public void await(
      Call call,
      int firstKey,
      int count,
      int wanted,
      long untilMillis,
      KeyAttempt attempt,
      KeyWait.TimeoutReply timeoutReply) {
    Client client = call.client();
    assert !client.mayNotBlock();
    KeyWait wait = new KeyWait(this, client, call.command(), wanted, attempt, timeoutReply);
    Database database = call.database();
    for (int i = firstKey; i < firstKey + count; i++) {
      long hash = call.keyHash(i);
      WaitedKey key = find(database.index(), call.address(i), call.length(i), hash);
      if (key == null) {
        key = add(database.index(), call.address(i), call.length(i), hash);
      }
      queue(wait, key, i);
    }
    clients.block(client, wait, untilMillis);
  }

  private static void queue(KeyWait wait, WaitedKey key, int argument) {
    Place last = key.last;
    if (last != null && last.wait == wait) {
      return; // named twice
    }
    Place place = new Place(wait, key, argument);
    wait.first = place;
    key.wanted |= wait.wanted;
    place.previousOfKey = last;
    if (last == null) {
      key.first = place;
    } else {
      last.nextOfKey = place;
    }
    key.last = place;
  }

  /** A key has been written, deleted, expired or evicted; after the change. */
  public void touched(Database database, long keyAddress, int keyLength, long hash) {
    if (keys == 0) {
      return;
    }
    WaitedKey key = find(database.index(), keyAddress, keyLength, hash);
    if (key != null) {
      examine(key);
    }
  }

  /** A database has been flushed, swapped or loaded; after the change. */
  public void replaced(Database database) {
    if (keys == 0) {
      return;
    }
    for (WaitedKey bucket : buckets) {
      for (WaitedKey key = bucket; key != null; key = key.next) {
        if (key.database == database.index()) {
          examine(key);
        }
      }
    }
  }

  /** All databases have been flushed; after the change. */
  public void replacedAll() {
    for (int i = 0; i < keyspace.databases() && keys > 0; i++) {
      replaced(keyspace.database(i));
    }
  }

  private void examine(WaitedKey key) {
    if (!key.ready && ((key.wanted & held(key)) != 0 || isExpired(key))) {
      key.ready = true;
      ready.add(key);
    }
  }

  private boolean isExpired(WaitedKey key) {
    return keyspace.database(key.database).isExpired(key.address, key.length, key.hash);
  }

  /** What a key holds now, as one bit. */
  private int held(WaitedKey key) {
    long entry = keyspace.database(key.database).glance(key.address, key.length, key.hash);
    return entry == 0 ? ABSENT : holding(Entry.type(entry));
  }

  /** Whether a key waits to be served. */
  public boolean hasReady() {
    return !ready.isEmpty();
  }

  /** Serves whoever waits for the ready keys, and for those that become ready thereby. */
  public void serveReady(Server server) {
    for (WaitedKey key = ready.poll(); key != null; key = ready.poll()) {
      if (key.first != null && isExpired(key)) {
        long _ = keyspace.database(key.database).findForWrite(key.address, key.length, key.hash);
      }
      Place place = key.first;
      while (place != null) {
        // Read now: whoever is served leaves the queue, and the last one takes the key along.
        Place next = place.nextOfKey;
        if ((place.wait.wanted & held(key)) != 0) {
          serve(server, place);
        }
        place = next;
      }
      // Only now: what its clients took does not make it ready once more.
      key.ready = false;
    }
  }

  private void serve(Server server, Place place) {
    KeyWait wait = place.wait;
    long mark = wait.client.reply().bytesPending();
    if (server.serve(wait.client, wait, wait.attempt, place.argument)) {
      forget(wait);
      clients.unblock(wait.client, mark);
    }
  }

  /** Takes a wait out of all queues. */
  void forget(KeyWait wait) {
    for (Place place = wait.first; place != null; place = place.nextOfWait) {
      WaitedKey key = place.key;
      if (place.previousOfKey == null) {
        key.first = place.nextOfKey;
      } else {
        place.previousOfKey.nextOfKey = place.nextOfKey;
      }
      if (place.nextOfKey == null) {
        key.last = place.previousOfKey;
      } else {
        place.nextOfKey.previousOfKey = place.previousOfKey;
      }
      if (key.first == null) {
        remove(key);
      }
    }
    wait.first = null;
  }

  private @Nullable WaitedKey find(int database, long keyAddress, int keyLength, long hash) {
    WaitedKey key = buckets[bucketOf(hash)];
    while (key != null
        && (key.hash != hash
            || key.database != database
            || key.length != keyLength
            || !Memory.equal(key.address, keyAddress, keyLength))) {
      key = key.next;
    }
    return key;
  }

  private WaitedKey add(int database, long keyAddress, int keyLength, long hash) {
    if (keys == buckets.length) {
      grow();
    }
    long address = memory.allocate(Math.max(1, keyLength));
    Memory.copy(keyAddress, address, keyLength);
    WaitedKey key = new WaitedKey(database, hash, address, keyLength);
    int bucket = bucketOf(hash);
    key.next = buckets[bucket];
    buckets[bucket] = key;
    keys++;
    return key;
  }

  private void remove(WaitedKey removed) {
    int bucket = bucketOf(removed.hash);
    WaitedKey before = null;
    for (WaitedKey key = buckets[bucket]; key != removed && key != null; key = key.next) {
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
    @Nullable WaitedKey[] old = buckets;
    buckets = new @Nullable WaitedKey[old.length * 2];
    for (WaitedKey bucket : old) {
      WaitedKey key = bucket;
      while (key != null) {
        WaitedKey next = key.next;
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

  /** Forgets everybody; their clients are not told. */
  @Override
  public void close() {
    for (WaitedKey bucket : buckets) {
      for (WaitedKey key = bucket; key != null; key = key.next) {
        memory.free(key.address);
      }
    }
    buckets = new @Nullable WaitedKey[INITIAL_BUCKETS];
    ready.clear();
    keys = 0;
  }
}
