package dev.millrace.engine.tracking;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.KeyFinder;
import dev.millrace.engine.command.TrackedKeys;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.pipeline.CallObserver;
import dev.millrace.engine.pipeline.Slice;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.pubsub.Frame;
import dev.millrace.engine.pubsub.Outbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Client-side caching: remembers which client has read which key, and tells it once when that key
 * changes; or, in BCAST mode, tells at the end of each round of every change under the prefixes a
 * client named.
 *
 * <p>A client hears of its own change behind the reply of the command that made it. Messages are
 * pushes in RESP3; to a RESP2 client they go as messages of a channel, when another client
 * redirects its own there. At most {@code tracking-table-max-keys} keys are remembered (L7): beyond
 * that some key is given up as if it had changed.
 *
 * <p>Owned by: executor thread.
 */
public final class Tracking implements TrackedKeys, CallObserver, Slice, AutoCloseable {
  private static final String CHANNEL = "__redis__:invalidate";
  private static final int BUCKETS_PER_SLICE = 256;

  private final SlabAllocator memory;
  private final Clients clients;
  private final Call call;
  private final Outbox outbox;
  private final LongSupplier keysMax;
  private final RandomGenerator random;

  private ReaderTable readers;
  private final ArrayDeque<ReaderTable> retired = new ArrayDeque<>();

  /** In the order of their bytes, one char a byte. */
  private final Map<String, PrefixWatch> prefixes = new TreeMap<>();

  private boolean prefixesChanged;
  private int tracking;
  private boolean scriptHasRead;

  /** Keys that the client whose unit runs is to be told of when it is over; null for all. */
  private final List<byte @Nullable []> pending = new ArrayList<>();

  private final Frame keys = new Frame();
  private final Frame frame = new Frame();

  /**
   * Nobody tracks anything yet.
   *
   * @param call tells whose unit runs
   * @param keysMax the limit of remembered keys, 0 for none
   */
  public Tracking(
      SlabAllocator memory,
      Clients clients,
      Call call,
      Outbox outbox,
      LongSupplier keysMax,
      RandomGenerator random) {
    this.memory = memory;
    this.clients = clients;
    this.call = call;
    this.outbox = outbox;
    this.keysMax = keysMax;
    this.random = random;
    this.readers = new ReaderTable(memory);
  }

  /** How a client tracks, or null. */
  public static @Nullable TrackingState of(Client client) {
    return (TrackingState) client.tracking();
  }

  /** Clients that track. */
  public int clients() {
    return tracking;
  }

  /** Keys remembered. */
  public long totalKeys() {
    return readers.keys();
  }

  /** Pairs of a key and a client remembered. */
  public long totalItems() {
    return readers.items();
  }

  /** Prefixes of BCAST mode. */
  public int totalPrefixes() {
    return prefixes.size();
  }

  /**
   * Switches tracking on, or changes how a client that has it on tracks. The caller has checked
   * that the options go together.
   */
  void enable(Client client, TrackingState wanted, List<byte[]> wantedPrefixes) {
    TrackingState state = of(client);
    if (state == null) {
      state = new TrackingState();
      client.tracking(state);
      tracking++;
    }
    state.brokenRedirect = false;
    state.broadcast = wanted.broadcast;
    state.optIn = wanted.optIn;
    state.optOut = wanted.optOut;
    state.noLoop = wanted.noLoop;
    state.redirect = wanted.redirect;
    if (state.broadcast) {
      if (wantedPrefixes.isEmpty()) {
        watch(client, state, new byte[0]);
      }
      for (byte[] prefix : wantedPrefixes) {
        watch(client, state, prefix);
      }
    }
  }

  private void watch(Client client, TrackingState state, byte[] prefix) {
    String name = new String(prefix, java.nio.charset.StandardCharsets.ISO_8859_1);
    PrefixWatch watch = prefixes.computeIfAbsent(name, _ -> new PrefixWatch(prefix));
    if (watch.clients.add(client)) {
      state.prefixes.add(watch);
      state.prefixes.sort((one, other) -> Arrays.compareUnsigned(one.prefix, other.prefix));
    }
  }

