package dev.millrace.engine.value;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.ListpackValidation;
import dev.millrace.engine.struct.Walk;
import java.io.IOException;

/**
 * The RDB forms of hashes. Written are a plain list of fields and values (4) for a large hash, and
 * the listpack as it is (16) for a small one, and Redis 7.4's list with expiries (24) where fields
 * have any; read are also the zipmap (9) and the ziplist (13) of older files and the listpack with
 * expiries (25).
 *
 * <p>Owned by: executor thread.
 */
final class HashRdb {
  static final int PLAIN = 4;
  static final int ZIPMAP = 9;
  static final int ZIPLIST = 13;
  static final int LISTPACK = 16;
  static final int WITH_EXPIRIES = 24;
  static final int LISTPACK_WITH_EXPIRIES = 25;

  private final HashType type;
  private final SlabAllocator memory;
  private final ZipmapReader zipmap = new ZipmapReader();
  private final ZiplistReader ziplist = new ZiplistReader();
  private final Element element = new Element();

  HashRdb(HashType type, SlabAllocator memory) {
    this.type = type;
    this.memory = memory;
  }

  static boolean reads(int rdbType) {
    return switch (rdbType) {
      case PLAIN, ZIPMAP, ZIPLIST, LISTPACK, WITH_EXPIRIES, LISTPACK_WITH_EXPIRIES -> true;
      default -> false;
    };
  }

  void save(long entry, ValueSink to) {
    if (!type.isTable(entry)) {
      long lp = Packed.address(entry);
      to.type(LISTPACK);
      to.string(lp, Listpack.bytes(lp));
      return;
    }
    if (Entry.hasExpiringFields(entry)) {
      saveWithExpiries(entry, to);
      return;
    }
    to.type(PLAIN);
    to.length(type.length(entry));
    type.forEach(
        entry,
        (field, value) -> {
          to.string(field.address(), field.length());
          to.string(value.address(), value.length());
        });
  }

  private void saveWithExpiries(long entry, ValueSink to) {
    long base = beginWithExpiries(entry, to);
    type.forEachItem(entry, item -> saveExpiring(item, base, to));
  }

  private long beginWithExpiries(long entry, ValueSink to) {
    long base = FieldExpiry.next(entry);
    to.type(WITH_EXPIRIES);
    to.eightBytes(base);
    to.length(type.length(entry));
    return base;
  }

  private static void saveExpiring(long item, long base, ValueSink to) {
    long at = FieldItem.expireAt(item);
    to.length(at == FieldItem.NO_EXPIRY ? 0 : at - base + 1);
    saveItem(item, to);
  }

  private static void saveItem(long item, ValueSink to) {
    to.string(FieldItem.fieldAddress(item), FieldItem.fieldLength(item));
    to.string(FieldItem.valueAddress(item), FieldItem.valueLength(item));
  }

