package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.Tree;
import dev.millrace.engine.struct.TreeCursor;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;

/**
 * Sorted sets: members, each with a score, in the order of scores and among equal scores of the
 * members' bytes. A small one is a listpack of member, score, member, score ({@link ScoredPack},
 * {@link Packed}); a large one is a dict and a tree with counts over the same items ({@link
 * ScoredTable}), so that ranks cost a descent. The bounds are {@code zset-max-listpack-entries} and
 * {@code zset-max-listpack-value}; a sorted set that became large stays so.
 *
 * <p>A sorted set is never empty: who removes the last member deletes the key. A method that
 * returns an entry may have moved it. Members passed in must not lie inside the sorted set.
 *
 * <p>Ranks count from 0 for the lowest score. Owned by: executor thread.
 */
public final class SortedSetType implements StoredType {
  static final int LISTPACK = 0;
  static final int TABLE = 1;

  /** No listpack grows beyond it, whatever the settings say. */
  private static final long LISTPACK_BYTES_MAX = 1 << 30;

  private final SlabAllocator memory;
  private final EncodingSettings settings;
  private final DictWalks walks;
  private final Packed packed;
  private final ScoredPack pack;
  private final ScoredTable table;
  private final SortedSetRdb rdb;
  private final SortedSetCursor inner;
  private final TreeCursor slot = new TreeCursor();
  private final Element element = new Element();
  private final EntryVisitor showItem = this::showItem;
  private ScoredMemberVisitor visitor = (member, score) -> {};
  private double score;

  SortedSetType(SlabAllocator memory, EncodingSettings settings, DictWalks walks) {
    this.memory = memory;
    this.walks = walks;
    this.settings = settings;
    this.packed = new Packed(memory);
    this.pack = new ScoredPack(memory);
    this.table = new ScoredTable(memory, walks);
    this.rdb = new SortedSetRdb(this, memory, walks);
    this.inner = new SortedSetCursor(pack);
  }

  // Reading

  /** Number of members. */
  public long size(long entry) {
    return isTable(entry) ? ScoredTable.size(entry) : ScoredPack.size(Packed.address(entry));
  }

  /** Whether a member is there; {@link #score()} then tells its score. */
  public boolean find(long entry, long address, int length) {
    if (isTable(entry)) {
      table.open(entry);
      long item = table.find(address, length);
      if (item != 0) {
        score = ScoredItem.score(item);
      }
      return item != 0;
    }
    long lp = Packed.address(entry);
    int pos = ScoredPack.find(lp, address, length);
    if (pos != 0) {
      score = pack.score(lp, pos);
    }
    return pos != 0;
  }

  /** As {@link #find(long, long, int)}, for a member of another value. */
  public boolean find(long entry, Element member) {
    if (!member.isInteger()) {
      return find(entry, member.address(), member.length());
    }
    if (isTable(entry)) {
      long text = memory.allocate(Decimal.MAX_LENGTH);
      boolean found = find(entry, text, member.copyTo(text));
      memory.free(text);
      return found;
    }
    long lp = Packed.address(entry);
    int pos = Listpack.findInteger(lp, Listpack.first(lp), member.integer(), 1);
    if (pos != 0) {
      score = pack.score(lp, pos);
    }
    return pos != 0;
  }

  /** Score of the member that was found last. */
  public double score() {
    return score;
  }

  /** Rank of a member, or -1 when it is not there. */
  public long rank(long entry, long address, int length) {
    if (isTable(entry)) {
      table.open(entry);
      long item = table.find(address, length);
      return item == 0 ? -1 : table.rank(item);
    }
    long lp = Packed.address(entry);
    int pos = ScoredPack.find(lp, address, length);
    return pos == 0 ? -1 : ScoredPack.rank(lp, pos);
  }

  /** Number of members whose score is below a bound, or not above it when {@code orEqual}. */
  public long countBelow(long entry, double bound, boolean orEqual) {
    if (!isTable(entry)) {
      return pack.countBelow(Packed.address(entry), bound, orEqual);
    }
    table.open(entry);
    table.tree.seek(ScoredItem.prefix(bound), orEqual ? Tree.AFTER_ALL : Tree.BEFORE_ALL, slot);
    return slot.rank();
  }

  /**
   * Number of members before a place in the order of members, in a sorted set whose members have
   * one and the same score. Where scores differ the answer means little, as in Redis.
   *
   * @param from that many are known to be before it
   */
  public long countBefore(long entry, MemberPlace place, long from) {
    if (!isTable(entry)) {
      return pack.countBefore(Packed.address(entry), place, from);
    }
    table.open(entry);
    return Math.max(from, table.tree.countBefore(place));
  }

