package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;
import java.util.random.RandomGenerator;

/**
 * Hashes. A small one is a listpack of field, value, field, value in order of insertion ({@link
 * Packed}); a large one is a dict of {@link FieldItem}s ({@link ItemTable}). The bounds are {@code
 * hash-max-listpack-entries} and {@code hash-max-listpack-value}; a hash that became large stays
 * so.
 *
 * <p>A hash is never empty: who removes the last field deletes the key. A method that returns an
 * entry may have moved it. Fields and values passed in must not lie inside the hash.
 *
 * <p>Owned by: executor thread.
 */
public final class HashType implements StoredType {
  static final int LISTPACK = 0;
  static final int TABLE = 1;

  /** For a field that does not expire. */
  public static final long NO_EXPIRY = FieldItem.NO_EXPIRY;

  /** What {@link #expireAt} answers for a field that is not there. */
  public static final long NO_FIELD = -2;

  /** No listpack grows beyond it, whatever the settings say. */
  private static final long LISTPACK_BYTES_MAX = 1 << 30;

  private static final int RANDOM_TRIES = 100;

  private final SlabAllocator memory;
  private final EncodingSettings settings;
  private final RandomGenerator random;
  private final Packed packed;
  private final ItemTable table;
  private final FieldExpiry expiry;
  private final FieldTable large;
  private final HashRdb rdb;

  /** Room for the text of a number. */
  private final long text;

  private final Element scratch = new Element();
  private final Element shownField = new Element();
  private final Element shownValue = new Element();
  private final EntryVisitor showItem = this::showItem;
  private FieldVisitor visitor = (field, value) -> {};
  private boolean changed;

  HashType(
      SlabAllocator memory,
      EncodingSettings settings,
      Keyspace keyspace,
      Region scratch,
      DictWalks walks) {
    this.memory = memory;
    this.settings = settings;
    this.random = keyspace.random();
    this.packed = new Packed(memory);
    this.table = new ItemTable(memory, FieldItem.KEYS, walks);
    this.expiry = new FieldExpiry(keyspace, table);
    this.large = new FieldTable(memory, table, expiry);
    this.rdb = new HashRdb(this, memory);
    this.text = scratch.address();
  }

  // Reading

  /** Number of fields; those past their expiry that were not met yet are among them. */
  public long length(long entry) {
    return isTable(entry) ? ItemTable.size(entry) : Listpack.count(Packed.address(entry)) / 2;
  }

  /** Number of fields that {@link #forEach} shows. */
  public long shownLength(long entry) {
    if (!expiry.isDue(entry)) {
      return length(entry);
    }
    table.open(entry);
    return expiry.shownLength();
  }

  /**
   * Looks a field up.
   *
   * @param value where its value is put; it holds until the hash changes
   * @return whether the field is there
   */
  public boolean get(long entry, long fieldAddress, int fieldLength, Element value) {
    if (isTable(entry)) {
      table.open(entry);
      long item = table.find(fieldAddress, fieldLength);
      if (item == 0 || expiry.isPast(item)) {
        return false;
      }
      value.string(FieldItem.valueAddress(item), FieldItem.valueLength(item));
      return true;
    }
    long lp = Packed.address(entry);
    int pos = Listpack.find(lp, Listpack.first(lp), fieldAddress, fieldLength, 1);
    if (pos == 0) {
      return false;
    }
    Listpack.read(lp, Listpack.next(lp, pos), value);
    return true;
  }

  public boolean contains(long entry, long fieldAddress, int fieldLength) {
    return get(entry, fieldAddress, fieldLength, scratch);
  }