  /** Switches tracking off, also when a client is gone. What it has read is forgotten in time. */
  public void disable(Client client) {
    TrackingState state = of(client);
    if (state == null) {
      return;
    }
    for (PrefixWatch watch : state.prefixes) {
      watch.clients.remove(client);
      if (watch.clients.isEmpty()) {
        prefixes.values().remove(watch);
      }
    }
    client.tracking(null);
    tracking--;
  }

  @Override
  public void ran(Client client, Request request, Command command, long nanos) {
    TrackingState state = of(client);
    if (state == null) {
      return;
    }
    // A script that has read anything has read all the keys it was called with.
    boolean reads = command.showsItself() ? scriptHasRead : command.has(CommandFlag.READONLY);
    scriptHasRead &= !command.showsItself();
    if (reads && !state.broadcast) {
      remember(client, state, request, command);
    }
  }

  @Override
  public void begins(Client client, Request request, Command command) {
    scriptHasRead = false;
  }

  @Override
  public void ranInScript(Client client, Request request, Command command) {
    scriptHasRead |= command.has(CommandFlag.READONLY);
  }

  private void remember(Client client, TrackingState state, Request request, Command command) {
    if ((state.optIn && !state.caching)
        || (state.optOut && state.caching)
        || command.has(CommandFlag.PUBSUB)) {
      return;
    }
    List<KeyFinder.Key> found;
    try {
      found = KeyFinder.find(command, request, 0);
    } catch (CommandError noKeys) {
      return;
    }
    for (KeyFinder.Key key : found) {
      long address = request.address(key.argument());
      int length = request.length(key.argument());
      readers.add(address, length, Memory.hash(address, length), client.id());
      keepWithinLimit();
    }
  }

  private void keepWithinLimit() {
    long max = keysMax.getAsLong();
    while (max > 0 && readers.keys() > max) {
      tell(readers.takeAny(random));
    }
  }

  @Override
  public int interest() {
    return prefixes.size() + (readers.keys() > 0 ? 1 : 0);
  }

  @Override
  public void changed(Database database, long keyAddress, int keyLength, long hash) {
    if (!prefixes.isEmpty()) {
      noteForPrefixes(keyAddress, keyLength);
    }
    if (readers.keys() > 0) {
      long entry = readers.take(keyAddress, keyLength, hash);
      if (entry != 0) {
        tell(entry);
      }
    }
  }

  private void noteForPrefixes(long key, int length) {
    byte[] copy = null;
    for (PrefixWatch watch : prefixes.values()) {
      if (watch.covers(key, length)) {
        copy = copy == null ? Memory.bytes(key, length) : copy;
        watch.changed.putIfAbsent(copy, call.current());
        prefixesChanged = true;
      }
    }
  }

  /** Tells everybody who has read the key of an entry, and frees the entry. */
  private void tell(long entry) {
    long key = ReaderTable.keyAddress(entry);
    int length = ReaderTable.keyLength(entry);
    Client current = call.current();
    for (int i = 0; i < ReaderTable.clients(entry); i++) {
      Client client = clients.byId(ReaderTable.client(entry, i));
      TrackingState state = client == null ? null : of(client);
      if (client == null || state == null || state.broadcast) {
        continue;
      }
      if (client != current) {
        keys.beginPart().array(1).bulk(key, length);
        send(client, state);
      } else if (!state.noLoop) {
        pending.add(Memory.bytes(key, length));
      }
    }
    readers.free(entry);
  }

  @Override
  public void flushed() {
    if (tracking > 0) {
      for (Client client : clients.all()) {
        TrackingState state = of(client);
        if (state == null) {
          continue;
        }
        if (client == call.current()) {
          pending.add(null);
        } else {
          sendNull(client, state);
        }
      }
    }
    if (readers.keys() > 0) {
      retired.add(readers);
      readers = new ReaderTable(memory);
    }
  }

