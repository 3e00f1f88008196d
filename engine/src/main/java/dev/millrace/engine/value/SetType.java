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
import dev.millrace.engine.struct.Intset;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;
import java.util.random.RandomGenerator;

/**
 * Sets. One of numbers only, up to {@code set-max-intset-entries}, is an intset; another small one
 * is a listpack of its members, which to clients is a hashtable, as it would be in Redis 7.0; a
 * large one is a dict of {@link MemberItem}s. A set never goes back to a smaller form.
 *
 * <p>A set is never empty: who removes the last member deletes the key. A method that returns an
 * entry may have moved it. Members passed in must not lie inside the set that is changed.
 *
 * <p>Owned by: executor thread.
 */
public final class SetType implements StoredType {
  static final int INTSET = 0;
  static final int LISTPACK = 1;
  static final int TABLE = 2;

  /** The most members of a listpack. */
  static final int LISTPACK_MEMBERS = 128;

  /** The longest member of a listpack. */
  static final int LISTPACK_MEMBER_BYTES = 64;

  private static final long INTSET_MEMBERS_MAX = 1 << 27;

  private final SlabAllocator memory;
  private final EncodingSettings settings;
  private final RandomGenerator random;
  private final Packed packed;
  private final ItemTable table;

  /** A second one, so that one set may be looked up in while another is walked. */
  private final ItemTable walked;

  private final SetRdb rdb;

  /** Room for the text of a number. */
  private final long text;

  private final Element shown = new Element();
  private final EntryVisitor showItem = this::showItem;
  private MemberVisitor visitor = member -> {};
  private boolean changed;

  SetType(
      SlabAllocator memory,
      EncodingSettings settings,
      Keyspace keyspace,
      Region scratch,
      DictWalks walks) {
    this.memory = memory;
    this.settings = settings;
    this.random = keyspace.random();
    this.packed = new Packed(memory);
    this.table = new ItemTable(memory, MemberItem.KEYS, walks);
    this.walked = new ItemTable(memory, MemberItem.KEYS, walks);
    this.rdb = new SetRdb(this);
    this.text = scratch.address();
  }

  // Reading

  /** The table of a large set, to be walked. */
  ItemTable table() {
    return table;
  }

  /** Number of members. */
  public long size(long entry) {
    return switch (Entry.encoding(entry)) {
      case INTSET -> Intset.count(Packed.address(entry));
      case LISTPACK -> Listpack.count(Packed.address(entry));
      default -> ItemTable.size(entry);
    };
  }