  /** Shows every field: of a small hash in order of insertion, of a large one in none. */
  public void forEach(long entry, FieldVisitor to) {
    if (isTable(entry)) {
      visitor = to;
      table.open(entry);
      table.dict.forEach(showItem);
      return;
    }
    long lp = Packed.address(entry);
    for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
      pos = readPair(lp, pos);
      to.visit(shownField, shownValue);
    }
  }

  private int readPair(long lp, int pos) {
    Listpack.read(lp, pos, shownField);
    int valuePos = Listpack.next(lp, pos);
    Listpack.read(lp, valuePos, shownValue);
    return valuePos;
  }

  /** The table of a large hash, to be walked. */
  ItemTable table() {
    return table;
  }

  /** Shows every item of a large hash, those past their expiry too. */
  void forEachItem(long entry, EntryVisitor to) {
    table.open(entry);
    table.dict.forEach(to);
  }

  private void showItem(long item) {
    if (!expiry.isPast(item)) {
      readItem(item, shownField, shownValue);
      visitor.visit(shownField, shownValue);
    }
  }

  private static void readItem(long item, Element field, Element value) {
    field.string(FieldItem.fieldAddress(item), FieldItem.fieldLength(item));
    value.string(FieldItem.valueAddress(item), FieldItem.valueLength(item));
  }

  /**
   * One step of a scan that meets every field present throughout it at least once; a small hash is
   * shown in one step.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long entry, long cursor, FieldVisitor to) {
    if (!isTable(entry)) {
      forEach(entry, to);
      return 0;
    }
    visitor = to;
    table.open(entry);
    return table.dict.scan(cursor, showItem);
  }

  /**
   * Draws a field at random, every one with about the same chance.
   *
   * @return false when none is shown
   */
  public boolean random(long entry, Element field, Element value) {
    if (!isTable(entry)) {
      long lp = Packed.address(entry);
      int pos = Listpack.seek(lp, 2L * random.nextInt(Listpack.count(lp) / 2));
      Listpack.read(lp, pos, field);
      Listpack.read(lp, Listpack.next(lp, pos), value);
      return true;
    }
    table.open(entry);
    for (int tries = 0; tries < RANDOM_TRIES; tries++) {
      long item = table.randomItem(random);
      if (!expiry.isPast(item)) {
        readItem(item, field, value);
        return true;
      }
    }
    long[] left = {expiry.shownLength()};
    long wanted = left[0] == 0 ? 0 : random.nextLong(left[0]);
    boolean found = left[0] > 0;
    table.dict.forEach(item -> {
      if (!expiry.isPast(item) && --left[0] == wanted) {
        readItem(item, field, value);
      }
    });
    return found;
  }

  /** Shows so many different fields drawn at random, or all when there are not more. */
  public void sample(long entry, long count, FieldVisitor to) {
    boolean due = expiry.isDue(entry);
    long[] left = {shownLength(entry), count};
    if (count >= left[0]) {
      forEach(entry, to);
    } else if (isTable(entry) && !due) {
      visitor = to;
      table.open(entry);
      Sample.of(table.dict, count, random, showItem);
    } else {
      forEach(
          entry,
          (field, value) -> {
            if (random.nextLong(left[0]--) < left[1]) {
              left[1]--;
              to.visit(field, value);
            }
          });
    }
  }

  // Changing

  /**
   * A new hash without fields under a key that is absent; at least one field must follow.
   *
   * @return the entry
   */
  public long create(Database database, long keyAddress, int keyLength, long hash) {
    return create(database, keyAddress, keyLength, hash, Database.NO_EXPIRY);
  }

  long create(Database database, long keyAddress, int keyLength, long hash, long expireAt) {
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.HASH,
            LISTPACK,
            false,
            Listpack.EMPTY_BYTES,
            expireAt);
    Listpack.create(Entry.inlineAddress(entry));
    return entry;
  }

  /**
   * Makes a hash large already if it will not stay small with what is to be set.
   *
   * @param longest length of the longest field or value that comes
   * @param together length of all that come
   * @return the entry
   */
  public long prepare(Database database, long entry, long hash, long longest, long together) {
    if (!isTable(entry) && !fits(entry, longest, together)) {
      return convert(database, entry, hash);
    }
    return entry;
  }

  private boolean fits(long entry, long longest, long together) {
    return longest <= settings.hashMaxListpackValue.value()
        && Listpack.bytes(Packed.address(entry)) + together <= LISTPACK_BYTES_MAX;
  }

  /**
   * Sets a field, which does not expire then; {@link #changed} tells whether it is new.
   *
   * @return the entry
   */
  public long set(
      Database database,
      long entry,
      long hash,
      long fieldAddress,
      int fieldLength,
      long valueAddress,
      int valueLength) {
    return set(database, entry, hash, fieldAddress, fieldLength, valueAddress, valueLength, false);
  }

  private long set(
      Database database,
      long entry,
      long hash,
      long fieldAddress,
      int fieldLength,
      long valueAddress,
      int valueLength,
      boolean keepExpiry) {
    long current =
        prepare(
            database,
            entry,
            hash,
            Math.max(fieldLength, valueLength),
            (long) fieldLength + valueLength);
    if (isTable(current)) {
      long result =
          large.set(
              database,
              current,
              hash,
              fieldAddress,
              fieldLength,
              valueAddress,
              valueLength,
              keepExpiry);
      changed = large.changed();
      return result;
    }
    long lp = Packed.address(current);
    int length = Listpack.bytes(lp);
    int pos = Listpack.find(lp, Listpack.first(lp), fieldAddress, fieldLength, 1);
    changed = pos == 0;
    if (pos != 0) {
      pos = Listpack.next(lp, pos);
      int growth = Listpack.replaceGrowth(lp, pos, valueAddress, valueLength);
      current = packed.reserve(database, current, hash, length, length + Math.max(0, growth));
      Listpack.replace(Packed.address(current), pos, valueAddress, valueLength);
      if (growth < 0) {
        current = packed.shrink(database, current, hash, length + growth);
      }
      return convertIfLong(database, current, hash);
    }
    int growth =
        Listpack.encodedBytes(fieldAddress, fieldLength)
            + Listpack.encodedBytes(valueAddress, valueLength);
    current = packed.reserve(database, current, hash, length, length + growth);
    lp = Packed.address(current);
    Listpack.insert(lp, Listpack.end(lp), fieldAddress, fieldLength);
    Listpack.insert(lp, Listpack.end(lp), valueAddress, valueLength);
    return convertIfLong(database, current, hash);
  }

  /** The limit may have been lowered since: as in Redis, a field that is set again shows it. */
  private long convertIfLong(Database database, long entry, long hash) {
    return length(entry) > settings.hashMaxListpackEntries.value()
        ? convert(database, entry, hash)
        : entry;
  }

  /** Sets a field, new or not, to a number; it keeps its expiry. */
  public long set(
      Database database, long entry, long hash, long fieldAddress, int fieldLength, long number) {
    int length = Decimal.format(number, text);
    return set(database, entry, hash, fieldAddress, fieldLength, text, length, true);
  }

  /** Sets a field, new or not, to a number's text; it keeps its expiry. */
  public long set(
      Database database, long entry, long hash, long fieldAddress, int fieldLength, byte[] value) {
    Memory.put(text, value, 0, value.length);
    return set(database, entry, hash, fieldAddress, fieldLength, text, value.length, true);
  }

  /**
   * Removes a field; {@link #changed} tells whether it was there. Who removes the last one deletes
   * the key.
   *
   * @return the entry
   */
  public long remove(Database database, long entry, long hash, long fieldAddress, int fieldLength) {
    if (isTable(entry)) {
      long result = large.remove(database, entry, hash, fieldAddress, fieldLength);
      changed = large.changed();
      return result;
    }
    long lp = Packed.address(entry);
    int pos = Listpack.find(lp, Listpack.first(lp), fieldAddress, fieldLength, 1);
    changed = pos != 0;
    if (!changed) {
      return entry;
    }
    database.aboutToChange(hash);
    Listpack.remove(lp, pos, 2);
    return packed.shrink(database, entry, hash, Listpack.bytes(lp));
  }

  /** What the last {@link #set} or {@link #remove} did: whether the number of fields changed. */
  public boolean changed() {
    return changed;
  }

  // Fields that expire

  /** Sets who hears of fields that are deleted because they expired. */
  public void onFieldExpired(FieldExpiredListener listener) {
    expiry.onExpired(listener);
  }

  /**
   * When a field expires, in Unix milliseconds, {@link #NO_EXPIRY}, or {@link #NO_FIELD} when it is
   * not there.
   */
  public long expireAt(long entry, long fieldAddress, int fieldLength) {
    if (!isTable(entry)) {
      return contains(entry, fieldAddress, fieldLength) ? NO_EXPIRY : NO_FIELD;
    }
    table.open(entry);
    long item = table.find(fieldAddress, fieldLength);
    return item == 0 || expiry.isPast(item) ? NO_FIELD : FieldItem.expireAt(item);
  }

  /**
   * Sets when a field expires that is there, or with {@link #NO_EXPIRY} that it does not.
   *
   * @return the entry
   */
  public long expire(
      Database database, long entry, long hash, long fieldAddress, int fieldLength, long atMillis) {
    if (atMillis == NO_EXPIRY && !Entry.hasExpiringFields(entry)) {
      return entry;
    }
    long current = isTable(entry) ? entry : convert(database, entry, hash);
    return large.expire(database, current, hash, fieldAddress, fieldLength, atMillis);
  }

  @Override
  public int expireSome(Database database, long entry, int effort) {
    return large.expireSome(database, entry, effort);
  }

  /** Turns a small hash into a large one. */
  long convert(Database database, long entry, long hash) {
    database.aboutToChange(hash);
    long lp = Packed.address(entry);
    table.create(Listpack.count(lp) / 2);
    for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
      pos = readPair(lp, pos);
      long item = FieldItem.create(memory, shownField, shownValue, FieldItem.NO_EXPIRY);
      table.insert(item, FieldItem.KEYS.hash(item));
    }
    if (Entry.isExternal(entry)) {
      packed.free(entry);
    }
    database.encode(entry, hash, TABLE, true);
    long converted = database.resizeInline(entry, hash, ItemTable.STATE_BYTES);
    table.store(converted);
    return converted;
  }

  /** A hash of this listpack under a key that is absent, small or large as the settings say. */
  long adopt(Database database, long keyAddress, int keyLength, long hash, long lp, long expireAt) {
    long entry =
        packed.create(
            database,
            keyAddress,
            keyLength,
            hash,
            Entry.HASH,
            LISTPACK,
            lp,
            Listpack.bytes(lp),
            expireAt);
    return convertIfLong(database, entry, hash);
  }

  boolean isTable(long entry) {
    return Entry.encoding(entry) != LISTPACK;
  }

  // As a type of value

  @Override
  public String name() {
    return "hash";
  }

  @Override
  public String encodingName(long entry) {
    return isTable(entry) ? "hashtable" : "listpack";
  }

  @Override
  public long externalBytes(long entry) {
    return isTable(entry) ? table.externalBytes(entry) : packed.externalBytes(entry);
  }

  @Override
  public long freeEffort(long entry) {
    return isTable(entry) ? ItemTable.size(entry) : 1;
  }

  @Override
  public long membersDict(long entry) {
    return Entry.encoding(entry) == TABLE ? Entry.inlineAddress(entry) : 0;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    if (isTable(entry)) {
      return table.freeSome(entry, effort);
    }
    packed.free(entry);
    return false;
  }

  @Override
  public void duplicate(long from, long to) {
    if (!isTable(from)) {
      packed.duplicate(from, to, Listpack.bytes(Packed.address(from)));
      return;
    }
    large.duplicate(from, to);
  }

  @Override
  public void save(long entry, ValueSink to) {
    rdb.save(entry, to);
  }

  @Override
  public boolean isSavedInSlices(long entry) {
    return isTable(entry) && ItemTable.size(entry) > StoredType.SAVED_AT_ONCE;
  }

  @Override
  public Walk startSaving(long entry, ValueSink to) {
    return rdb.startSaving(entry, to);
  }

  @Override
  public boolean reads(int rdbType) {
    return HashRdb.reads(rdbType);
  }

  @Override
  public long load(
      int rdbType,
      ValueSource from,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis)
      throws IOException {
    return rdb.load(rdbType, from, database, keyAddress, keyLength, hash, expireAtMillis);
  }
}
