package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * Changes to hashes in their large form, a dict of {@link FieldItem}s: fields set, removed, made to
 * expire. Every method returns the entry, which may have moved.
 *
 * <p>Owned by: executor thread.
 */
final class FieldTable {
  private final SlabAllocator memory;
  private final ItemTable table;
  private final FieldExpiry expiry;
  private boolean changed;

  FieldTable(SlabAllocator memory, ItemTable table, FieldExpiry expiry) {
    this.memory = memory;
    this.table = table;
    this.expiry = expiry;
  }

  /** Sets a field; {@link #changed} tells whether it is new. Returns the entry. */
  long set(
      Database database,
      long entry,
      long hash,
      long fieldAddress,
      int fieldLength,
      long valueAddress,
      int valueLength,
      boolean keepExpiry) {
    database.aboutToChange(hash);
    table.open(entry);
    long fieldHash = Memory.hash(fieldAddress, fieldLength);
    long item = findUnlessPast(database, entry, fieldAddress, fieldLength, fieldHash);
    changed = item == 0;
    long before = item == 0 ? FieldItem.NO_EXPIRY : FieldItem.expireAt(item);
    long expireAt = keepExpiry ? before : FieldItem.NO_EXPIRY;
    if (item != 0 && before == expireAt && FieldItem.valueLength(item) == valueLength) {
      table.dict.aboutToChange(fieldHash);
      FieldItem.overwriteValue(item, valueAddress, valueLength);
      return entry;
    }
    long fresh =
        FieldItem.create(memory, fieldAddress, fieldLength, valueAddress, valueLength, expireAt);
    if (item == 0) {
      table.insert(fresh, fieldHash);
    } else {
      table.replace(item, fresh, fieldHash);
    }
    table.store(entry);
    if (before != expireAt) {
      FieldExpiry.gone(entry);
    }
    return settled(database, entry, hash);
  }

  /** Finds an item of the open table; one past its expiry is deleted on the way, or not found. */
  private long findUnlessPast(
      Database database, long entry, long fieldAddress, int fieldLength, long fieldHash) {
    long item = table.dict.find(fieldAddress, fieldLength, fieldHash);
    if (item == 0 || !expiry.isPast(item)) {
      return item;
    }
    if (expiry.deleteMet(database, entry, item)) {
      table.store(entry);
      return 0;
    }
    return item;
  }

  /** The entry in its plainest form: no field of it may expire any more. */
  private long settled(Database database, long entry, long hash) {
    if (!Entry.hasExpiringFields(entry) || FieldExpiry.count(entry) > 0) {
      return entry;
    }
    database.encode(entry, hash, HashType.TABLE, true);
    return database.resizeInline(entry, hash, ItemTable.STATE_BYTES);
  }

  /** Removes a field; {@link #changed} tells whether it was there. Returns the entry. */
  long remove(Database database, long entry, long hash, long fieldAddress, int fieldLength) {
    database.aboutToChange(hash);
    table.open(entry);
    long fieldHash = Memory.hash(fieldAddress, fieldLength);
    long item = findUnlessPast(database, entry, fieldAddress, fieldLength, fieldHash);
    changed = item != 0;
    if (changed) {
      boolean expires = FieldItem.expireAt(item) != FieldItem.NO_EXPIRY;
      table.removeItem(item);
      table.store(entry);
      if (expires) {
        FieldExpiry.gone(entry);
      }
    }
    return settled(database, entry, hash);
  }

  /** What the last {@link #set} or {@link #remove} did: whether the number of fields changed. */
  boolean changed() {
    return changed;
  }

  /**
   * Sets when a field expires that is there, or with {@link FieldItem#NO_EXPIRY} that it does not.
   * Returns the entry.
   */
  long expire(
      Database database, long entry, long hash, long fieldAddress, int fieldLength, long atMillis) {
    database.aboutToChange(hash);
    long current = withExpiringFields(database, entry, hash);
    table.open(current);
    long fieldHash = Memory.hash(fieldAddress, fieldLength);
    long item = table.dict.find(fieldAddress, fieldLength, fieldHash);
    long before = FieldItem.expireAt(item);
    if (before != FieldItem.NO_EXPIRY && atMillis != FieldItem.NO_EXPIRY) {
      table.dict.aboutToChange(fieldHash);
      FieldItem.overwriteExpiry(item, atMillis);
      FieldExpiry.set(current, atMillis, 0);
      return current;
    }
    if (before != atMillis) {
      table.replace(item, twin(item, atMillis), fieldHash);
      table.store(current);
      if (atMillis == FieldItem.NO_EXPIRY) {
        FieldExpiry.gone(current);
      } else {
        FieldExpiry.set(current, atMillis, 1);
      }
    }
    return settled(database, current, hash);
  }

  /** A copy of an item with another expiry. */
  private long twin(long item, long expireAt) {
    return FieldItem.create(
        memory,
        FieldItem.fieldAddress(item),
        FieldItem.fieldLength(item),
        FieldItem.valueAddress(item),
        FieldItem.valueLength(item),
        expireAt);
  }

  private static long withExpiringFields(Database database, long entry, long hash) {
    if (Entry.hasExpiringFields(entry)) {
      return entry;
    }
    long current = database.resizeInline(entry, hash, FieldExpiry.STATE_BYTES);
    FieldExpiry.begin(current);
    database.encode(current, hash, Entry.FIELDS_EXPIRE, true);
    return current;
  }

  /** Deletes some of the fields past their expiry, and the key with the last. */
  int expireSome(Database database, long entry, int effort) {
    int expired = expiry.expireSome(database, entry, effort);
    if (expired > 0) {
      long hash = Memory.hash(Entry.keyAddress(entry), Entry.keyLength(entry));
      if (ItemTable.size(entry) == 0) {
        database.delete(entry, hash);
      } else {
        settled(database, entry, hash);
      }
    }
    return expired;
  }

  /** Gives a copy items of its own. */
  void duplicate(long from, long to) {
    ItemTable copy = new ItemTable(memory, FieldItem.KEYS, table.walks());
    copy.create(ItemTable.size(from));
    table.open(from);
    table.dict.forEach(item -> {
      long twin = twin(item, FieldItem.expireAt(item));
      copy.insert(twin, FieldItem.KEYS.hash(twin));
    });
    copy.store(to);
    if (Entry.hasExpiringFields(to)) {
      FieldExpiry.restart(to);
    }
  }
}
