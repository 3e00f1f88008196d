package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Inspection;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Memory;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts what an {@link RdbReader} reads into a keyspace. A key that is there already is replaced.
 *
 * <p>Owned by: the thread that owns the keyspace, which is also the one that reads.
 */
public final class KeyspaceLoader implements RdbVisitor {
  /** In place of a time: keep expired keys too. */
  public static final long KEEP_EXPIRED = Long.MIN_VALUE;

  private final Keyspace keyspace;
  private final Inspection inspection;
  private final long nowMillis;
  private final Map<String, String> aux = new LinkedHashMap<>();
  private long keysLoaded;
  private long keysExpired;

  /**
   * @param nowMillis keys that expired before this time (Unix milliseconds) are left out, as a
   *     master does; {@link #KEEP_EXPIRED} for a replica or where a log of commands follows, since
   *     there a DEL will come
   */
  public KeyspaceLoader(Keyspace keyspace, long nowMillis) {
    this.keyspace = keyspace;
    this.inspection = keyspace.inspection();
    this.nowMillis = nowMillis;
  }

  /** What the file says about itself: {@code repl-id}, {@code repl-offset} and so on. */
  public Map<String, String> aux() {
    return aux;
  }

  /** Number of keys put into the keyspace. */
  public long keysLoaded() {
    return keysLoaded;
  }

  /** Number of keys left out because they had expired. */
  public long keysExpired() {
    return keysExpired;
  }

  @Override
  public void aux(String name, String value) {
    aux.put(name, value);
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

  private void loaded(RdbEntry read, long entry) {
    keysLoaded++;
    if (read.idleSeconds() != RdbEntry.NONE) {
      inspection.setIdleSeconds(entry, read.idleSeconds());
    }
    if (read.frequency() != RdbEntry.NONE) {
      inspection.setFrequency(entry, read.frequency());
    }
  }

  private boolean isPast(RdbEntry entry) {
    boolean past = entry.expireAtMillis() != RdbEntry.NONE && entry.expireAtMillis() < nowMillis;
    if (past) {
      keysExpired++;
    }
    return past;
  }

  private Database database(RdbEntry entry) {
    return keyspace.database(entry.database());
  }

  private static long expiry(RdbEntry entry) {
    return entry.expireAtMillis() == RdbEntry.NONE ? Database.NO_EXPIRY : entry.expireAtMillis();
  }
}
