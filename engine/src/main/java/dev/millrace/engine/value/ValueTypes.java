package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The types of value beside the string, made once for a keyspace and registered with it.
 *
 * <p>Owned by: executor thread.
 */
public final class ValueTypes {
  private final HashType hashes;

  /**
   * Makes and registers all types.
   *
   * @param memory the keyspace's own
   */
  public ValueTypes(SlabAllocator memory, EncodingSettings settings, Keyspace keyspace) {
    hashes = new HashType(memory, settings, keyspace);
    keyspace.register(Entry.HASH, hashes);
  }

  public HashType hashes() {
    return hashes;
  }
}