  /** A cursor for sorted sets of this type. */
  public SortedSetCursor cursor() {
    return new SortedSetCursor(pack);
  }

  /** Puts a cursor on the member of a rank; false when there is none. */
  public boolean at(long entry, long rank, SortedSetCursor cursor) {
    if (isTable(entry)) {
      table.open(entry);
      return table.tree.select(rank, cursor.onTree());
    }
    long lp = Packed.address(entry);
    return cursor.onListpack(lp, rank < 0 ? 0 : ScoredPack.at(lp, rank));
  }

  /** Shows every member: of a small sorted set in order, of a large one in none. */
  public void forEach(long entry, ScoredMemberVisitor to) {
    if (isTable(entry)) {
      visitor = to;
      table.open(entry);
      table.dict.forEach(showItem);
      return;
    }
    forEachOfListpack(Packed.address(entry), to);
  }

  private void forEachOfListpack(long lp, ScoredMemberVisitor to) {
    for (int pos = Listpack.first(lp); pos != 0; pos = ScoredPack.next(lp, pos)) {
      double memberScore = pack.score(lp, pos);
      Listpack.read(lp, pos, element);
      to.visit(element, memberScore);
    }
  }

  private void showItem(long item) {
    element.string(ScoredItem.address(item), ScoredItem.length(item));
    visitor.visit(element, ScoredItem.score(item));
  }

