package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.EntryVisitor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The fields of large hashes that expire by themselves: which are past, and their deletion by whom
 * meets them or by active expiry. Behind the table, the inline value of such a hash has
 *
 * <pre>
 *   56                     64                      72                     80
 *   | no field expires     | the same for fields   | where active expiry  | how many fields  |
 *   | before this moment   | passed in this round  | goes on              | expire           |
 * </pre>
 *
 * <p>A field past its expiry is never shown. Where keys past their expiry are deleted when met, so
 * are fields by commands that write, and the deletion is reported before the command's own effect.
 *
 * <p>Owned by: executor thread.
 */
final class FieldExpiry {
  /** Length of the inline value of a hash some of whose fields expire. */
  static final int STATE_BYTES = ItemTable.STATE_BYTES + 32;

  private static final int NEXT = ItemTable.STATE_BYTES;
  private static final int PASSED = NEXT + 8;
  private static final int CURSOR = NEXT + 16;
  private static final int COUNT = NEXT + 24;
  private static final int ITEMS_PER_BUCKET = 4;

  private final Keyspace keyspace;
  private final ItemTable table;
  private final EntryVisitor countShown = this::countShown;
  private final EntryVisitor expireItem = this::expireItem;
  private FieldExpiredListener listener =
      (database, keyAddress, keyLength, fieldAddress, fieldLength) -> {};

  private long shown;

  // The hash that active expiry looks at.
  private @Nullable Database visitedDatabase;
  private long visitedEntry;
  private int expired;

  FieldExpiry(Keyspace keyspace, ItemTable table) {
    this.keyspace = keyspace;
    this.table = table;
  }

  void onExpired(FieldExpiredListener to) {
    listener = to;
  }

  /** Whether an item's field is past its expiry, and so not there for whoever asks. */
  boolean isPast(long item) {
    long at = FieldItem.expireAt(item);
    return at != FieldItem.NO_EXPIRY && keyspace.isPastMoment(at);
  }

  /** Whether a hash may have fields past their expiry. */
  boolean isDue(long entry) {
    return Entry.hasExpiringFields(entry) && keyspace.isPastMoment(next(entry));
  }

  /** Begins the state of a hash that is to have its first field with an expiry. */
  static void begin(long entry) {
    put(entry, NEXT, Long.MAX_VALUE);
    put(entry, COUNT, 0);
    restart(entry);
  }

  /** Lets active expiry begin anew, for a table that is another now. */
  static void restart(long entry) {
    put(entry, PASSED, Long.MAX_VALUE);
    put(entry, CURSOR, 0);
  }

  /** A moment before which no field expires. */
  static long next(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry) + NEXT);
  }

  /** How many fields have an expiry. */
  static long count(long entry) {
    return Memory.getLong(Entry.inlineAddress(entry) + COUNT);
  }

  private static void put(long entry, int offset, long value) {
    Memory.putLong(Entry.inlineAddress(entry) + offset, value);
  }

  /** Notes a field's new expiry; {@code more} is 1 when it had none. */
  static void set(long entry, long at, int more) {
    put(entry, NEXT, Math.min(at, next(entry)));
    long passed = Memory.getLong(Entry.inlineAddress(entry) + PASSED);
    put(entry, PASSED, Math.min(at, passed));
    put(entry, COUNT, count(entry) + more);
  }

  /** Notes that an item with an expiry is gone, or has none any more. */
  static void gone(long entry) {
    put(entry, COUNT, count(entry) - 1);
  }

  /** Number of fields that are shown; the table must be open. */
  long shownLength() {
    shown = 0;
    table.dict.forEach(countShown);
    return shown;
  }

  private void countShown(long item) {
    shown += isPast(item) ? 0 : 1;
  }

  /**
   * Deletes a field that a command met past its expiry, if keys would be deleted so; the table is
   * open and must be stored afterwards.
   *
   * @return whether it was deleted
   */
  boolean deleteMet(Database database, long entry, long item) {
    if (keyspace.expiryMode() != ExpiryMode.DELETE) {
      return false;
    }
    report(database, entry, item);
    table.removeItem(item);
    gone(entry);
    return true;
  }

  private void report(Database database, long entry, long item) {
    listener.expired(
        database,
        Entry.keyAddress(entry),
        Entry.keyLength(entry),
        FieldItem.fieldAddress(item),
        FieldItem.fieldLength(item));
  }

  /** Looks at about so many fields of a hash and deletes those past their expiry. */
  int expireSome(Database database, long entry, int effort) {
    if (!isDue(entry)) {
      return 0;
    }
    database.aboutToChange(Memory.hash(Entry.keyAddress(entry), Entry.keyLength(entry)));
    table.open(entry);
    visitedEntry = entry;
    expired = 0;
    visitedDatabase = database;
    long cursor = Memory.getLong(Entry.inlineAddress(entry) + CURSOR);
    int buckets = Math.max(1, effort / ITEMS_PER_BUCKET);
    do {
      cursor = table.dict.scan(cursor, expireItem);
    } while (cursor != 0 && --buckets > 0);
    put(entry, CURSOR, cursor);
    if (cursor == 0) {
      put(entry, NEXT, Memory.getLong(Entry.inlineAddress(entry) + PASSED));
      put(entry, PASSED, Long.MAX_VALUE);
    }
    visitedDatabase = null;
    table.store(entry);
    return expired;
  }

  private void expireItem(long item) {
    long at = FieldItem.expireAt(item);
    if (at == FieldItem.NO_EXPIRY) {
      return;
    }
    if (keyspace.isPastMoment(at)) {
      report(Objects.requireNonNull(visitedDatabase), visitedEntry, item);
      table.removeItem(item);
      gone(visitedEntry);
      expired++;
    } else {
      long passed = Memory.getLong(Entry.inlineAddress(visitedEntry) + PASSED);
      put(visitedEntry, PASSED, Math.min(at, passed));
    }
  }
}
