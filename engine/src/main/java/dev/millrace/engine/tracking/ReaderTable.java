package dev.millrace.engine.tracking;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import java.util.random.RandomGenerator;

/**
 * Which clients have read which keys since they were told last. It lies off-heap like the keys
 * themselves, and grows without a pause.
 *
 * <pre>
 * entry: 0 int key length   4 int clients   8 int room for clients   12 int -
 *        16 long client numbers, rising   then the key
 * </pre>
 *
 * <p>Owned by: executor thread.
 */
final class ReaderTable implements AutoCloseable {
  private static final int CLIENTS = 16;
  private static final int FIRST_ROOM = 1;

  private final SlabAllocator memory;
  private final Dict dict;
  private long items;
  private long cursor;

  ReaderTable(SlabAllocator memory) {
    this.memory = memory;
    this.dict =
        new Dict(
            memory,
            new Dict.Keys() {
              @Override
              public boolean matches(long entry, long keyAddress, int keyLength) {
                return keyLength(entry) == keyLength
                    && Memory.equal(keyAddress(entry), keyAddress, keyLength);
              }

              @Override
              public long hash(long entry) {
                return Memory.hash(keyAddress(entry), keyLength(entry));
              }
            });
  }

  /** Keys somebody has read. */
  long keys() {
    return dict.size();
  }

  /** Pairs of a key and a client. */
  long items() {
    return items;
  }

  /** Notes that a client has read a key. */
  void add(long key, int length, long hash, long client) {
    long entry = dict.find(key, length, hash);
    if (entry == 0) {
      entry = create(key, length, FIRST_ROOM);
      dict.insert(entry, hash);
    }
    int count = clients(entry);
    int at = position(entry, client);
    if (at < count && client(entry, at) == client) {
      return;
    }
    if (count == room(entry)) {
      entry = enlarge(entry, hash);
    }
    long place = entry + CLIENTS + 8L * at;
    for (int i = count; i > at; i--) {
      Memory.putLong(entry + CLIENTS + 8L * i, client(entry, i - 1));
    }
    Memory.putLong(place, client);
    Memory.putInt(entry + 4, count + 1);
    items++;
  }

  /** The place of a client among the numbers of an entry, or where it would stand. */
  private static int position(long entry, long client) {
    int low = 0;
    int high = clients(entry);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (client(entry, middle) < client) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Takes a key out; returns its entry, to be read and given to {@link #free}, or 0. */
  long take(long key, int length, long hash) {
    long entry = dict.remove(key, length, hash);
    if (entry != 0) {
      items -= clients(entry);
    }
    return entry;
  }

  /** Takes some key out, or returns 0. */
  long takeAny(RandomGenerator random) {
    long entry = dict.randomEntry(random);
    if (entry != 0) {
      dict.removeEntry(entry, Memory.hash(keyAddress(entry), keyLength(entry)));
      items -= clients(entry);
    }
    return entry;
  }

  void free(long entry) {
    memory.free(entry);
  }

  static long keyAddress(long entry) {
    return entry + CLIENTS + 8L * room(entry);
  }

  static int keyLength(long entry) {
    return Memory.getInt(entry);
  }

  static int clients(long entry) {
    return Memory.getInt(entry + 4);
  }

  static long client(long entry, int index) {
    return Memory.getLong(entry + CLIENTS + 8L * index);
  }

  private static int room(long entry) {
    return Memory.getInt(entry + 8);
  }

  private long create(long key, int length, int room) {
    long entry = memory.allocate(CLIENTS + 8L * room + length);
    Memory.putInt(entry, length);
    Memory.putInt(entry + 4, 0);
    Memory.putInt(entry + 8, room);
    Memory.putInt(entry + 12, 0);
    Memory.copy(key, entry + CLIENTS + 8L * room, length);
    return entry;
  }

  private long enlarge(long entry, long hash) {
    int count = clients(entry);
    long larger = create(keyAddress(entry), keyLength(entry), room(entry) * 2);
    Memory.copy(entry + CLIENTS, larger + CLIENTS, 8L * count);
    Memory.putInt(larger + 4, count);
    dict.replace(entry, larger, hash);
    memory.free(entry);
    return larger;
  }

  /** Forgets the keys of some buckets; returns whether more are left. */
  boolean clearSome(int buckets) {
    for (int i = 0; i < buckets && dict.size() > 0; i++) {
      cursor =
          dict.scan(
              cursor,
              entry -> {
                dict.removeEntry(entry, Memory.hash(keyAddress(entry), keyLength(entry)));
                items -= clients(entry);
                memory.free(entry);
              });
    }
    return dict.size() > 0;
  }

  @Override
  public void close() {
    while (clearSome(1)) {
      // Goes on until nothing is left.
    }
    dict.close();
  }
}
