package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.EntryWriter;
import dev.millrace.engine.keyspace.EvictionPolicy;
import dev.millrace.engine.keyspace.Inspection;
import dev.millrace.engine.keyspace.Keyspace;

/**
 * Takes the entries a walk emits and puts them into a snapshot's channel.
 *
 * <p>As Redis does, idle times are written under an LRU policy, counters under an LFU policy, and
 * neither otherwise; the policy is that of the cut. A failure of the snapshot shows in the channel,
 * not here: whoever drives the walk looks there.
 *
 * <p>Owned by: executor thread.
 */
public final class SnapshotEntries implements EntryWriter {
  private final SnapshotChannel channel;
  private final ChannelSink sink;
  private final StoredTypes types;
  private final Inspection inspection;
  private final boolean lru;
  private final boolean lfu;

  /**
   * @param channel where the entries go
   * @param keyspace the one that is walked
   */
  public SnapshotEntries(SnapshotChannel channel, Keyspace keyspace) {
    EvictionPolicy policy = keyspace.evictionPolicy();
    this.channel = channel;
    this.sink = new ChannelSink(channel);
    this.types = new StoredTypes(keyspace);
    this.inspection = keyspace.inspection();
    this.lru = policy == EvictionPolicy.ALLKEYS_LRU || policy == EvictionPolicy.VOLATILE_LRU;
    this.lfu = policy.isLfu();
  }

  @Override
  public void write(int database, long entry) {
    long keyAddress = Entry.keyAddress(entry);
    int keyLength = Entry.keyLength(entry);
    long expireAt = Entry.hasExpiry(entry) ? Entry.expireAt(entry) : RdbEntry.NONE;
    long idle = lru ? inspection.idleSeconds(entry) : RdbEntry.NONE;
    int frequency = lfu ? inspection.frequency(entry) : RdbEntry.NONE;
    if (Entry.type(entry) != Entry.STRING) {
      sink.key(database, keyAddress, keyLength, expireAt, idle, frequency);
      types.of(entry).save(entry, sink);
      sink.end();
    } else if (Entry.isInt(entry)) {
      channel.putInteger(
          database, keyAddress, keyLength, expireAt, idle, frequency, Entry.longValue(entry));
    } else {
      channel.put(
          database,
          keyAddress,
          keyLength,
          expireAt,
          idle,
          frequency,
          Entry.valueAddress(entry),
          Entry.valueLength(entry));
    }
  }
}
