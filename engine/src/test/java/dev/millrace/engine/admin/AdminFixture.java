package dev.millrace.engine.admin;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.command.SideBySide;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.config.ConfigLoader;
import dev.millrace.engine.config.ServerArguments;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.pipeline.Statistics;
import dev.millrace.engine.pubsub.Messaging;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.tracking.Tracking;
import dev.millrace.engine.tracking.TrackingCommands;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The administration commands beside a real Redis, over a server of which nothing runs: what it is
 * asked to do is written down in {@link #asked}.
 *
 * <p>Owned by: the test's thread.
 */
final class AdminFixture implements AutoCloseable {
  private static final String[] OPTIONS = {
    "--enable-debug-command", "yes", "--enable-protected-configs", "yes", "--loglevel", "warning"
  };

  final Config config = new Config();
  final Clients clients = new Clients();
  final List<String> asked = new ArrayList<>();
  final SideBySide both;
  final Slowlog slowlog;
  final LatencyMonitor latency;
  final InfoSections info;
  Persistence.Answer answer = Persistence.Answer.STARTED;
  private final DumpPayload payload = new DumpPayload();
  private final SlabAllocator names = new SlabAllocator();
  private final Messaging messaging;
  private final Tracking tracking;
  private final AccessControl access;

  AdminFixture() {
    this(2);
  }

  AdminFixture(int sessions, String... more) {
    List<String> options = new ArrayList<>(List.of(OPTIONS));
    options.addAll(List.of(more));
    both = new SideBySide(RealRedis.start(options.toArray(new String[0])), "", 1, sessions);
    try {
      // What RealRedis sets for itself.
      options.addAll(List.of("--save", "", "--appendonly", "no"));
      new ConfigLoader(config, "Millrace")
          .load(ServerArguments.parse(options), new ByteArrayInputStream(new byte[0]));
    } catch (dev.millrace.engine.config.ConfigFileException e) {
      throw new AssertionError(e);
    }
    CommandRunner runner = both.runner();
    slowlog = new Slowlog(config, runner::nowMillis);
    latency = new LatencyMonitor(config.server, runner::nowMillis);
    FakeStatus status = new FakeStatus();
    MemoryPeak peak = new MemoryPeak(status);
    messaging = new Messaging(names, clients, config, () -> runner.nowMillis() * 1000);
    tracking =
        new Tracking(
            names,
            clients,
            runner.call(),
            messaging.outbox(),
            config.network.trackingTableMaxKeys::value,
            new SplittableRandom(1));
    access =
        new AccessControl(
            config.server,
            runner.table(),
            names,
            clients,
            messaging.pubSub(),
            runner::nowMillis,
            client -> "");
    config.server.requirepass.onChange(
        () -> access.defaultPassword(config.server.requirepass.bytes()));
    info =
        new InfoSections(
            config,
            status,
            status,
            peak,
            status,
            status,
            clients,
            messaging,
            tracking,
            runner.table(),
            new Statistics(),
            runner.keyspace(),
            latency,
            runner::nowMillis);
    runner
        .table()
        .addAll(
            new ConnectionCommands(access, "7.0.15", () -> false, messaging::forget),
            new ClientCommands(
                clients,
                new TrackingCommands(tracking, clients),
                name -> access.find(name) != null),
            new ConfigCommands(config, clients, new Inline(), List::of, List.of(info::reset)),
            new CommandCommands(runner.table()),
            new ServerCommands(() -> runner.nowMillis() * 1000, "Millrace"),
            new PersistenceCommands(new FakePersistence(), new FakeLifecycle(), clients),
            new DebugCommands(
                config, clients, new FakeActions(), payload, call -> call.reply().ok()),
            new SlowlogCommands(slowlog),
            new LatencyCommands(latency, runner.table()),
            new MemoryCommands(status, peak),
            new InfoCommand(info.all()));
  }

  /** Each line is a command, its words divided by bars; replies must be the same to the byte. */
  void same(int client, String lines) {
    for (String line : lines.strip().split("\n")) {
      both.same(client, (Object[]) line.strip().split("\\|", -1));
    }
  }

  @Override
  public void close() {
    both.close();
    messaging.close();
    tracking.close();
    access.close();
    names.close();
    payload.close();
  }

  private static final class Inline implements OffExecutor {
    @Override
    public <T> void run(Callable<T> work, BiConsumer<@Nullable T, @Nullable Exception> then) {
      T result;
      try {
        result = work.call();
      } catch (Exception failure) {
        then.accept(null, failure);
        return;
      }
      then.accept(result, null);
    }
  }

  private final class FakePersistence implements Persistence {
    @Override
    public Answer save(boolean mayWait, Consumer<Boolean> ended) {
      asked.add("save " + mayWait);
      return answer;
    }

    @Override
    public Answer takeBase() {
      asked.add("base");
      return answer;
    }

    @Override
    public long lastSaveMillis() {
      return 0;
    }
  }

  private final class FakeLifecycle implements Lifecycle {
    @Override
    public void shutdown(Shutdown how, Consumer<String> failed) {
      asked.add("shutdown " + how);
    }

    @Override
    public boolean abortShutdown() {
      return false;
    }
  }

  private final class FakeActions implements DebugActions {
    @Override
    public void clockwork(boolean on) {}

    @Override
    public void reload(
        boolean save, boolean flush, boolean merge, Consumer<@Nullable String> ended) {
      asked.add("reload " + save + " " + flush);
      ended.accept(null);
    }

    @Override
    public void loadLog(Consumer<@Nullable String> ended) {
      asked.add("loadLog");
      ended.accept(null);
    }

    @Override
    public void changeReplicationId() {
      asked.add("changeReplicationId");
    }

    @Override
    public void unrestrictedScripts(boolean on) {}

    @Override
    public void activeExpiry(boolean on) {
      asked.add("activeExpiry " + on);
    }
  }
}
