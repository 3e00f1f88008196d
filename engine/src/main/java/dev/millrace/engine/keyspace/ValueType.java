package dev.millrace.engine.keyspace;

import dev.millrace.engine.struct.Dict;

/**
 * What the keyspace must know about one type of value. The inline part of a value (see {@link
 * Entry}) is the keyspace's to move and copy as bytes; a type is asked only about what the value
 * holds outside its entry, and only for entries it marked as external.
 *
 * <p>Registered once per type by {@link Keyspace#register}. Owned by: executor thread.
 */
public interface ValueType {
  /** The type's name as TYPE answers it. */
  String name();

  /** The value's encoding as OBJECT ENCODING answers it. */
  String encodingName(long entry);

  /** Memory held outside the entry, as handed out by the allocator. */
  long externalBytes(long entry);

  /**
   * About how many separate frees the value needs. Up to {@link LazyFree#EAGER_EFFORT} are done at
   * once; a value that needs more is freed in slices.
   */
  long freeEffort(long entry);

  /**
   * Frees a part of what the value holds outside its entry; the value is unreachable by then.
   *
   * @param effort about how many frees to do
   * @return whether more remains
   */
  boolean freeSome(long entry, int effort);

  /**
   * Where the value keeps the state of the dict (see {@link Dict#store}) that a member is looked up
   * in; 0 when it has none, or not yet.
   */
  default long membersDict(long entry) {
    return 0;
  }

  /**
   * Deletes some of the parts of a value that have expired by themselves, and the key with the last
   * of them; only for an entry that {@link Entry#hasExpiringFields}.
   *
   * @param effort about how many parts to look at
   * @return how many were deleted
   */
  default int expireSome(Database database, long entry, int effort) {
    return 0;
  }

  /**
   * Gives a copy its own external memory.
   *
   * @param from the original
   * @param to a new entry whose inline value is byte for byte the original's, and still refers to
   *     the original's memory
   */
  void duplicate(long from, long to);
}
