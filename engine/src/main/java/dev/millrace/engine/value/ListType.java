package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.Quicklist;
import dev.millrace.engine.struct.QuicklistCursor;
import java.io.IOException;

/**
 * Lists. A small one is a listpack inside its key's entry ({@link #PACKED}); one that has outgrown
 * it is a {@link Quicklist}, whose state is the entry's inline value ({@link #QUICKLIST}). To the
 * outside both are a "quicklist", as in Redis 7.0.
 *
 * <p>A list that becomes empty is deleted here: methods that remove return 0 then. Methods that
 * change a list return its entry, which may have moved. Strings passed in must not lie inside the
 * list.
 *
 * <p>Owned by: executor thread.
 */
public final class ListType implements StoredType {
  /** Encoding: one listpack, inside the entry. */
  public static final int PACKED = 0;

  /** Encoding: the state of a quicklist. */
  public static final int QUICKLIST = 1;

  /** The longest listpack kept inside an entry; half of it brings a list back there. */
  private static final int INLINE_BYTES_MAX = 1024;

  /** More nodes than this are not freed at once, but in slices. */
  private static final int NODES_FREED_AT_ONCE = 64;

  private static final int MEASURED_NODES_MAX = 256;

  private final SlabAllocator memory;
  private final EncodingSettings settings;
  private final Quicklist list;

  // What the keyspace asks for may come while a command is in the middle of a change of its own.
  private final Quicklist background;

  private final Quicklist built;
  private final ListLoader loader;
  private final Element element = new Element();
  private final QuicklistCursor cursor = new QuicklistCursor();
  private long removed;

  /** The type, whose lists live in {@code memory}. */
  public ListType(SlabAllocator memory, EncodingSettings settings) {
    this.memory = memory;
    this.settings = settings;
    this.list = new Quicklist(memory);
    this.background = new Quicklist(memory);
    this.built = new Quicklist(memory);
    this.loader = new ListLoader(memory);
  }

  // Reading

  /** Number of elements. */
  public long length(long entry) {
    long inline = Entry.inlineAddress(entry);
    return isPacked(entry) ? Listpack.count(inline) : Quicklist.length(inline);
  }

  /**
   * Puts a cursor on an element, for reading until the next change of any list.
   *
   * @param index from 0 for the first, or from -1 backwards for the last
   */
  public void seek(long entry, long index, QuicklistCursor at) {
    long inline = Entry.inlineAddress(entry);
    if (isPacked(entry)) {
      at.open(inline, index);
    } else {
      list.load(inline);
      at.open(list, index);
    }
  }

  private static boolean isPacked(long entry) {
    return Entry.encoding(entry) == PACKED;
  }

  // Adding

  /**
   * Adds a string at an end.
   *
   * @param entry the list, or 0 when the key is absent: then it is made
   * @return the entry
   */
  public long push(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long entry,
      boolean first,
      long address,
      int length) {
    useLimits();
    int needed = Listpack.encodedBytes(address, length);
    long to = forPush(database, keyAddress, keyLength, hash, entry, needed);
    if (isPacked(to)) {
      long lp = Entry.inlineAddress(to);
      Listpack.insert(lp, endPosition(lp, first), address, length);
    } else {
      list.push(first, address, length);
      list.store(Entry.inlineAddress(to));
    }
    return to;
  }

  /** As the other, for an element read from another list. */
  public long push(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long entry,
      boolean first,
      Element value) {
    return value.isInteger()
        ? push(database, keyAddress, keyLength, hash, entry, first, value.integer())
        : push(
            database, keyAddress, keyLength, hash, entry, first, value.address(), value.length());
  }

  private long push(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long entry,
      boolean first,
      long number) {
    useLimits();
    int needed = Listpack.encodedBytes(number);
    long to = forPush(database, keyAddress, keyLength, hash, entry, needed);
    if (isPacked(to)) {
      long lp = Entry.inlineAddress(to);
      Listpack.insert(lp, endPosition(lp, first), number);
    } else {
      list.push(first, number);
      list.store(Entry.inlineAddress(to));
    }
    return to;
  }

  /** The entry, with room for an element in its listpack, or with its quicklist in use. */
  private long forPush(
      Database database, long keyAddress, int keyLength, long hash, long entry, int needed) {
    if (entry == 0) {
      return create(database, keyAddress, keyLength, hash, needed);
    }
    return isPacked(entry)
        ? growPacked(database, entry, hash, needed, 1)
        : use(database, entry, hash);
  }

