package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RespClient;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever adds to a collection of many elements or ends it (law L6): no such command holds the
 * executor for a millisecond. {@code -Dmillrace.largeCollection=5000000} runs the full size.
 *
 * <p>On a busy machine a command also takes long when the scheduler runs another thread meanwhile;
 * that happens at another command each time, so what counts is what is slow in every try.
 */
@Timeout(900)
class LargeCollectionsTest {
  private static final long ELEMENTS = Long.getLong("millrace.largeCollection", 100_000);
  private static final int BATCH = 500;
  private static final long SLOW_MICROS = 1000;
  private static final int TRIES = 8;
  private static final int WARM_COLLECTIONS = 60;
  private static final int WARM_ELEMENTS = 600;

  /** How one element is added to the key {@code big}. */
  @SuppressWarnings("ImmutableEnumChecker")
  enum Kind {
    HASH(i -> List.of("HSET", "big", "field:" + i, "value:" + i)),
    SET(i -> List.of("SADD", "big", "member:" + i)),
    INTEGER_SET(i -> List.of("SADD", "big", Long.toString(i * 7))),
    SORTED_SET(i -> List.of("ZADD", "big", Long.toString(i * 31 % 1_000_003), "member:" + i)),
    LIST(i -> List.of("RPUSH", "big", "item:" + i)),
    STREAM(i -> List.of("XADD", "big", (i + 1) + "-0", "field", "value:" + i));

    private final LongFunction<List<String>> add;

    Kind(LongFunction<List<String>> add) {
      this.add = add;
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void l6_noElementAddedToALargeCollectionHoldsTheExecutor(Kind kind) {
    try (LiveServer server = LiveServer.startLean("--appendonly", "no", "--save", "")) {
      RespClient client = server.client();
      warm(client, kind);
      watchSlowCommands(client);
      Set<List<String>> slow = null;
      for (int i = 0; i < TRIES && (slow == null || !slow.isEmpty()); i++) {
        client.text("FLUSHALL");
        awaitFreed(client);
        client.text("SLOWLOG", "RESET");
        fill(client, kind, ELEMENTS);
        Set<List<String>> slowNow = slowCommands(client);
        if (slow == null) {
          slow = slowNow;
        } else {
          slow.retainAll(slowNow);
        }
      }
      assertThat(slow).as("commands that are slow each time").isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void l6_noCommandThatEndsALargeCollectionHoldsTheExecutor(Kind kind) {
    try (LiveServer server = LiveServer.startLean("--appendonly", "no", "--save", "")) {
      warm(server.client(), kind);
      watchSlowCommands(server.client());
      ends(server, kind, "DEL", "big");
      ends(server, kind, "UNLINK", "big");
      ends(server, kind, "PEXPIRE", "big", "0");
      ends(server, kind, "SET", "big", "a string");
      ends(server, kind, "RENAME", "other", "big");
      ends(server, kind, "FLUSHDB");
      ends(server, kind, "FLUSHALL");
      ends(server, kind, "PEXPIRE", "big", "1");
    }
  }

  /**
   * Lets the JVM compile what turns a small collection into a large one, which a server does once
   * for each: interpreted, the 512 fields of a listpack alone take a millisecond on a slow machine.
   */
  private static void warm(RespClient client, Kind kind) {
    for (int i = 0; i < WARM_COLLECTIONS; i++) {
      fill(client, kind, WARM_ELEMENTS);
      client.text("DEL", "big");
    }
    awaitFreed(client);
  }

  private static void watchSlowCommands(RespClient client) {
    client.text("CONFIG", "SET", "slowlog-log-slower-than", Long.toString(SLOW_MICROS));
    client.text("CONFIG", "SET", "slowlog-max-len", "100000");
  }

  /** What the collection itself makes slow is slow each time; what the scheduler does is not. */
  private static void ends(LiveServer server, Kind kind, String... command) {
    RespClient client = server.client();
    boolean slow = true;
    for (int i = 0; i < TRIES && slow; i++) {
      client.text("FLUSHALL");
      awaitFreed(client);
      client.text("SET", "other", "value");
      fill(client, kind, ELEMENTS);
      client.text("SLOWLOG", "RESET");
      client.call((Object[]) command);
      awaitFreed(client);
      slow = slowCommands(client).contains(List.of(command));
    }
    assertThat(slow).as("%s is slow on a large %s", String.join(" ", command), kind).isFalse();
  }

  private static void awaitFreed(RespClient client) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> client.text("INFO", "memory").contains("lazyfree_pending_objects:0"));
  }

  private static Set<List<String>> slowCommands(RespClient client) {
    Set<List<String>> commands = new HashSet<>();
    List<?> log = (List<?>) Objects.requireNonNull(client.call("SLOWLOG", "GET", "-1"));
    for (Object entry : log) {
      List<String> command = new ArrayList<>();
      ((List<?>) ((List<?>) entry).get(3)).forEach(argument -> command.add(text(argument)));
      commands.add(command);
    }
    return commands;
  }

  private static String text(Object argument) {
    return argument instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : argument.toString();
  }

  private static void fill(RespClient client, Kind kind, long to) {
    for (long i = 0; i < to; i += BATCH) {
      long end = Math.min(to, i + BATCH);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      for (long j = i; j < end; j++) {
        request.writeBytes(CommandRunner.encode(kind.add.apply(j).toArray()));
      }
      client.sendRaw(request.toByteArray());
      for (long j = i; j < end; j++) {
        Object reply = client.read();
        assertThat(reply).isNotNull();
      }
    }
  }
}
