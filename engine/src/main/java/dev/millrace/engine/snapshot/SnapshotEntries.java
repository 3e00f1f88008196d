package dev.millrace.engine.snapshot;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.EntryWriter;
import dev.millrace.engine.keyspace.EvictionPolicy;
import dev.millrace.engine.keyspace.Inspection;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.struct.Walk;
import dev.millrace.engine.value.StoredType;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

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
  /** So many large values are written in slices at a time; each has a chunk of its own. */
  private static final int SLICED_MAX = 64;

  private static final int EFFORT = 16;

  /** A large value that is being written. */
  private record Sliced(SnapshotLane lane, ChannelSink sink, Walk walk) {}

  private final SnapshotChannel channel;
  private final ChannelSink sink;
  private final StoredTypes types;
  private final Inspection inspection;
  private final ArrayDeque<Sliced> sliced = new ArrayDeque<>();
  private final boolean lru;
  private final boolean lfu;

  /**
   * @param channel where the entries go
   * @param keyspace the one that is walked
   */
  public SnapshotEntries(SnapshotChannel channel, Keyspace keyspace) {
    EvictionPolicy policy = keyspace.evictionPolicy();
    this.channel = channel;
    this.sink = new ChannelSink(channel, channel.main());
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
      StoredType type = types.of(entry);
      if (type.isSavedInSlices(entry)) {
        SnapshotLane lane = channel.openLane();
        ChannelSink into = new ChannelSink(channel, lane);
        into.key(database, keyAddress, keyLength, expireAt, idle, frequency);
        sliced.add(new Sliced(lane, into, type.startSaving(entry, into)));
      } else {
        sink.key(database, keyAddress, keyLength, expireAt, idle, frequency);
        type.save(entry, sink);
        sink.end();
      }
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

  /** Whether values are being written in slices. */
  public boolean isWritingValues() {
    return !sliced.isEmpty();
  }

  /**
   * Goes on with the values that are written in slices, one after another, for at most about so
   * long; longer only when there are too many of them.
   */
  public void advance(LongSupplier nanoClock, long budgetNanos) {
    long start = nanoClock.getAsLong();
    while (!sliced.isEmpty()
        && (sliced.size() > SLICED_MAX || nanoClock.getAsLong() - start < budgetNanos)) {
      Sliced first = sliced.element();
      if (!first.walk.advance(EFFORT)) {
        sliced.remove();
        first.sink.end();
        channel.closeLane(first.lane);
      }
    }
  }

  /** Ends early: nothing more is written. */
  public void cancel() {
    for (Sliced one : sliced) {
      one.walk.cancel();
    }
    sliced.clear();
  }
}
