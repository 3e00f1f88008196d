package dev.millrace.engine.command;

import com.sun.management.ThreadMXBean;
import dev.millrace.engine.command.bitmap.BitmapCommands;
import dev.millrace.engine.command.bloom.BloomCommands;
import dev.millrace.engine.command.generic.GenericCommands;
import dev.millrace.engine.command.geo.GeoCommands;
import dev.millrace.engine.command.hash.HashCommands;
import dev.millrace.engine.command.hyperloglog.HyperLogLogCommands;
import dev.millrace.engine.command.list.ListCommands;
import dev.millrace.engine.command.script.FunctionCommands;
import dev.millrace.engine.command.script.Libraries;
import dev.millrace.engine.command.script.ScriptCommands;
import dev.millrace.engine.command.script.ScriptEngine;
import dev.millrace.engine.command.script.Scripts;
import dev.millrace.engine.command.set.SetCommands;
import dev.millrace.engine.command.sort.SortCommands;
import dev.millrace.engine.command.sortedset.SortedSetCommands;
import dev.millrace.engine.command.stream.StreamCommands;
import dev.millrace.engine.command.string.StringCommands;
import dev.millrace.engine.command.transaction.TransactionCommands;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.keyspace.Watches;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.pipeline.Dispatcher;
import dev.millrace.engine.pipeline.LookAhead;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.value.ValueTypes;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands without sockets or threads: bytes go through the decoder and the dispatcher, and
 * what is replied and what would go to the replication stream come out as text, one char per byte.
 *
 * <p>Time stands still until a test moves it. Closing checks that no memory is lost.
 *
 * <p>Owned by: the test's thread.
 */
public final class CommandRunner implements AutoCloseable {
  private static final int INPUT_BYTES = 4096;
  private static final int DATABASES = 16;
  private static final long VALUE_BYTES_MAX = 512L * 1024 * 1024;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The moment at which every runner begins, in Unix milliseconds. */
  public static final long START_MILLIS = 1_700_000_000_000L;

  private final CommandTable table = new CommandTable();
  private final SlabAllocator memory = new SlabAllocator();
  private final ReplyPool pool = new ReplyPool();
  private final Config config = new Config();
  private final Keyspace keyspace;
  private final ValueTypes types;
  private final Watches watches;
  private final KeyWaiters waiters;
  private final Effects effects = new Effects();
  private final DumpPayload payload = new DumpPayload();
  private final Scratch scratch = new Scratch();
  private final Call call;
  private final Dispatcher dispatcher;
  private final LookAhead lookAhead;
  private final ScriptEngine scriptEngine;
  private final Scripts scripts;
  private final Libraries libraries;
  private final List<List<String>> stream = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private final Request request = new Request();
  private final RequestBuffer input = new RequestBuffer(INPUT_BYTES);
  private final RequestDecoder decoder = new RequestDecoder(table, new RequestLimits());
  private final Request effect = new Request();
  private final RequestBuffer effectInput = new RequestBuffer(INPUT_BYTES);
  private final RequestDecoder effectDecoder =
      new RequestDecoder((name, length) -> null, new RequestLimits());
  private long nowMillis = START_MILLIS;
  private boolean recording = true;
  private long valueBytesMax = VALUE_BYTES_MAX;
  private boolean memoryLimited;
  private long sparseBytesMax = 3000;

