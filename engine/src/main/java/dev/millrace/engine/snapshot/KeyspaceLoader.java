package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Inspection;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.StoredType;
import dev.millrace.engine.value.ValueFormatException;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts what an {@link RdbReader} reads into a keyspace. A key that is there already is replaced.
 *
 * <p>Owned by: the thread that owns the keyspace, which is also the one that reads.
 */
public final class KeyspaceLoader implements RdbVisitor {
  /** In place of a time: keep expired keys too. */
  public static final long KEEP_EXPIRED = Long.MIN_VALUE;

  /** A key, its value and their lengths take no less in a file, but for the very shortest. */
  private static final int KEY_BYTES_MIN = 8;

  private final Keyspace keyspace;
  private final Inspection inspection;
  private final StoredTypes types;
  private final long nowMillis;
  private long countedBefore;
  private final Map<String, String> aux = new LinkedHashMap<>();
  private long keysLoaded;
  private long keysExpired;
  private long keysEmpty;
  private Consumer<byte[]> libraries = source -> {};
  private Runnable afterKey = () -> {};
  private long keysAtMost;

  /**
   * @param nowMillis keys that expired before this time (Unix milliseconds) are left out, as a
   *     master does; {@link #KEEP_EXPIRED} for a replica or where a log of commands follows, since
   *     there a DEL will come
   */
  public KeyspaceLoader(Keyspace keyspace, long nowMillis) {
    this.keyspace = keyspace;
    this.inspection = keyspace.inspection();
    this.types = new StoredTypes(keyspace);
    this.nowMillis = nowMillis;
    this.countedBefore = nowMillis;
  }

  /** What the file says about itself: {@code repl-id}, {@code repl-offset} and so on. */
  public Map<String, String> aux() {
    return aux;
  }

  /** Counts keys as expired by this time (Unix milliseconds), also where they are kept. */
  public KeyspaceLoader countingExpiredAt(long millis) {
    countedBefore = millis;
    return this;
  }

  /** Sets who is told the source of each function library; what it throws ends the reading. */
  public KeyspaceLoader onFunctionLibrary(Consumer<byte[]> listener) {
    libraries = listener;
    return this;
  }

  /** Sets what is done after each key (setting {@code key-load-delay}). */
  public KeyspaceLoader afterEachKey(Runnable work) {
    afterKey = work;
    return this;
  }

  /**
   * Makes room beforehand for the keys the file announces, as far as so many bytes can hold them,
   * so that the table does not grow step by step.
   */
  public KeyspaceLoader reservingFor(long fileBytes) {
    keysAtMost = fileBytes / KEY_BYTES_MIN;
    return this;
  }

  /** Number of keys put into the keyspace. */
  public long keysLoaded() {
    return keysLoaded;
  }

  /** Number of keys that had expired, whether they were left out or kept. */
  public long keysExpired() {
    return keysExpired;
  }

  /** Number of keys left out because their collections were empty, which no server should write. */
  public long keysEmpty() {
    return keysEmpty;
  }

  @Override
  public void aux(String name, String value) {
    aux.put(name, value);
  }

  @Override
  public void sizes(int database, long keys, long expiring) {
    long room = Math.min(keys, keysAtMost);
    keyspace.database(database).reserve(room, Math.min(expiring, room));
  }

  @Override
  public void string(RdbEntry entry, long valueAddress, long valueLength) {
    if (isPast(entry)) {
      return;
    }
    int length = entry.keyLength();
    long hash = Memory.hash(entry.keyAddress(), length);
    loaded(
        entry,
        database(entry)
            .setString(entry.keyAddress(), length, hash, valueAddress, valueLength, expiry(entry)));
  }

  @Override
  public void integer(RdbEntry entry, long value) {
    if (isPast(entry)) {
      return;
    }
    int length = entry.keyLength();
    long hash = Memory.hash(entry.keyAddress(), length);
    loaded(entry, database(entry).setLong(entry.keyAddress(), length, hash, value, expiry(entry)));
  }

  @Override
  public void value(RdbEntry entry, int rdbType, ValueSource from) throws IOException {
    StoredType type = types.reading(rdbType);
    if (type == null) {
      throw new ValueFormatException("a value that cannot be held");
    }
    int length = entry.keyLength();
    long hash = Memory.hash(entry.keyAddress(), length);
    if (isPast(entry)) {
      // It has to be read to be passed over.
      Database aside = keyspace.aside();
      long past =
          type.load(rdbType, from, aside, entry.keyAddress(), length, hash, Database.NO_EXPIRY);
      if (past != 0) {
        aside.delete(past, hash);
      }
      return;
    }
    Database database = database(entry);
    database.delete(entry.keyAddress(), length, hash);
    long loaded =
        type.load(rdbType, from, database, entry.keyAddress(), length, hash, expiry(entry));
    if (loaded == 0) {
      keysEmpty++;
    } else {
      loaded(entry, loaded);
    }
  }

  @Override
  public void functionLibrary(long address, long bytes) {
    libraries.accept(Memory.bytes(address, Math.toIntExact(bytes)));
  }

  private void loaded(RdbEntry read, long entry) {
    keysLoaded++;
    if (read.idleSeconds() != RdbEntry.NONE) {
      inspection.setIdleSeconds(entry, read.idleSeconds());
    }
    if (read.frequency() != RdbEntry.NONE) {
      inspection.setFrequency(entry, read.frequency());
    }
    afterKey.run();
  }

  private boolean isPast(RdbEntry entry) {
    if (entry.expireAtMillis() == RdbEntry.NONE) {
      return false;
    }
    if (entry.expireAtMillis() < countedBefore) {
      keysExpired++;
    }
    return entry.expireAtMillis() < nowMillis;
  }

  private Database database(RdbEntry entry) {
    return keyspace.database(entry.database());
  }

  private static long expiry(RdbEntry entry) {
    return entry.expireAtMillis() == RdbEntry.NONE ? Database.NO_EXPIRY : entry.expireAtMillis();
  }
}
