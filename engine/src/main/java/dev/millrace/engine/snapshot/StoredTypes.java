package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.value.StoredType;
import org.jspecify.annotations.Nullable;

/**
 * Finds, among the types a keyspace was taught, the one that an entry has or that reads a type byte
 * of RDB.
 *
 * <p>Owned by: the thread that owns the keyspace.
 */
public final class StoredTypes {
  private final Keyspace keyspace;

  public StoredTypes(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** The type of an entry that is not a string. */
  public StoredType of(long entry) {
    if (keyspace.valueType(Entry.type(entry)) instanceof StoredType type) {
      return type;
    }
    throw new IllegalStateException("no RDB form of type " + Entry.type(entry));
  }

  /** The type that reads values with this type byte, or null when there is none. */
  public @Nullable StoredType reading(int rdbType) {
    for (int i = 0; i < Keyspace.TYPES; i++) {
      if (keyspace.valueType(i) instanceof StoredType type && type.reads(rdbType)) {
        return type;
      }
    }
    return null;
  }
}