  /** A server of nothing but these commands and an empty dataset. */
  public CommandRunner(long seed) {
    KeyspaceClock clock =
        new KeyspaceClock() {
          @Override
          public long millis() {
            return nowMillis;
          }

          @Override
          public long nanos() {
            return nowMillis * 1_000_000;
          }
        };
    keyspace = new Keyspace(memory, clock, new SplittableRandom(seed), DATABASES);
    lookAhead = new LookAhead(keyspace);
    types = new ValueTypes(memory, config.encodings, keyspace);
    watches = new Watches(keyspace, memory);
    keyspace.onExpired(this::expired);
    types.hashes().onFieldExpired(this::fieldExpired);
    Session internal = new Session(0);
    waiters = new KeyWaiters(keyspace, memory, new Clients());
    call = new Call(keyspace, watches, waiters, effects, internal.client, nothing());
    dispatcher =
        new Dispatcher(call, effects, this::record, new Statistics(), List.of(), List.of());
    scriptEngine = new ScriptEngine(table, pool, this::dispatcher, () -> 5_000);
    scripts = new Scripts(scriptEngine);
    libraries = new Libraries(scriptEngine);
    table.addAll(
        new StringCommands(() -> valueBytesMax),
        new BitmapCommands(() -> valueBytesMax, scratch),
        new HyperLogLogCommands(() -> sparseBytesMax, scratch, keyspace),
        new StreamCommands(types.streams(), config.encodings),
        new HashCommands(types.hashes()),
        new SetCommands(types.sets()),
        new BloomCommands(types.blooms(), scratch),
        new SortedSetCommands(types, keyspace.random()),
        new GeoCommands(types),
        new GenericCommands(payload, () -> true, () -> false, () -> memoryLimited),
        new ListCommands(types.lists()),
        new SortCommands(types, memory),
        new TransactionCommands(dispatcher),
        new ScriptCommands(scriptEngine, scripts),
        new FunctionCommands(scriptEngine, libraries, () -> true));
  }

  private Dispatcher dispatcher() {
    return dispatcher;
  }

  /** What scripts run on. */
  public Scripts scripts() {
    return scripts;
  }

  /** What functions run on. */
  public Libraries libraries() {
    return libraries;
  }

  private static Command nothing() {
    return Command.named("nothing").arity(1).handledBy(call -> {}).build();
  }

  /** A new client. */
  public Session connect() {
    Session session = new Session(sessions.size() + 1);
    sessions.add(session);
    return session;
  }

  /** The one client of a test that needs no more. */
  public Session client() {
    return sessions.isEmpty() ? connect() : sessions.getFirst();
  }

  /** Runs a command of {@link #client}; its reply as the bytes that would be sent. */
  public String wire(Object... arguments) {
    return client().wire(arguments);
  }

  /** What the commands see. */
  public Call call() {
    return call;
  }

  /** What went to the stream since the last call, each as {@code db> argument argument}. */
  public List<String> takeStream() {
    return takeStreamArguments().stream()
        .map(command ->
            command.getFirst() + "> " + String.join(" ", command.subList(1, command.size())))
        .toList();
  }

  /** What went to the stream since the last call: the database, then the command's arguments. */
  public List<List<String>> takeStreamArguments() {
    List<List<String>> taken = List.copyOf(stream);
    stream.clear();
    return taken;
  }

