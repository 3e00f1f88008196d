package dev.millrace.engine.server;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.keyspace.Watches;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.pipeline.Clock;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.value.ValueTypes;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The dataset and what commands see of it: keyspace, watches, the effects of the unit that runs.
 *
 * <p>Owned by: executor thread.
 */
final class Dataset implements AutoCloseable {
  final Clock clock = new Clock(System::currentTimeMillis);
  final SlabAllocator memory = new SlabAllocator();

  /**
   * What clients have us remember: keys they watch or wait for, channels. Apart from the dataset's,
   * which is another thread's while a replica loads its master's.
   */
  final SlabAllocator clientMemory = new SlabAllocator();

  final Keyspace keyspace;
  final Watches watches;
  final KeyWaiters waiters;
  final Effects effects = new Effects();
  final ReplyPool replies = new ReplyPool();
  final DumpPayload payload = new DumpPayload();

  /** Dispatches the commands of the log while it is replayed; else null. */
  @Nullable Dispatcher replaying;

  /** Keys of the file that was loaded last, and those it had that were left out as expired. */
  volatile long keysLoaded;

  volatile long keysExpiredInFile;

  /** Takes the sources of function libraries that an RDB file holds. */
  Consumer<byte[]> onLibrary = source -> {};

  final Scratch scratch = new Scratch();

  /** The server's own client, which replays the log; its replies go nowhere. */
  final Client internal;

  final Call call;

  /** The types of value beside the string. */
  final ValueTypes types;

  Dataset(int databases, EncodingSettings encodings, Clients clients) {
    keyspace = new Keyspace(memory, KeyspaceClock.of(clock), new SplittableRandom(), databases);
    types = new ValueTypes(memory, encodings, keyspace);
    watches = new Watches(keyspace, clientMemory);
    waiters = new KeyWaiters(keyspace, clientMemory, clients);
    internal =
        new Client(0, null, new ReplyWriter(replies, new DroppedReplies()), clock.getAsLong());
    internal.authenticate(true);
    internal.obeyed(true);
    Command none = Command.named("none").arity(1).handledBy(each -> {}).build();
    call = new Call(keyspace, watches, waiters, effects, internal, none);
    // A key that expires or is evicted goes to the stream as a DEL, before whatever the command
    // that
    // found it adds.
    keyspace.onExpired((database, key, length) ->
        deleted(KeyspaceEvents.EXPIRED, "expired", database, key, length));
    keyspace.onEvicted((database, key, length) ->
        deleted(KeyspaceEvents.EVICTED, "evicted", database, key, length));
    types.hashes().onFieldExpired(this::fieldDeleted);
  }

  /** A file was loaded. Whichever thread has the dataset at the time. */
  void loaded(long keys, long expired) {
    keysLoaded = keys;
    keysExpiredInFile = expired;
  }

  private void deleted(int eventClass, String event, Database database, long key, int length) {
    effects.command(database.index(), 2).argument("DEL").argument(key, length);
    call.notify(eventClass, event, database, key, length);
    call.keyChanged(database, key, length, Memory.hash(key, length));
  }

  private void fieldDeleted(Database database, long key, int length, long field, int fieldLength) {
    effects
        .command(database.index(), 3)
        .argument("HDEL")
        .argument(key, length)
        .argument(field, fieldLength);
    call.notify(KeyspaceEvents.HASH, "hexpired", database, key, length);
    call.keyChanged(database, key, length, Memory.hash(key, length));
  }

  /** Lets the next thread that uses it become the owner. */
  void handOver() {
    memory.handOver();
    clientMemory.handOver();
  }

  @Override
  public void close() {
    internal.transaction().close();
    watches.close();
    waiters.close();
    keyspace.close();
    types.close();
    memory.close();
    clientMemory.close();
    effects.close();
    payload.close();
    scratch.close();
    replies.close();
  }
}
