package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.DictWalks;

/**
 * The types of value of one keyspace, beside its strings.
 *
 * <p>Owned by: executor thread.
 */
public final class ValueTypes implements AutoCloseable {
  /** Room for the text of a number, of which a {@code long double}'s has up to 5000 digits. */
  private static final int SCRATCH_BYTES = 8192;

  private final Region scratch = new Region(SCRATCH_BYTES);
  private final ListType lists;
  private final HashType hashes;
  private final SetType sets;
  private final SortedSetType sortedSets;
  private final StreamType streams;
  private final BloomType blooms;

  /**
   * Makes and registers all types.
   *
   * @param memory the keyspace's own
   */
  public ValueTypes(SlabAllocator memory, EncodingSettings settings, Keyspace keyspace) {
    DictWalks walks = new DictWalks();
    lists = new ListType(memory, settings);
    keyspace.register(Entry.LIST, lists);
    hashes = new HashType(memory, settings, keyspace, scratch, walks);
    keyspace.register(Entry.HASH, hashes);
    sets = new SetType(memory, settings, keyspace, scratch, walks);
    keyspace.register(Entry.SET, sets);
    sortedSets = new SortedSetType(memory, settings, walks);
    keyspace.register(Entry.ZSET, sortedSets);
    streams = new StreamType(memory, settings, keyspace.lazyFree());
    keyspace.register(Entry.STREAM, streams);
    blooms = new BloomType(memory);
    keyspace.register(Entry.BLOOM, blooms);
  }

  public ListType lists() {
    return lists;
  }

  public HashType hashes() {
    return hashes;
  }

  public SetType sets() {
    return sets;
  }

  public SortedSetType sortedSets() {
    return sortedSets;
  }

  public StreamType streams() {
    return streams;
  }

  public BloomType blooms() {
    return blooms;
  }

  /** Gives back what the types use beside the values; after the keyspace was closed. */
  @Override
  public void close() {
    scratch.close();
  }
}