  /** The settings, of which the encodings' are read live. */
  public Config config() {
    return config;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public CommandTable table() {
    return table;
  }

  public long nowMillis() {
    return nowMillis;
  }

  /** Lets time pass between two commands. */
  public void advanceMillis(long millis) {
    nowMillis += millis;
  }

  /** Sets the time, to run beside a server that has its own. */
  public void setMillis(long millis) {
    nowMillis = millis;
  }

  /** Sets {@code proto-max-bulk-len}. */
  public void valueBytesMax(long bytes) {
    valueBytesMax = bytes;
  }

  /** Sets {@code hll-sparse-max-bytes}. */
  public void sparseBytesMax(long bytes) {
    sparseBytesMax = bytes;
  }

  /** Sets whether {@code maxmemory} is set. */
  public void memoryLimited(boolean value) {
    memoryLimited = value;
  }

  /** Makes a key hold a list, as {@code LPUSH key x} does, whatever it held before. */
  public void putList(int database, String key) {
    byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
    try (Region region = new Region(bytes.length + 1L)) {
      long element = region.address() + bytes.length;
      Memory.put(region.address(), bytes, 0, bytes.length);
      Memory.putByte(element, (byte) 'x');
      long hash = Memory.hash(region.address(), bytes.length);
      Database into = keyspace.database(database);
      into.delete(region.address(), bytes.length, hash);
      types.lists().push(into, region.address(), bytes.length, hash, 0, true, element, 1);
    }
  }

  private void expired(Database database, long keyAddress, int keyLength) {
    effects
        .command(database.index(), 2)
        .argument("DEL".getBytes(StandardCharsets.US_ASCII))
        .argument(keyAddress, keyLength);
    watches.touched(database, keyAddress, keyLength);
  }

  private void fieldExpired(
      Database database, long keyAddress, int keyLength, long fieldAddress, int fieldLength) {
    effects
        .command(database.index(), 3)
        .argument("HDEL".getBytes(StandardCharsets.US_ASCII))
        .argument(keyAddress, keyLength)
        .argument(fieldAddress, fieldLength);
  }

  private void record(int database, long address, long bytes) {
    if (!recording) {
      return;
    }
    effectInput.clear();
    effectDecoder.reset();
    effectInput.append(address, (int) bytes);
    effectDecoder.decode(effectInput, 2);
    if (effectInput.count() != 1 || effectInput.error() != null) {
      throw new AssertionError(
          "an effect is one whole command: "
              + new String(Memory.bytes(address, (int) bytes), StandardCharsets.ISO_8859_1));
    }
    effectInput.select(0, effect);
    List<String> command = new ArrayList<>();
    command.add(Integer.toString(database));
    for (int i = 0; i < effect.argc(); i++) {
      command.add(effect.text(i));
    }
    stream.add(command);
  }

  @Override
  public void close() {
    sessions.forEach(Session::close);
    scripts.close();
    libraries.close();
    scriptEngine.close();
    watches.close();
    waiters.close();
    keyspace.close();
    types.close();
    payload.close();
    scratch.close();
    effects.close();
    pool.close();
    input.close();
    effectInput.close();
    memory.close();
  }

  /** One client. */
  public final class Session {
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final ReplyWriter reply;
    private final Client client;

    private Session(long id) {
      reply =
          new ReplyWriter(
              pool,
              new ReplySink() {
                @Override
                public void send(
                    @Nullable ReplyBuffer first,
                    @Nullable RequestBuffer completes,
                    boolean closeAfter) {
                  if (first != null) {
                    received.writeBytes(first.chainToArray());
                    first.discardChain();
                  }
                }

                @Override
                public void released(int bytes) {}
              });
      client = new Client(id, null, reply, nowMillis);
      client.authenticate(true);
    }

    /** Sets the protocol version, 2 or 3. */
    public Session protocol(int version) {
      reply.protocol(version);
      return this;
    }

    /** Selects a database. */
    public Session select(int database) {
      client.select(database);
      return this;
    }

    /** Runs a command; arguments are {@code byte[]} or anything with a text. */
    public String wire(Object... arguments) {
      return send(encode(arguments));
    }

    /** Runs what these bytes ask for; the reply as the bytes that would be sent. */
    public String send(byte[] bytes) {
      received.reset();
      input.clear();
      decoder.reset();
      input.append(bytes, 0, bytes.length);
      decoder.decode(input, Integer.MAX_VALUE);
      if (input.error() != null || decoder.consumed() != bytes.length) {
        throw new IllegalArgumentException("not whole commands");
      }
      lookAhead.begin(input, client.database());
      for (int i = 0; i < input.count(); i++) {
        if (i % LookAhead.GROUP == 0) {
          lookAhead.advance(input, i, client.database());
        }
        input.select(i, request);
        dispatcher.dispatch(client, request, nowMillis, 0);
      }
      reply.flush(null, false);
      return received.toString(StandardCharsets.ISO_8859_1);
    }

    /**
     * Runs what these bytes ask for again and again, keeping neither replies nor the stream.
     *
     * @return how many bytes of heap this thread allocated meanwhile
     */
    public long allocatedBytes(int times, byte[] bytes) {
      input.clear();
      decoder.reset();
      input.append(bytes, 0, bytes.length);
      decoder.decode(input, Integer.MAX_VALUE);
      recording = false;
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < times; i++) {
        for (int j = 0; j < input.count(); j++) {
          input.select(j, request);
          dispatcher.dispatch(client, request, nowMillis, 0);
        }
        reply.truncate(0);
      }
      recording = true;
      return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private void close() {
      watches.unwatch(client.watcher());
      client.transaction().close();
    }
  }

  /** A command as a client sends it. */
  public static byte[] encode(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + arguments.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (Object argument : arguments) {
      byte[] bytes =
          argument instanceof byte[] given
              ? given
              : argument.toString().getBytes(StandardCharsets.ISO_8859_1);
      out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(bytes);
      out.writeBytes(new byte[] {'\r', '\n'});
    }
    return out.toByteArray();
  }
}