  private long create(
      Database database, long keyAddress, int keyLength, long hash, int elementBytes) {
    int bytes = Listpack.EMPTY_BYTES + elementBytes;
    boolean packed = bytes <= INLINE_BYTES_MAX && list.allows(bytes, 1);
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.LIST,
            packed ? PACKED : QUICKLIST,
            !packed,
            packed ? bytes : Quicklist.STATE_BYTES,
            Database.NO_EXPIRY);
    if (packed) {
      Listpack.create(Entry.inlineAddress(entry));
    } else {
      list.create();
    }
    return entry;
  }

  private static int endPosition(long lp, boolean first) {
    int position = first ? Listpack.first(lp) : 0;
    return position == 0 ? Listpack.end(lp) : position;
  }

  /** Makes room in the entry's listpack, or, when it is too much for it, a quicklist of it. */
  private long growPacked(Database database, long entry, long hash, int growth, int more) {
    long lp = Entry.inlineAddress(entry);
    long bytes = (long) Listpack.bytes(lp) + growth;
    if (bytes <= INLINE_BYTES_MAX && list.allows(bytes, Listpack.count(lp) + (long) more)) {
      return database.resizeInline(entry, hash, (int) bytes);
    }
    list.create();
    list.appendListpack(lp);
    long moved = database.resizeInline(entry, hash, Quicklist.STATE_BYTES);
    database.encode(moved, hash, QUICKLIST, true);
    list.store(Entry.inlineAddress(moved));
    return moved;
  }

  private long use(Database database, long entry, long hash) {
    database.aboutToChange(hash);
    list.load(Entry.inlineAddress(entry));
    return entry;
  }

  private void useLimits() {
    list.limits(settings.listMaxListpackSize.value());
  }

  // A new list beside the keyspace

  /** Begins a list under no key: its elements may come from what its key holds still. */
  public void beginBuilding() {
    built.create();
    built.limits(settings.listMaxListpackSize.value());
  }

  /** Adds a last element to the list that was begun. */
  public void build(Element value) {
    if (value.isInteger()) {
      built.push(false, value.integer());
    } else {
      built.push(false, value.address(), value.length());
    }
  }

  /** Puts the list, which is not empty, in the place of whatever the key holds. */
  public void storeBuilt(Database database, long keyAddress, int keyLength, long hash) {
    put(built, database, keyAddress, keyLength, hash, Database.NO_EXPIRY);
  }

  // Changing

  /**
   * LSET.
   *
   * @return the entry, or 0 when there is no such index and nothing has changed
   */
  public long set(Database database, long entry, long hash, long index, long address, int length) {
    seek(entry, index, cursor);
    if (!cursor.isOnElement()) {
      return 0;
    }
    useLimits();
    long to = entry;
    if (isPacked(entry)) {
      long lp = Entry.inlineAddress(entry);
      int growth = Listpack.replaceGrowth(lp, cursor.position(), address, length);
      to = growPacked(database, entry, hash, Math.max(0, growth), 0);
      if (isPacked(to)) {
        Listpack.replace(Entry.inlineAddress(to), cursor.position(), address, length);
        return fit(database, to, hash);
      }
      cursor.movedInto(list);
    } else {
      database.aboutToChange(hash);
    }
    list.replace(cursor, address, length);
    return settle(database, to, hash);
  }

  /**
   * LINSERT: puts a string before or behind the first element that is {@code pivot}.
   *
   * @return the entry, or 0 when there is no such element and nothing has changed
   */
  public long insert(
      Database database,
      long entry,
      long hash,
      boolean before,
      long pivotAddress,
      int pivotLength,
      long address,
      int length) {
    seek(entry, 0, cursor);
    while (cursor.isOnElement() && !isAt(cursor, pivotAddress, pivotLength)) {
      cursor.next();
    }
    if (!cursor.isOnElement()) {
      return 0;
    }
    useLimits();
    long to = entry;
    if (isPacked(entry)) {
      to = growPacked(database, entry, hash, Listpack.encodedBytes(address, length), 1);
      long lp = Entry.inlineAddress(to);
      if (isPacked(to)) {
        int position = cursor.position();
        position += before ? 0 : Listpack.elementBytes(lp, position);
        Listpack.insert(lp, position, address, length);
        return to;
      }
      cursor.movedInto(list);
    } else {
      database.aboutToChange(hash);
    }
    list.insert(cursor, before, address, length);
    list.store(Entry.inlineAddress(to));
    return to;
  }

  private boolean isAt(QuicklistCursor at, long address, int length) {
    at.read(element);
    return element.equalTo(address, length);
  }

  /**
   * LREM: removes elements that are a given string; {@link #removedCount} says how many.
   *
   * @param count at most so many from the first on; negative: from the last back; 0: all
   * @return the entry, or 0 when the list has become empty
   */
  public long removeEqual(
      Database database, long entry, long hash, long count, long address, int length) {
    boolean forward = count >= 0;
    // The smallest number has no opposite, but no list is that long.
    long most = count == 0 || count == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(count);
    removed = 0;
    useLimits();
    seek(entry, forward ? 0 : -1, cursor);
    long lp = isPacked(entry) ? Entry.inlineAddress(entry) : 0;
    while (cursor.isOnElement() && removed < most) {
      if (!isAt(cursor, address, length)) {
        cursor.move(forward);
        continue;
      }
      if (removed == 0) {
        database.aboutToChange(hash);
      }
      removed++;
      if (lp == 0) {
        list.remove(cursor, forward);
      } else {
        cursor.removeFromListpack(forward);
      }
    }
    if (removed == 0) {
      return entry;
    }
    return lp == 0 ? settle(database, entry, hash) : fit(database, entry, hash);
  }

  /** How many elements {@link #removeEqual} removed. */
  public long removedCount() {
    return removed;
  }

  /**
   * Removes elements by index.
   *
   * @param start index of the first, not negative
   * @param count how many, all of them present
   * @return the entry, or 0 when the list has become empty
   */
  public long removeRange(Database database, long entry, long hash, long start, long count) {
    if (count == 0) {
      return entry;
    }
    if (count == length(entry)) {
      database.delete(entry, hash);
      return 0;
    }
    useLimits();
    if (isPacked(entry)) {
      database.aboutToChange(hash);
      long lp = Entry.inlineAddress(entry);
      Listpack.remove(lp, Listpack.seek(lp, start), (int) count);
      return fit(database, entry, hash);
    }
    use(database, entry, hash);
    list.removeRange(start, count);
    return settle(database, entry, hash);
  }

  /** Moves an element from an end to an end of the same list; returns the entry. */
  public long rotate(Database database, long entry, long hash, boolean fromFirst, boolean toFirst) {
    if (fromFirst == toFirst || length(entry) == 1) {
      return entry;
    }
    seek(entry, fromFirst ? 0 : -1, cursor);
    cursor.read(element);
    long copy = 0;
    if (!element.isInteger()) {
      copy = memory.allocate(element.length());
      element.copyTo(copy);
    }
    long number = copy == 0 ? element.integer() : 0;
    int length = element.length();
    long to = removeRange(database, entry, hash, fromFirst ? 0 : length(entry) - 1, 1);
    if (copy == 0) {
      return push(database, 0, 0, hash, to, toFirst, number);
    }
    to = push(database, 0, 0, hash, to, toFirst, copy, length);
    memory.free(copy);
    return to;
  }

  /** Gives back the room of a listpack that has become shorter. */
  private static long fit(Database database, long entry, long hash) {
    long lp = Entry.inlineAddress(entry);
    if (Listpack.first(lp) == 0) {
      database.delete(entry, hash);
      return 0;
    }
    return database.resizeInline(entry, hash, Listpack.bytes(lp));
  }

  /** Ends a change of the quicklist in use that may have made it shorter. */
  private long settle(Database database, long entry, long hash) {
    if (list.hasDetached()) {
      release(database);
    }
    list.store(Entry.inlineAddress(entry));
    if (list.length() == 0) {
      database.delete(entry, hash);
      return 0;
    }
    long lp = list.onlyListpack();
    if (lp == 0 || Listpack.bytes(lp) > INLINE_BYTES_MAX / 2) {
      return entry;
    }
    int bytes = Listpack.bytes(lp);
    long moved = database.resizeInline(entry, hash, bytes);
    database.encode(moved, hash, PACKED, false);
    Memory.copy(lp, Entry.inlineAddress(moved), bytes);
    list.freeSome(1);
    return moved;
  }

  private void release(Database database) {
    if (list.detachedNodes() <= NODES_FREED_AT_ONCE) {
      list.freeDetached();
      return;
    }
    long rest = database.createDetached(Entry.LIST, QUICKLIST, Quicklist.STATE_BYTES);
    list.storeDetached(Entry.inlineAddress(rest));
    database.release(rest);
  }

  // For the keyspace

  @Override
  public String name() {
    return "list";
  }

  @Override
  public String encodingName(long entry) {
    return "quicklist";
  }

  @Override
  public long externalBytes(long entry) {
    background.load(Entry.inlineAddress(entry));
    return background.memoryBytes(MEASURED_NODES_MAX);
  }

  @Override
  public long freeEffort(long entry) {
    return Quicklist.nodes(Entry.inlineAddress(entry)) + 1;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    long state = Entry.inlineAddress(entry);
    background.load(state);
    boolean more = background.freeSome(effort);
    background.store(state);
    return more;
  }

  @Override
  public void duplicate(long from, long to) {
    background.copyOf(Entry.inlineAddress(from));
    background.store(Entry.inlineAddress(to));
  }

  // RDB

  @Override
  public void save(long entry, ValueSink to) {
    ListLoader.save(isPacked(entry), Entry.inlineAddress(entry), to);
  }

  @Override
  public boolean reads(int rdbType) {
    return ListLoader.reads(rdbType);
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
    Quicklist loaded = loader.load(rdbType, from, settings.listMaxListpackSize.value());
    return loaded.length() == 0
        ? 0
        : put(loaded, database, keyAddress, keyLength, hash, expireAtMillis);
  }

  private static long put(
      Quicklist loaded,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis) {
    long lp = loaded.onlyListpack();
    boolean packed = lp != 0 && Listpack.bytes(lp) <= INLINE_BYTES_MAX;
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.LIST,
            packed ? PACKED : QUICKLIST,
            !packed,
            packed ? Listpack.bytes(lp) : Quicklist.STATE_BYTES,
            expireAtMillis);
    if (packed) {
      Memory.copy(lp, Entry.inlineAddress(entry), Listpack.bytes(lp));
      loaded.freeSome(1);
    } else {
      loaded.store(Entry.inlineAddress(entry));
    }
    return entry;
  }
}