  /** A large hash as {@link #save} writes it, its fields as the walk meets them. */
  Walk startSaving(long entry, ValueSink to) {
    if (Entry.hasExpiringFields(entry)) {
      long base = beginWithExpiries(entry, to);
      return type.table().startWalk(entry, item -> saveExpiring(item, base, to));
    }
    to.type(PLAIN);
    to.length(type.length(entry));
    return type.table().startWalk(entry, item -> saveItem(item, to));
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
      from.string();
      requireSound(from);
      long lp = from.address();
      return Listpack.count(lp) == 0
          ? 0
          : type.adopt(database, keyAddress, keyLength, hash, lp, expireAt);
    }
    try (Loading loading = new Loading(database, keyAddress, keyLength, hash, expireAt)) {
      switch (rdbType) {
        case PLAIN -> plain(from, loading);
        case ZIPMAP -> zipmap(from, loading);
        case WITH_EXPIRIES -> withExpiries(from, loading);
        case LISTPACK_WITH_EXPIRIES -> listpackWithExpiries(from, loading);
        default -> ziplist(from, loading);
      }
      return loading.finish();
    }
  }

  private void requireSound(ValueSource from) throws ValueFormatException {
    if (!ListpackValidation.isSound(from.address(), from.bytes())
        || Listpack.count(from.address()) % 2 != 0
        || (from.isUntrusted() && hasFieldTwice(from.address()))) {
      throw damaged();
    }
  }

  private boolean hasFieldTwice(long lp) {
    try (MemberSet seen = new MemberSet(memory)) {
      for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
        Listpack.read(lp, pos, element);
        if (!seen.add(element)) {
          return true;
        }
        pos = Listpack.next(lp, pos);
      }
      return false;
    }
  }

  private static void plain(ValueSource from, Loading loading) throws IOException {
    for (long left = from.length(); left > 0; left--) {
      from.string();
      loading.field(from.address(), from.bytes());
      from.string();
      loading.value(from.address(), from.bytes());
    }
  }

  private static void withExpiries(ValueSource from, Loading loading) throws IOException {
    long base = from.eightBytes();
    for (long left = from.length(); left > 0; left--) {
      long offset = from.length();
      from.string();
      loading.field(from.address(), from.bytes());
      from.string();
      loading.value(from.address(), from.bytes());
      loading.expire(offset == 0 ? FieldItem.NO_EXPIRY : base + offset - 1);
    }
  }

  private void listpackWithExpiries(ValueSource from, Loading loading) throws IOException {
    from.eightBytes();
    from.string();
    long lp = from.address();
    if (!ListpackValidation.isSound(lp, from.bytes()) || Listpack.count(lp) % 3 != 0) {
      throw damaged();
    }
    for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
      Listpack.read(lp, pos, element);
      loading.field(element);
      pos = Listpack.next(lp, pos);
      Listpack.read(lp, pos, element);
      loading.value(element);
      pos = Listpack.next(lp, pos);
      Listpack.read(lp, pos, element);
      if (!element.isInteger()) {
        throw damaged();
      }
      loading.expire(element.integer() == 0 ? FieldItem.NO_EXPIRY : element.integer());
    }
  }

  private void zipmap(ValueSource from, Loading loading) throws IOException {
    from.string();
    zipmap.open(from.address(), from.bytes());
    while (zipmap.next()) {
      loading.field(zipmap.fieldAddress(), zipmap.fieldLength());
      loading.value(zipmap.valueAddress(), zipmap.valueLength());
    }
  }

  private void ziplist(ValueSource from, Loading loading) throws IOException {
    from.string();
    ziplist.open(from.address(), from.bytes());
    boolean isField = true;
    while (ziplist.next()) {
      if (ziplist.isInteger()) {
        element.number(ziplist.integer());
      } else {
        element.string(ziplist.address(), ziplist.length());
      }
      if (isField) {
        loading.field(element);
      } else {
        loading.value(element);
      }
      isField = !isField;
    }
    if (!isField) {
      throw damaged();
    }
  }

  private static ValueFormatException damaged() {
    return new ValueFormatException("a damaged hash");
  }

  /** A hash that is being put together; what is there of it goes away unless it is finished. */
  private final class Loading implements AutoCloseable {
    private final Database database;
    private final long keyAddress;
    private final int keyLength;
    private final long hash;
    private final long expireAt;
    private final ByteRun field = new ByteRun(memory);
    private final ByteRun value = new ByteRun(memory);
    private long entry;
    private boolean finished;

    Loading(Database database, long keyAddress, int keyLength, long hash, long expireAt) {
      this.database = database;
      this.keyAddress = keyAddress;
      this.keyLength = keyLength;
      this.hash = hash;
      this.expireAt = expireAt;
    }

    void field(long address, long bytes) throws ValueFormatException {
      requireLength(bytes);
      field.set(address, (int) bytes);
    }

    void field(Element element) {
      field.set(element);
    }

    void value(Element element) throws ValueFormatException {
      value.set(element);
      value(value.address(), value.length());
    }

    void value(long address, long bytes) throws ValueFormatException {
      requireLength(bytes);
      if (entry == 0) {
        entry = type.create(database, keyAddress, keyLength, hash, expireAt);
      }
      entry =
          type.set(database, entry, hash, field.address(), field.length(), address, (int) bytes);
      if (!type.changed()) {
        throw damaged();
      }
    }

    /** Sets when the field of the last value expires. */
    void expire(long at) throws ValueFormatException {
      if (at == FieldItem.NO_EXPIRY) {
        return;
      }
      if (at < 0) {
        throw damaged();
      }
      entry = type.expire(database, entry, hash, field.address(), field.length(), at);
    }

    private static void requireLength(long bytes) throws ValueFormatException {
      if (bytes > Integer.MAX_VALUE) {
        throw damaged();
      }
    }

    long finish() {
      finished = true;
      return entry;
    }

    @Override
    public void close() {
      field.close();
      value.close();
      if (!finished && entry != 0) {
        database.delete(entry, hash);
      }
    }
  }
}