  private void sendNull(Client client, TrackingState state) {
    keys.beginPart().nullBulk(client.reply().protocol());
    send(client, state);
  }

  /** A unit is over: its client is told of what it changed itself. */
  public void unitEnded(Client client) {
    TrackingState state = of(client);
    if (!pending.isEmpty()) {
      // It is told even if it has switched tracking off in the same transaction.
      TrackingState told = state == null ? new TrackingState() : state;
      for (byte @Nullable [] key : pending) {
        if (key == null) {
          sendNull(client, told);
        } else {
          keys.beginPart().array(1).bulk(key);
          send(client, told);
        }
      }
      pending.clear();
    }
    if (state != null && state.caching && !client.transaction().isOpen()) {
      Command last = client.lastCommand();
      state.caching = last != null && last.fullName().startsWith("client|");
    }
  }

  /** The end of a round: the clients in BCAST mode are told. */
  public void roundEnded() {
    if (!prefixesChanged) {
      return;
    }
    prefixesChanged = false;
    for (PrefixWatch watch : prefixes.values()) {
      if (watch.changed.isEmpty()) {
        continue;
      }
      for (Client client : watch.clients) {
        TrackingState state = of(client);
        if (state != null && collect(watch, state.noLoop ? client : null)) {
          send(client, state);
        }
      }
      watch.changed.clear();
    }
  }

  /** Writes the changed keys, but for those changed by {@code except}; false when none are left. */
  private boolean collect(PrefixWatch watch, @Nullable Client except) {
    int count = 0;
    for (Client by : watch.changed.values()) {
      count += except == null || by != except ? 1 : 0;
    }
    keys.beginPart().array(count);
    watch.changed.forEach((key, by) -> {
      if (except == null || by != except) {
        keys.bulk(key);
      }
    });
    return count > 0;
  }

  /** Sends what is in {@link #keys} to a client, or to where it redirects its messages. */
  private void send(Client client, TrackingState state) {
    Client to = client;
    if (state.redirect != 0) {
      to = clients.byId(state.redirect);
      if (to == null) {
        state.brokenRedirect = true;
        if (client.reply().protocol() == 3) {
          frame.begin(2).bulk("tracking-redir-broken").integer(state.redirect);
          outbox.send(client, frame.address(), frame.bytes());
        }
        return;
      }
    }
    if (to.reply().protocol() == 3) {
      frame.begin(2).bulk("invalidate");
    } else if (to != client && to.isSubscriber()) {
      frame.begin(3).protocol(2).bulk("message").bulk(CHANNEL);
    } else {
      // RESP2 has no messages a client did not ask for.
      return;
    }
    outbox.send(to, frame.address(), frame.bytes(), keys.address(), keys.bytes());
  }

  /** Whether a prefix and one the client has already cover a key in common; that one, or null. */
  static byte @Nullable [] overlapping(@Nullable TrackingState state, byte[] prefix) {
    if (state != null) {
      for (PrefixWatch watch : state.prefixes) {
        if (watch.overlaps(prefix)) {
          return watch.prefix;
        }
      }
    }
    return null;
  }

  /** Whether two prefixes cover a key in common. */
  static boolean overlap(byte[] one, byte[] other) {
    int shorter = Math.min(one.length, other.length);
    return Arrays.equals(one, 0, shorter, other, 0, shorter);
  }

  /** Frees what a flush made needless, some of it. */
  @Override
  public boolean run(long nowMillis) {
    ReaderTable oldest = retired.peek();
    if (oldest != null && !oldest.clearSome(BUCKETS_PER_SLICE)) {
      oldest.close();
      retired.remove();
    }
    return !retired.isEmpty();
  }

  @Override
  public void close() {
    readers.close();
    retired.forEach(ReaderTable::close);
    keys.close();
    frame.close();
  }
}
