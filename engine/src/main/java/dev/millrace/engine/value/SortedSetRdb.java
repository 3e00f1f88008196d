package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.RealParser;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.ListpackValidation;
import dev.millrace.engine.struct.TreeCursor;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;

/**
 * Sorted sets in RDB: as a listpack (17) or as members with binary scores (5), highest first, both
 * as Redis 7.0 writes them; also read are members with scores as text (3) and a ziplist (12).
 *
 * <p>Owned by: executor thread.
 */
final class SortedSetRdb {
  private static final int TEXT_SCORES = 3;
  private static final int BINARY_SCORES = 5;
  private static final int ZIPLIST = 12;
  private static final int LISTPACK = 17;

  /** Lengths of a text score that stand for what has no digits. */
  private static final int NAN = 253;

  private static final int INFINITE = 254;
  private static final int MINUS_INFINITE = 255;

  /** Up to so many members are compared one by one to find a repeated one. */
  private static final int COMPARED_MAX = 128;

  private final SortedSetType type;
  private final SlabAllocator memory;
  private final DictWalks walks;

  /** Its own, since a snapshot saves sorted sets in the midst of a change of another. */
  private final ScoredTable saved;

  private final TreeCursor slot = new TreeCursor();
  private final RealParser parser = new RealParser();
  private final Element element = new Element();

  SortedSetRdb(SortedSetType type, SlabAllocator memory, DictWalks walks) {
    this.type = type;
    this.memory = memory;
    this.walks = walks;
    this.saved = new ScoredTable(memory, walks);
  }

  static boolean reads(int rdbType) {
    return rdbType == TEXT_SCORES
        || rdbType == BINARY_SCORES
        || rdbType == ZIPLIST
        || rdbType == LISTPACK;
  }

  void save(long entry, ValueSink to) {
    if (!SortedSetType.isTable(entry)) {
      long lp = Packed.address(entry);
      to.type(LISTPACK);
      to.string(lp, Listpack.bytes(lp));
      return;
    }
    to.type(BINARY_SCORES);
    saved.open(entry);
    to.length(saved.tree.size());
    for (boolean on = saved.tree.last(slot); on; on = slot.previous()) {
      saveItem(slot.item(), to);
    }
  }

  /** As a large one is written by {@link #save}, but in no order. */
  Walk startSaving(long entry, ValueSink to) {
    to.type(BINARY_SCORES);
    to.length(ScoredTable.size(entry));
    return saved.startWalk(entry, item -> saveItem(item, to));
  }

  private static void saveItem(long item, ValueSink to) {
    to.string(ScoredItem.address(item), ScoredItem.length(item));
    to.eightBytes(Double.doubleToRawLongBits(ScoredItem.score(item)));
  }

  long load(
      int rdbType,
      ValueSource from,
      Database database,
      long keyAddress,
      int keyLength,
      long hash,
      long expireAt)
      throws IOException {
    if (rdbType == LISTPACK) {
      return loadListpack(from, database, keyAddress, keyLength, hash, expireAt);
    }
    SortedSetBuilder builder = type.builder();
    builder.begin(0);
    boolean whole = false;
    try {
      if (rdbType == ZIPLIST) {
        readZiplist(from, builder);
      } else {
        readMembers(from, rdbType == BINARY_SCORES, builder);
      }
      builder.order();
      whole = true;
    } finally {
      if (!whole || builder.size() == 0) {
        builder.discard();
      }
    }
    if (builder.size() == 0) {
      return 0;
    }
    return rdbType == ZIPLIST
        ? builder.store(database, keyAddress, keyLength, hash, expireAt, 0)
        : builder.store(database, keyAddress, keyLength, hash, expireAt);
  }

  private void readMembers(ValueSource from, boolean binary, SortedSetBuilder builder)
      throws IOException {
    long members = from.length();
    for (long i = 0; i < members; i++) {
      from.string();
      long address = from.address();
      int length = lengthOf(from.bytes());
      if (builder.find(address, length) != 0) {
        throw repeated();
      }
      // The member's bytes are gone once the score is read.
      builder.add(0, address, length);
      long member = builder.last();
      double score = binary ? Double.longBitsToDouble(from.eightBytes()) : textScore(from);
      if (Double.isNaN(score)) {
        throw new ValueFormatException("a score is not a number");
      }
      builder.changeScore(member, score);
    }
  }

  private double textScore(ValueSource from) throws IOException {
    int length = from.oneByte();
    switch (length) {
      case NAN:
        return Double.NaN;
      case INFINITE:
        return Double.POSITIVE_INFINITY;
      case MINUS_INFINITE:
        return Double.NEGATIVE_INFINITY;
      default:
        break;
    }
    long text = memory.allocate(length);
    try {
      for (int i = 0; i < length; i++) {
        Memory.putByte(text + i, (byte) from.oneByte());
      }
      parser.parse(text, length);
      if (parser.consumed() == 0) {
        throw new ValueFormatException("a score is not a number");
      }
      return parser.value();
    } finally {
      memory.free(text);
    }
  }

  private void readZiplist(ValueSource from, SortedSetBuilder builder) throws IOException {
    from.string();
    ZiplistReader ziplist = new ZiplistReader();
    ziplist.open(from.address(), from.bytes());
    while (ziplist.next()) {
      element(ziplist);
      if (builder.find(element) != 0) {
        throw repeated();
      }
      builder.add(0, element);
      long member = builder.last();
      if (!ziplist.next()) {
        throw new ValueFormatException("a member has no score");
      }
      double score = ziplist.isInteger() ? ziplist.integer() : text(ziplist);
      if (Double.isNaN(score)) {
        throw new ValueFormatException("a score is not a number");
      }
      builder.changeScore(member, score);
    }
  }

  private double text(ZiplistReader ziplist) {
    parser.parse(ziplist.address(), ziplist.length());
    return parser.value();
  }

  private void element(ZiplistReader ziplist) {
    if (ziplist.isInteger()) {
      element.number(ziplist.integer());
    } else {
      element.string(ziplist.address(), ziplist.length());
    }
  }

  private long loadListpack(
      ValueSource from, Database database, long keyAddress, int keyLength, long hash, long expireAt)
      throws IOException {
    from.string();
    long lp = from.address();
    if (!ListpackValidation.isSound(lp, from.bytes())) {
      throw new ValueFormatException("the listpack is damaged");
    }
    int members = ScoredPack.size(lp);
    if ((Listpack.count(lp) & 1) != 0) {
      throw new ValueFormatException("a member has no score");
    }
    if (members == 0) {
      return 0;
    }
    boolean small = members <= type.settings().zsetMaxListpackEntries.value();
    if (small && (members <= COMPARED_MAX || !from.isUntrusted())) {
      if (from.isUntrusted() && !type.pack().isSoundPairs(lp)) {
        throw repeated();
      }
      return type.put(database, keyAddress, keyLength, hash, lp, expireAt);
    }
    ScoredTable table = new ScoredTable(memory, walks);
    if (!type.fill(table, lp)) {
      throw repeated();
    }
    if (small) {
      table.discard();
      return type.put(database, keyAddress, keyLength, hash, lp, expireAt);
    }
    return type.put(database, keyAddress, keyLength, hash, table, expireAt);
  }

  private static int lengthOf(long bytes) throws ValueFormatException {
    if (bytes > Integer.MAX_VALUE) {
      throw new ValueFormatException("a member of " + bytes + " bytes");
    }
    return (int) bytes;
  }

  private static ValueFormatException repeated() {
    return new ValueFormatException("a member is there twice");
  }
}