  public boolean contains(long entry, long address, int length) {
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        return Decimal.isLong(address, length)
            && Intset.contains(Packed.address(entry), Decimal.parse(address, length));
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        return Listpack.find(lp, Listpack.first(lp), address, length, 0) != 0;
      }
      default -> {
        table.open(entry);
        return table.find(address, length) != 0;
      }
    }
  }

  /** As {@link #contains(long, long, int)}, for a member of another set. */
  public boolean contains(long entry, Element member) {
    if (!member.isInteger()) {
      return contains(entry, member.address(), member.length());
    }
    long number = member.integer();
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        return Intset.contains(Packed.address(entry), number);
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        return Listpack.findInteger(lp, Listpack.first(lp), number, 0) != 0;
      }
      default -> {
        table.open(entry);
        return table.find(text, Decimal.format(number, text)) != 0;
      }
    }
  }

  /** Shows every member: numbers of an intset in ascending order, others in none. */
  public void forEach(long entry, MemberVisitor to) {
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        long set = Packed.address(entry);
        int count = Intset.count(set);
        for (int i = 0; i < count; i++) {
          shown.number(Intset.get(set, i));
          to.visit(shown);
        }
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
          Listpack.read(lp, pos, shown);
          to.visit(shown);
        }
      }
      default -> {
        visitor = to;
        walked.open(entry);
        walked.dict.forEach(showItem);
      }
    }
  }

  private void showItem(long item) {
    shown.string(MemberItem.address(item), MemberItem.length(item));
    visitor.visit(shown);
  }

  /**
   * One step of a scan that meets every member present throughout it at least once; a small set is
   * shown in one step.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long entry, long cursor, MemberVisitor to) {
    if (Entry.encoding(entry) != TABLE) {
      forEach(entry, to);
      return 0;
    }
    visitor = to;
    walked.open(entry);
    return walked.dict.scan(cursor, showItem);
  }

  /** Draws a member at random, every one with about the same chance. */
  public void random(long entry, Element member) {
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        long set = Packed.address(entry);
        member.number(Intset.get(set, random.nextInt(Intset.count(set))));
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        Listpack.read(lp, Listpack.seek(lp, random.nextInt(Listpack.count(lp))), member);
      }
      default -> {
        table.open(entry);
        long item = table.randomItem(random);
        member.string(MemberItem.address(item), MemberItem.length(item));
      }
    }
  }

  /** Shows so many different members drawn at random, or all when there are not more. */
  public void sample(long entry, long count, MemberVisitor to) {
    long size = size(entry);
    if (count >= size) {
      forEach(entry, to);
    } else if (Entry.encoding(entry) == TABLE) {
      visitor = to;
      walked.open(entry);
      Sample.of(walked.dict, count, random, showItem);
    } else {
      long[] left = {size, count};
      forEach(
          entry,
          member -> {
            if (random.nextLong(left[0]--) < left[1]) {
              left[1]--;
              to.visit(member);
            }
          });
    }
  }

  // Changing

  /**
   * A new set under a key that is absent, still empty; the member it is made for must follow.
   *
   * @return the entry
   */
  public long create(
      Database database, long keyAddress, int keyLength, long hash, long address, int length) {
    boolean number = Decimal.isLong(address, length);
    return create(database, keyAddress, keyLength, hash, number, Database.NO_EXPIRY);
  }

  long create(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      boolean ofNumbers,
      long expireAt) {
    int encoding = ofNumbers ? INTSET : LISTPACK;
    int bytes = ofNumbers ? Intset.EMPTY_BYTES : Listpack.EMPTY_BYTES;
    long entry =
        database.put(keyAddress, keyLength, hash, Entry.SET, encoding, false, bytes, expireAt);
    if (ofNumbers) {
      Intset.create(Entry.inlineAddress(entry));
    } else {
      Listpack.create(Entry.inlineAddress(entry));
    }
    return entry;
  }

  /**
   * Adds a member; {@link #changed} tells whether it is new.
   *
   * @return the entry
   */
  public long add(Database database, long entry, long hash, long address, int length) {
    long current = entry;
    if (Entry.encoding(current) == INTSET) {
      if (Decimal.isLong(address, length)) {
        return addNumber(database, current, hash, Decimal.parse(address, length));
      }
      current = convertIntset(database, current, hash, length);
    }
    if (Entry.encoding(current) == LISTPACK) {
      long lp = Packed.address(current);
      changed = Listpack.find(lp, Listpack.first(lp), address, length, 0) == 0;
      if (!changed) {
        return current;
      }
      if (length <= LISTPACK_MEMBER_BYTES && Listpack.count(lp) < LISTPACK_MEMBERS) {
        int bytes = Listpack.bytes(lp);
        int growth = Listpack.encodedBytes(address, length);
        current = packed.reserve(database, current, hash, bytes, bytes + growth);
        lp = Packed.address(current);
        Listpack.insert(lp, Listpack.end(lp), address, length);
        return current;
      }
      current = convertToTable(database, current, hash);
    }
    database.aboutToChange(hash);
    table.open(current);
    changed = addTo(table, address, length);
    table.store(current);
    return current;
  }

  private boolean addTo(ItemTable to, long address, int length) {
    long memberHash = Memory.hash(address, length);
    if (to.dict.find(address, length, memberHash) != 0) {
      return false;
    }
    to.insert(MemberItem.create(memory, address, length), memberHash);
    return true;
  }

  private long addNumber(Database database, long entry, long hash, long number) {
    long set = Packed.address(entry);
    int place = Intset.find(set, number);
    changed = place < 0;
    if (!changed) {
      return entry;
    }
    int bytes = Intset.bytes(set);
    int needed = Intset.bytesWith(set, number);
    long grown = packed.reserve(database, entry, hash, bytes, needed);
    set = Packed.address(grown);
    Intset.add(set, place, number);
    return Intset.count(set) > numbersMax()
        ? convertIntset(database, grown, hash, Decimal.MAX_LENGTH)
        : grown;
  }

  /** How many members an intset may have. */
  long numbersMax() {
    return Math.min(settings.setMaxIntsetEntries.value(), INTSET_MEMBERS_MAX);
  }

  /**
   * Removes a member; {@link #changed} tells whether it was there. Who removes the last one deletes
   * the key.
   *
   * @return the entry
   */
  public long remove(Database database, long entry, long hash, long address, int length) {
    changed = false;
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        return Decimal.isLong(address, length)
            ? removeNumber(database, entry, hash, Decimal.parse(address, length))
            : entry;
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        int pos = Listpack.find(lp, Listpack.first(lp), address, length, 0);
        return removeAt(database, entry, hash, pos);
      }
      default -> {
        database.aboutToChange(hash);
        table.open(entry);
        changed = table.remove(address, length);
        table.store(entry);
        return entry;
      }
    }
  }

  /** As {@link #remove(Database, long, long, long, int)}; the member may lie inside the set. */
  public long remove(Database database, long entry, long hash, Element member) {
    if (!member.isInteger()) {
      return remove(database, entry, hash, member.address(), member.length());
    }
    changed = false;
    switch (Entry.encoding(entry)) {
      case INTSET -> {
        return removeNumber(database, entry, hash, member.integer());
      }
      case LISTPACK -> {
        long lp = Packed.address(entry);
        int pos = Listpack.findInteger(lp, Listpack.first(lp), member.integer(), 0);
        return removeAt(database, entry, hash, pos);
      }
      default -> {
        return remove(database, entry, hash, text, member.copyTo(text));
      }
    }
  }

  private long removeNumber(Database database, long entry, long hash, long number) {
    long set = Packed.address(entry);
    int index = Intset.find(set, number);
    changed = index >= 0;
    if (!changed) {
      return entry;
    }
    database.aboutToChange(hash);
    Intset.remove(set, index);
    return packed.shrink(database, entry, hash, Intset.bytes(set));
  }

  private long removeAt(Database database, long entry, long hash, int pos) {
    changed = pos != 0;
    if (!changed) {
      return entry;
    }
    long lp = Packed.address(entry);
    database.aboutToChange(hash);
    Listpack.remove(lp, pos, 1);
    return packed.shrink(database, entry, hash, Listpack.bytes(lp));
  }

  /** What the last {@link #add} or {@link #remove} did: whether the set is another now. */
  public boolean changed() {
    return changed;
  }

  /** A set that belongs to no key. */
  public MemberSet collect() {
    return new MemberSet(memory);
  }

  /**
   * Makes a collected set that is not empty the value of a key, in place of whatever it held, and
   * takes it out of {@code from}.
   *
   * @return the entry
   */
  public long store(MemberSet from, Database database, long keyAddress, int keyLength, long hash) {
    long entry;
    if (from.wasNumbersOnly(numbersMax())) {
      entry = create(database, keyAddress, keyLength, hash, true, Database.NO_EXPIRY);
    } else if (from.size() <= LISTPACK_MEMBERS && from.longest() <= LISTPACK_MEMBER_BYTES) {
      entry = create(database, keyAddress, keyLength, hash, false, Database.NO_EXPIRY);
    } else {
      entry =
          database.put(
              keyAddress,
              keyLength,
              hash,
              Entry.SET,
              TABLE,
              true,
              ItemTable.STATE_BYTES,
              Database.NO_EXPIRY);
      from.table.store(entry);
      from.handedOver();
      return entry;
    }
    long[] current = {entry};
    from.forEach(
        member -> current[0] = add(database, current[0], hash, member.address(), member.length()));
    return current[0];
  }

  // Conversions

  /**
   * Turns an intset into a listpack when it fits one with a member of this length, else a table.
   */
  private long convertIntset(Database database, long entry, long hash, int memberLength) {
    long set = Packed.address(entry);
    int count = Intset.count(set);
    if (count >= LISTPACK_MEMBERS || memberLength > LISTPACK_MEMBER_BYTES) {
      return convertToTable(database, entry, hash);
    }
    database.aboutToChange(hash);
    int bytes = Listpack.EMPTY_BYTES;
    for (int i = 0; i < count; i++) {
      bytes += Listpack.encodedBytes(Intset.get(set, i));
    }
    long lp = memory.allocate(bytes);
    Listpack.create(lp);
    for (int i = 0; i < count; i++) {
      Listpack.insert(lp, Listpack.end(lp), Intset.get(set, i));
    }
    boolean outside = Entry.isExternal(entry);
    database.encode(entry, hash, LISTPACK, false);
    long converted = database.resizeInline(entry, hash, bytes);
    Memory.copy(lp, Entry.inlineAddress(converted), bytes);
    memory.free(lp);
    if (outside) {
      memory.free(set);
    }
    return converted;
  }

  /** Turns a small set into a table. */
  private long convertToTable(Database database, long entry, long hash) {
    database.aboutToChange(hash);
    table.create(size(entry));
    forEach(
        entry,
        member -> {
          if (member.isInteger()) {
            addTo(table, text, member.copyTo(text));
          } else {
            addTo(table, member.address(), member.length());
          }
        });
    if (Entry.isExternal(entry)) {
      packed.free(entry);
    }
    database.encode(entry, hash, TABLE, true);
    long converted = database.resizeInline(entry, hash, ItemTable.STATE_BYTES);
    table.store(converted);
    return converted;
  }

  /** A set of these numbers under a key that is absent, in the form the settings ask for. */
  long adoptIntset(
      Database database, long keyAddress, int keyLength, long hash, long set, long expireAt) {
    long entry =
        packed.create(
            database,
            keyAddress,
            keyLength,
            hash,
            Entry.SET,
            INTSET,
            set,
            Intset.bytes(set),
            expireAt);
    return Intset.count(set) > numbersMax()
        ? convertIntset(database, entry, hash, Decimal.MAX_LENGTH)
        : entry;
  }

  /** Writes the text of a number to where it may stay until the next call here. */
  long numberText(long number) {
    Decimal.format(number, text);
    return text;
  }

  // As a type of value

  @Override
  public String name() {
    return "set";
  }

  @Override
  public String encodingName(long entry) {
    return Entry.encoding(entry) == INTSET ? "intset" : "hashtable";
  }

  @Override
  public long externalBytes(long entry) {
    return Entry.encoding(entry) == TABLE
        ? table.externalBytes(entry)
        : packed.externalBytes(entry);
  }

  @Override
  public long freeEffort(long entry) {
    return Entry.encoding(entry) == TABLE ? ItemTable.size(entry) : 1;
  }

  @Override
  public long membersDict(long entry) {
    return Entry.encoding(entry) == TABLE ? Entry.inlineAddress(entry) : 0;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    if (Entry.encoding(entry) == TABLE) {
      return table.freeSome(entry, effort);
    }
    packed.free(entry);
    return false;
  }

  @Override
  public void duplicate(long from, long to) {
    if (Entry.encoding(from) != TABLE) {
      long value = Packed.address(from);
      boolean numbers = Entry.encoding(from) == INTSET;
      packed.duplicate(from, to, numbers ? Intset.bytes(value) : Listpack.bytes(value));
      return;
    }
    table.create(ItemTable.size(from));
    walked.open(from);
    walked.dict.forEach(item -> addTo(table, MemberItem.address(item), MemberItem.length(item)));
    table.store(to);
  }

  @Override
  public void save(long entry, ValueSink to) {
    rdb.save(entry, to);
  }

  @Override
  public boolean isSavedInSlices(long entry) {
    return Entry.encoding(entry) == TABLE && ItemTable.size(entry) > StoredType.SAVED_AT_ONCE;
  }

  @Override
  public Walk startSaving(long entry, ValueSink to) {
    return rdb.startSaving(entry, to);
  }

  @Override
  public boolean reads(int rdbType) {
    return SetRdb.reads(rdbType);
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
