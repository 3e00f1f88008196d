package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;

/**
 * Collects members with scores, in any order, that are to become a sorted set or to be read in
 * order and dropped: the result of ZUNION and the like, a set that is being loaded.
 *
 * <p>Use: {@link #begin}; {@link #find}, {@link #add} and {@link #changeScore}; then {@link #order}
 * and at last {@link #store} or {@link #discard}, without which memory is lost.
 *
 * <p>Owned by: executor thread.
 */
public final class SortedSetBuilder {
  private final SortedSetType type;
  private final ScoredTable table;
  private final ScoredPack pack;
  private final SlabAllocator memory;
  private long number;
  private long longest;
  private long memberBytes;

  SortedSetBuilder(SortedSetType type, ScoredTable table, ScoredPack pack, SlabAllocator memory) {
    this.type = type;
    this.table = table;
    this.pack = pack;
    this.memory = memory;
  }

  /** Begins with no members, of which about so many may come. */
  public void begin(long members) {
    table.create(members);
    number = memory.allocate(Decimal.MAX_LENGTH);
    longest = 0;
    memberBytes = 0;
  }

  /** Number of members so far. */
  public long size() {
    return table.dict.size();
  }

  /** A handle of a member that was added, good until the end, or 0. */
  public long find(long address, int length) {
    return table.find(address, length);
  }

  /** As {@link #find(long, int)}, for an element of another value. */
  public long find(Element member) {
    if (!member.isInteger()) {
      return table.find(member.address(), member.length());
    }
    int length = member.copyTo(number);
    return table.find(number, length);
  }

  /** Handle of the member that was added last. */
  public long last() {
    return table.last();
  }

  /** Score of a member by its handle. */
  public double score(long member) {
    return ScoredItem.score(member);
  }

  /** Changes a score; not after {@link #order}. */
  public void changeScore(long member, double score) {
    assert table.tree.size() == 0 : "the members are in order already";
    ScoredItem.score(member, score);
  }

  /** Adds a member that is absent. */
  public void add(double score, long address, int length) {
    table.insertUnordered(score, address, length);
    longest = Math.max(longest, length);
    memberBytes += length;
  }

  /** Adds a member that is absent. */
  public void add(double score, Element member) {
    table.insertUnordered(score, member);
    longest = Math.max(longest, member.length());
    memberBytes += member.length();
  }

  /** Removes a member by its handle; not after {@link #order}. */
  public void remove(long member) {
    assert table.tree.size() == 0 : "the members are in order already";
    table.removeUnordered(member);
  }

  /**
   * Adds a member that is absent, as if to a sorted set that grows one by one and is small as long
   * as it can be: there a score of -0 is kept as 0.
   *
   * @param expected how many members are known to come in all, 0 when that is not known
   */
  public void addToGrowing(double score, Element member, long expected) {
    boolean small =
        type.fits(
            Math.max(expected, size() + 1),
            Math.max(longest, member.length()),
            memberBytes + member.length());
    add(small && score == 0 ? 0 : score, member);
  }

  /** Puts the members in order. Nothing is added or changed afterwards. */
  public void order() {
    table.order();
  }

  /** Puts a cursor on the member of a rank, once they are in order; false when there is none. */
  public boolean at(long rank, SortedSetCursor cursor) {
    return table.tree.select(rank, cursor.onTree());
  }

  /**
   * Makes a key hold the members, whatever it held before; there must be at least one, and they
   * must be in order. They are small or large as the settings say.
   *
   * @return the entry
   */
  public long store(
      Database database, long keyAddress, int keyLength, long hash, long expireAtMillis) {
    return store(database, keyAddress, keyLength, hash, expireAtMillis, longest);
  }

  /** As {@link #store}, the longest member taken to be so long. */
  long store(
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAtMillis,
      long longestMember) {
    if (!type.fits(size(), longestMember, memberBytes)) {
      memory.free(number);
      return type.put(database, keyAddress, keyLength, hash, table, expireAtMillis);
    }
    SortedSetCursor cursor = type.cursor();
    long bytes = Listpack.EMPTY_BYTES;
    for (boolean on = at(0, cursor); on; on = cursor.next()) {
      Element member = cursor.member();
      bytes += pack.pairBytes(cursor.score(), member.address(), member.length());
    }
    long lp = memory.allocate(bytes);
    Listpack.create(lp);
    for (boolean on = at(0, cursor); on; on = cursor.next()) {
      Element member = cursor.member();
      pack.insertAt(lp, Listpack.end(lp), cursor.score(), member.address(), member.length());
    }
    discard();
    long entry = type.put(database, keyAddress, keyLength, hash, lp, expireAtMillis);
    memory.free(lp);
    return entry;
  }

  /** Drops everything. */
  public void discard() {
    memory.free(number);
    table.discard();
  }
}
