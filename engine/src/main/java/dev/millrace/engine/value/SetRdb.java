package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Intset;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.ListpackValidation;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;

/**
 * The RDB forms of sets. Written are the intset as it is (11) and a plain list of members (2) for
 * all others; read is also the listpack (20) of Redis 7.2.
 *
 * <p>Owned by: executor thread.
 */
final class SetRdb {
  static final int PLAIN = 2;
  static final int INTSET = 11;
  static final int LISTPACK = 20;

  private final SetType type;
  private final Element element = new Element();

  SetRdb(SetType type) {
    this.type = type;
  }

  static boolean reads(int rdbType) {
    return rdbType == PLAIN || rdbType == INTSET || rdbType == LISTPACK;
  }

  void save(long entry, ValueSink to) {
    if (Entry.encoding(entry) == SetType.INTSET) {
      long set = Packed.address(entry);
      to.type(INTSET);
      to.string(set, Intset.bytes(set));
      return;
    }
    to.type(PLAIN);
    to.length(type.size(entry));
    type.forEach(
        entry,
        member -> {
          if (member.isInteger()) {
            to.integer(member.integer());
          } else {
            to.string(member.address(), member.length());
          }
        });
  }

  /** A large set as {@link #save} writes it, its members as the walk meets them. */
  Walk startSaving(long entry, ValueSink to) {
    to.type(PLAIN);
    to.length(type.size(entry));
    return type.table()
        .startWalk(entry, item -> to.string(MemberItem.address(item), MemberItem.length(item)));
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
    Loading loading = new Loading(database, keyAddress, keyLength, hash, expireAt);
    try {
      switch (rdbType) {
        case PLAIN -> plain(from, loading);
        case INTSET -> {
          from.string();
          if (!Intset.isSound(from.address(), from.bytes())) {
            throw damaged();
          }
          return Intset.count(from.address()) == 0
              ? 0
              : type.adoptIntset(database, keyAddress, keyLength, hash, from.address(), expireAt);
        }
        default -> listpack(from, loading);
      }
    } catch (Throwable e) {
      loading.undo();
      throw e;
    }
    return loading.entry;
  }

  private static void plain(ValueSource from, Loading loading) throws IOException {
    long count = from.length();
    for (long left = count; left > 0; left--) {
      from.string();
      if (from.bytes() > Integer.MAX_VALUE) {
        throw damaged();
      }
      loading.add(from.address(), (int) from.bytes(), count);
    }
  }

  private void listpack(ValueSource from, Loading loading) throws IOException {
    from.string();
    long lp = from.address();
    if (!ListpackValidation.isSound(lp, from.bytes())) {
      throw damaged();
    }
    int count = Listpack.count(lp);
    for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
      Listpack.read(lp, pos, element);
      loading.add(element, count);
    }
  }

  private static ValueFormatException damaged() {
    return new ValueFormatException("a damaged set");
  }

  /** A set that is being put together. */
  private final class Loading {
    private final Database database;
    private final long keyAddress;
    private final int keyLength;
    private final long hash;
    private final long expireAt;
    private long entry;

    Loading(Database database, long keyAddress, int keyLength, long hash, long expireAt) {
      this.database = database;
      this.keyAddress = keyAddress;
      this.keyLength = keyLength;
      this.hash = hash;
      this.expireAt = expireAt;
    }

    void add(Element member, long promised) throws ValueFormatException {
      if (member.isInteger()) {
        add(type.numberText(member.integer()), member.length(), promised);
      } else {
        add(member.address(), member.length(), promised);
      }
    }

    void add(long address, int length, long promised) throws ValueFormatException {
      if (entry == 0) {
        // Too many for an intset make none, even when only numbers come.
        boolean numbers = promised <= type.numbersMax() && Decimal.isLong(address, length);
        entry = type.create(database, keyAddress, keyLength, hash, numbers, expireAt);
      }
      entry = type.add(database, entry, hash, address, length);
      if (!type.changed()) {
        throw damaged();
      }
    }

    void undo() {
      if (entry != 0) {
        database.delete(entry, hash);
      }
    }
  }
}
