package dev.millrace.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import dev.millrace.engine.pubsub.Outbox;
import dev.millrace.engine.pubsub.PubSub;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlowlogTest {
  private static final long SLOW_NANOS = 20_000_000;

  private final Config config = new Config();
  private final Slowlog log = new Slowlog(config, () -> 5_000);
  private final CommandRunner runner = new CommandRunner(1);
  private final ReplyPool pool = new ReplyPool();
  private final Client client =
      new Client(
          7,
          null,
          new ReplyWriter(
              pool,
              new ReplySink() {
                @Override
                public void send(
                    dev.millrace.engine.protocol.@org.jspecify.annotations.Nullable ReplyBuffer
                        first,
                    @org.jspecify.annotations.Nullable RequestBuffer completes,
                    boolean closeAfter) {}

                @Override
                public void released(int bytes) {}
              }),
          0);

  private final SlabAllocator names = new SlabAllocator();
  private final Clients clients = new Clients();
  private final PubSub pubSub =
      new PubSub(names, new Outbox(clients, config.network.clientOutputBufferLimit::value));
  private final AccessControl access =
      new AccessControl(
          config.server, runner.table(), names, clients, pubSub, () -> 5_000, client -> "");

  SlowlogTest() {
    runner
        .table()
        .addAll(
            new ConnectionCommands(access, "7", () -> false, client -> {}),
            new ConfigCommands(
                config, clients, new BackgroundThread(Runnable::run), List::of, List.of()));
  }

  @AfterEach
  void close() {
    access.close();
    pubSub.close();
    names.close();
    runner.close();
    pool.close();
  }

  private void ran(long nanos, Object... arguments) {
    byte[] bytes = CommandRunner.encode(arguments);
    try (RequestBuffer buffer = new RequestBuffer(4096)) {
      buffer.append(bytes, 0, bytes.length);
      new RequestDecoder(runner.table(), new RequestLimits()).decode(buffer, 1);
      Request request = new Request();
      buffer.select(0, request);
      Command command = (Command) Objects.requireNonNull(request.command());
      if (command.isContainer()) {
        command = Objects.requireNonNull(command.subcommands().get(request.text(1)));
      }
      log.ran(client, request, command, nanos);
    }
  }

  private List<String> newest() {
    List<String> words = new ArrayList<>();
    for (byte[] argument : log.newestFirst().next().arguments()) {
      words.add(new String(argument, StandardCharsets.ISO_8859_1));
    }
    return words;
  }

  @Test
  void shouldKeepOnlyWhatIsSlow() {
    ran(9_999_000, "get", "a");
    ran(10_000_000, "get", "b");

    assertThat(log.size()).isEqualTo(1);
    assertThat(newest()).containsExactly("get", "b");
  }

  @Test
  void shouldKeepNothingBelowZeroAndEverythingAtZero() throws Exception {
    config.set(List.of("slowlog-log-slower-than", "-1"), false);
    ran(SLOW_NANOS, "get", "a");
    assertThat(log.size()).isZero();

    config.set(List.of("slowlog-log-slower-than", "0"), false);
    ran(0, "get", "a");
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void shouldNotGrowBeyondItsLength() throws Exception {
    config.set(List.of("slowlog-max-len", "3"), false);
    for (int i = 0; i < 10; i++) {
      ran(SLOW_NANOS, "get", "k" + i);
    }

    List<Long> ids = new ArrayList<>();
    for (Iterator<Slowlog.Entry> each = log.newestFirst(); each.hasNext(); ) {
      ids.add(each.next().id());
    }
    assertThat(ids).containsExactly(9L, 8L, 7L);
  }

  @Test
  void shouldTrimWhatIsLong() {
    List<Object> words = new ArrayList<>(List.of("mget"));
    for (int i = 1; i <= 40; i++) {
      words.add("k" + i);
    }
    ran(SLOW_NANOS, words.toArray());
    assertThat(newest()).hasSize(32).endsWith("k30", "... (10 more arguments)");

    ran(SLOW_NANOS, "set", "k", "a".repeat(300));
    assertThat(newest()).endsWith("a".repeat(128) + "... (172 more bytes)");
  }

  @Test
  void shouldHoldNoSecrets() {
    ran(SLOW_NANOS, "auth", "default", "secret");
    assertThat(newest()).containsExactly("auth", "(redacted)", "(redacted)");

    ran(SLOW_NANOS, "hello", "3", "auth", "default", "secret", "setname", "me");
    assertThat(newest())
        .containsExactly("hello", "3", "auth", "(redacted)", "(redacted)", "setname", "me");

    ran(SLOW_NANOS, "config", "set", "requirepass", "secret", "hz", "20");
    assertThat(newest()).containsExactly("config", "set", "requirepass", "(redacted)", "hz", "20");
  }
}