  /**
   * One step of a scan that meets every member present throughout it at least once; a small sorted
   * set is shown in one step.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long entry, long cursor, ScoredMemberVisitor to) {
    if (!isTable(entry)) {
      forEach(entry, to);
      return 0;
    }
    visitor = to;
    table.open(entry);
    return table.dict.scan(cursor, showItem);
  }

  // Changing

  /**
   * A new sorted set without members under a key that is absent; at least one member must follow.
   *
   * @param firstLength length of the first member to come, which decides the form it begins in
   * @return the entry
   */
  public long create(
      Database database, long keyAddress, int keyLength, long hash, int firstLength) {
    if (settings.zsetMaxListpackEntries.value() == 0
        || firstLength > settings.zsetMaxListpackValue.value()) {
      table.create(0);
      return put(database, keyAddress, keyLength, hash, table, Database.NO_EXPIRY);
    }
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.ZSET,
            LISTPACK,
            false,
            Listpack.EMPTY_BYTES,
            Database.NO_EXPIRY);
    Listpack.create(Entry.inlineAddress(entry));
    return entry;
  }

  /**
   * Adds a member that is absent.
   *
   * @return the entry
   */
  public long add(
      Database database, long entry, long hash, double newScore, long address, int length) {
    long current = entry;
    if (!isTable(current)) {
      long lp = Packed.address(current);
      int bytes = Listpack.bytes(lp);
      if (fits(ScoredPack.size(lp) + 1L, length, (long) bytes + length)) {
        int longer = bytes + pack.pairBytes(newScore, address, length);
        current = packed.reserve(database, current, hash, bytes, longer);
        pack.insert(Packed.address(current), newScore, address, length);
        return current;
      }
      current = convert(database, current, hash);
    } else {
      database.aboutToChange(hash);
      table.open(current);
    }
    try {
      table.insert(newScore, address, length);
    } finally {
      table.store(current);
    }
    return current;
  }

  /** Whether a listpack of so many members, the longest so long, is what the settings allow. */
  boolean fits(long members, long longest, long bytes) {
    return members <= settings.zsetMaxListpackEntries.value()
        && longest <= settings.zsetMaxListpackValue.value()
        && bytes <= LISTPACK_BYTES_MAX;
  }

  /**
   * Gives a member that is there another score.
   *
   * @return the entry
   */
  public long changeScore(
      Database database, long entry, long hash, double newScore, long address, int length) {
    database.aboutToChange(hash);
    if (isTable(entry)) {
      table.open(entry);
      try {
        table.changeScore(table.find(address, length), newScore);
      } finally {
        table.store(entry);
      }
      return entry;
    }
    long lp = Packed.address(entry);
    Listpack.remove(lp, ScoredPack.find(lp, address, length), 2);
    int bytes = Listpack.bytes(lp);
    int longer = bytes + pack.pairBytes(newScore, address, length);
    long current = packed.reserve(database, entry, hash, bytes, longer);
    pack.insert(Packed.address(current), newScore, address, length);
    return current;
  }

  /**
   * Removes a member that is there. Who removes the last one deletes the key.
   *
   * @return the entry
   */
  public long remove(Database database, long entry, long hash, long address, int length) {
    database.aboutToChange(hash);
    if (isTable(entry)) {
      table.open(entry);
      table.remove(table.find(address, length));
      table.store(entry);
      return entry;
    }
    long lp = Packed.address(entry);
    Listpack.remove(lp, ScoredPack.find(lp, address, length), 2);
    return packed.shrink(database, entry, hash, Listpack.bytes(lp));
  }

  /**
   * Removes the members of consecutive ranks. Who removes all deletes the key instead.
   *
   * @return the entry
   */
  public long removeRange(Database database, long entry, long hash, long firstRank, long members) {
    database.aboutToChange(hash);
    if (isTable(entry)) {
      table.open(entry);
      table.removeRange(firstRank, members);
      table.store(entry);
      return entry;
    }
    long lp = Packed.address(entry);
    ScoredPack.remove(lp, firstRank, members);
    return packed.shrink(database, entry, hash, Listpack.bytes(lp));
  }

  /** Turns a small sorted set into a large one, which stays open. */
  private long convert(Database database, long entry, long hash) {
    database.aboutToChange(hash);
    fill(table, Packed.address(entry));
    if (Entry.isExternal(entry)) {
      packed.free(entry);
    }
    database.encode(entry, hash, TABLE, true);
    long converted = database.resizeInline(entry, hash, ScoredTable.STATE_BYTES);
    table.store(converted);
    return converted;
  }

  /** Makes a table of what a listpack holds. False, and no table, when a member is there twice. */
  boolean fill(ScoredTable into, long lp) {
    into.create(ScoredPack.size(lp));
    for (int pos = Listpack.first(lp); pos != 0; pos = ScoredPack.next(lp, pos)) {
      double memberScore = pack.score(lp, pos);
      Listpack.read(lp, pos, element);
      long item = ScoredItem.create(memory, memberScore, element);
      long itemHash = ScoredItem.KEYS.hash(item);
      if (into.dict.find(ScoredItem.address(item), ScoredItem.length(item), itemHash) != 0) {
        memory.free(item);
        into.discard();
        return false;
      }
      into.insert(item, itemHash);
    }
    return true;
  }

  /** A collector of members that become a sorted set in the end. */
  public SortedSetBuilder builder() {
    return new SortedSetBuilder(this, new ScoredTable(memory, walks), pack, memory);
  }

  /** Makes a key hold a table, which is its own from then on. */
  long put(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      ScoredTable from,
      long expireAt) {
    long entry =
        database.put(
            keyAddress,
            keyLength,
            hash,
            Entry.ZSET,
            TABLE,
            true,
            ScoredTable.STATE_BYTES,
            expireAt);
    from.store(entry);
    return entry;
  }

  /** Makes a key hold a listpack's copy. */
  long put(Database database, long keyAddress, int keyLength, long hash, long lp, long expireAt) {
    return packed.create(
        database,
        keyAddress,
        keyLength,
        hash,
        Entry.ZSET,
        LISTPACK,
        lp,
        Listpack.bytes(lp),
        expireAt);
  }

  /** Whether a sorted set is small. */
  public boolean isListpack(long entry) {
    return !isTable(entry);
  }

  /** Whether a small sorted set keeps this score as a whole number. */
  public static boolean isKeptAsNumber(double score) {
    return ScoredPack.isWhole(score);
  }

  static boolean isTable(long entry) {
    return Entry.encoding(entry) == TABLE;
  }

  ScoredPack pack() {
    return pack;
  }

  EncodingSettings settings() {
    return settings;
  }

  // As a type of value

  @Override
  public String name() {
    return "zset";
  }

  @Override
  public String encodingName(long entry) {
    return isTable(entry) ? "skiplist" : "listpack";
  }

  @Override
  public long externalBytes(long entry) {
    return isTable(entry) ? table.externalBytes(entry) : packed.externalBytes(entry);
  }

  @Override
  public long freeEffort(long entry) {
    return isTable(entry) ? ScoredTable.size(entry) : 1;
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
    ScoredTable copy = new ScoredTable(memory, walks);
    copy.create(ScoredTable.size(from));
    for (boolean on = at(from, 0, inner); on; on = inner.next()) {
      Element member = inner.member();
      copy.insert(inner.score(), member.address(), member.length());
    }
    copy.store(to);
  }

  @Override
  public void save(long entry, ValueSink to) {
    rdb.save(entry, to);
  }

  @Override
  public boolean isSavedInSlices(long entry) {
    return isTable(entry) && ScoredTable.size(entry) > StoredType.SAVED_AT_ONCE;
  }

  @Override
  public Walk startSaving(long entry, ValueSink to) {
    return rdb.startSaving(entry, to);
  }

  @Override
  public boolean reads(int rdbType) {
    return SortedSetRdb.reads(rdbType);
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
