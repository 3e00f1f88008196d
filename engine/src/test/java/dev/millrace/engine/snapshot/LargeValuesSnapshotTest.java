package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.CommandRunner;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.snapshot.SnapshotFile.DatabaseSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Values that a snapshot writes in slices: whatever commands do to them between the cut and the
 * end, the file has them as they were at the cut.
 */
@Timeout(120)
class LargeValuesSnapshotTest {
  private static final int ELEMENTS = 12_000;
  private static final int BATCH = 400;
  private static final long SLICE_NANOS = 30_000;

  /**
   * Kinds of large values: how one grows, how one of its elements changes or goes, how it reads.
   */
  private enum Kind {
    HASH,
    EXPIRING_HASH,
    SET,
    SORTED_SET,
    LIST,
    STREAM;

    List<Object> add(String key, int element, SplittableRandom random) {
      return switch (this) {
        case HASH, EXPIRING_HASH ->
            List.of("HSET", key, "f" + element, value(element, random.nextInt(3)));
        case SET -> List.of("SADD", key, "member:" + element);
        case SORTED_SET -> List.of("ZADD", key, random.nextInt(1000), "member:" + element);
        case LIST -> List.of(random.nextBoolean() ? "RPUSH" : "LPUSH", key, "item:" + element);
        case STREAM -> List.of("XADD", key, "*", "field", "value:" + element);
      };
    }

    List<Object> change(String key, int element, SplittableRandom random) {
      boolean remove = random.nextBoolean();
      return switch (this) {
        case HASH -> remove ? List.of("HDEL", key, "f" + element) : add(key, element, random);
        case EXPIRING_HASH ->
            switch (random.nextInt(4)) {
              case 0 ->
                  List.of("HPEXPIRE", key, random.nextInt(1, 1 << 30), "FIELDS", 1, "f" + element);
              case 1 -> List.of("HPERSIST", key, "FIELDS", 1, "f" + element);
              case 2 -> List.of("HDEL", key, "f" + element);
              default -> add(key, element, random);
            };
        case SET -> remove ? List.of("SREM", key, "member:" + element) : add(key, element, random);
        case SORTED_SET ->
            remove
                ? List.of("ZREM", key, "member:" + element)
                : List.of("ZINCRBY", key, 1, "member:" + element);
        case LIST ->
            switch (random.nextInt(40)) {
              case 0 -> List.of("LSET", key, random.nextInt(100), "set");
              case 1 -> List.of("LREM", key, random.nextInt(-1, 2), "item:" + element);
              case 2 -> List.of("LINSERT", key, "BEFORE", "item:" + element, "inserted");
              case 3 -> List.of("LTRIM", key, random.nextInt(9), -random.nextInt(9) - 1);
              default -> List.of(remove ? "RPOP" : "LPOP", key, random.nextInt(1, 50));
            };
        case STREAM ->
            switch (random.nextInt(3)) {
              case 0 -> List.of("XTRIM", key, "MAXLEN", ELEMENTS - 100);
              case 1 -> List.of("XDEL", key, CommandRunner.START_MILLIS + "-" + element);
              default -> add(key, element, random);
            };
      };
    }

    List<Object> read(String key) {
      return switch (this) {
        case HASH -> List.of("HGETALL", key);
        case EXPIRING_HASH -> List.of("HGETALL", key);
        case SET -> List.of("SMEMBERS", key);
        case SORTED_SET -> List.of("ZRANGE", key, 0, -1, "WITHSCORES");
        case LIST -> List.of("LRANGE", key, 0, -1);
        case STREAM -> List.of("XRANGE", key, "-", "+");
      };
    }

    boolean ordered() {
      return this == SORTED_SET || this == LIST || this == STREAM;
    }

    private static String value(int element, int choice) {
      // Two of the same length, so that one is written over the other in place.
      return (choice == 0 ? "value:" : choice == 1 ? "VALUE:" : "a longer value:") + element;
    }
  }

  @TempDir private Path directory;

  @RepeatedTest(3)
  void shouldHaveLargeValuesAsTheyWereAtTheCut(RepetitionInfo repetition) throws Exception {
    long seed =
        Long.getLong("millrace.seed", System.nanoTime()) + repetition.getCurrentRepetition();
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (CommandRunner live = new CommandRunner(seed);
        CommandRunner cut = new CommandRunner(seed);
        CommandRunner loaded = new CommandRunner(seed)) {
      fill(random, live, cut);
      Snapshot snapshot = new Snapshot(live);
      int changes = 0;
      while (snapshot.advance()) {
        change(live, random);
        changes++;
      }
      snapshot.finish();
      assertThat(changes).as("changes made during the snapshot").isGreaterThan(100);
      snapshot.loadInto(loaded);
      for (Kind kind : Kind.values()) {
        for (int i = 0; i < 2; i++) {
          assertThat(content(loaded, kind, kind + ":" + i))
              .as(() -> kind + " with seed " + seed)
              .isEqualTo(content(cut, kind, kind + ":" + i));
        }
      }
      assertThat(loaded.wire("DBSIZE")).isEqualTo(cut.wire("DBSIZE"));
      assertNothingButTheSnapshot();
    }
  }

  @RepeatedTest(3)
  void shouldHaveLargeValuesThatAreDeletedMeanwhile(RepetitionInfo repetition) throws Exception {
    long seed =
        Long.getLong("millrace.seed", System.nanoTime()) + repetition.getCurrentRepetition();
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (CommandRunner live = new CommandRunner(seed);
        CommandRunner cut = new CommandRunner(seed);
        CommandRunner loaded = new CommandRunner(seed)) {
      fill(random, live, cut);
      Snapshot snapshot = new Snapshot(live);
      for (int i = 0; i < 20; i++) {
        assertThat(snapshot.advance()).isTrue();
        change(live, random);
      }
      if (repetition.getCurrentRepetition() == 1) {
        live.wire("FLUSHALL");
      } else {
        for (Kind kind : Kind.values()) {
          live.wire("RENAME", kind + ":0", kind + ":moved");
          live.wire("SET", kind + ":1", "something else");
          live.wire(repetition.getCurrentRepetition() == 2 ? "DEL" : "UNLINK", kind + ":moved");
        }
      }
      do {
        live.keyspace().lazyFreeSlice(1);
        change(live, random);
      } while (snapshot.advance());
      snapshot.finish();
      snapshot.loadInto(loaded);
      for (Kind kind : Kind.values()) {
        assertThat(content(loaded, kind, kind + ":0"))
            .as(() -> kind + " with seed " + seed)
            .isEqualTo(content(cut, kind, kind + ":0"));
        assertThat(content(loaded, kind, kind + ":1")).isEqualTo(content(cut, kind, kind + ":1"));
      }
    }
  }

  @Test
  void shouldLeaveNothingBehindWhenCancelled() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    try (CommandRunner live = new CommandRunner(1);
        CommandRunner cut = new CommandRunner(1)) {
      fill(random, live, cut);
      Snapshot snapshot = new Snapshot(live);
      for (int i = 0; i < 10; i++) {
        assertThat(snapshot.advance()).isTrue();
        change(live, random);
      }
      snapshot.cancel();
      for (int i = 0; i < 100; i++) {
        change(live, random);
      }
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files).isEmpty();
      }
    }
  }

  private static void fill(SplittableRandom random, CommandRunner... runners) {
    for (Kind kind : Kind.values()) {
      for (int i = 0; i < 2; i++) {
        for (int from = 0; from < ELEMENTS; from += BATCH) {
          ByteArrayOutputStream batch = new ByteArrayOutputStream();
          for (int element = from; element < from + BATCH; element++) {
            batch.writeBytes(
                CommandRunner.encode(kind.add(kind + ":" + i, element, random).toArray()));
            if (kind == Kind.EXPIRING_HASH && element % 3 == 0) {
              batch.writeBytes(
                  CommandRunner.encode(
                      "HPEXPIRE", kind + ":" + i, 1_000_000 + element, "FIELDS", 1, "f" + element));
            }
          }
          for (CommandRunner runner : runners) {
            runner.client().send(batch.toByteArray());
          }
        }
      }
    }
    for (int i = 0; i < 300; i++) {
      for (CommandRunner runner : runners) {
        runner.wire("SET", "string:" + i, "value:" + i);
        runner.wire("RPUSH", "small:" + i, "a", "b", i);
      }
    }
  }

  private static void change(CommandRunner live, SplittableRandom random) {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    String key = kind + ":" + random.nextInt(2);
    live.wire(kind.change(key, random.nextInt(ELEMENTS * 5 / 4), random).toArray());
    live.wire("SET", "string:" + random.nextInt(400), "other");
    live.wire("RPUSH", "small:" + random.nextInt(400), "c");
    live.takeStream();
  }

  private static List<String> content(CommandRunner runner, Kind kind, String key) {
    List<String> lines =
        new ArrayList<>(Arrays.asList(runner.wire(kind.read(key).toArray()).split("\r\n")));
    if (kind == Kind.EXPIRING_HASH) {
      List<Object> asked = new ArrayList<>(List.of("HPEXPIRETIME", key, "FIELDS", ELEMENTS));
      for (int i = 0; i < ELEMENTS; i++) {
        asked.add("f" + i);
      }
      String times = runner.wire(asked.toArray());
      lines.sort(null);
      lines.add(times);
    } else if (!kind.ordered()) {
      lines.sort(null);
    }
    return lines;
  }

  private void assertNothingButTheSnapshot() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("base.rdb"));
    }
  }

  /** A snapshot under way, as the server drives one. */
  private final class Snapshot {
    private final CompletableFuture<SnapshotOutcome> ended = new CompletableFuture<>();
    private final SnapshotChannel channel;
    private final SnapshotEntries entries;
    private final SnapshotWalk walk;

    Snapshot(CommandRunner of) {
      List<DatabaseSize> sizes = new ArrayList<>();
      for (int i = 0; i < of.keyspace().databases(); i++) {
        sizes.add(new DatabaseSize(of.keyspace().database(i).size(), 0));
      }
      channel =
          new SnapshotFile(
                  SnapshotStore.FILES,
                  directory.resolve("base.rdb"),
                  new RdbHeader("7.0.15", 0, 0, null, true),
                  sizes,
                  SnapshotFile.Options.DEFAULT,
                  System::nanoTime,
                  ended::complete)
              .start();
      entries = new SnapshotEntries(channel, of.keyspace());
      walk = of.keyspace().startWalk(entries);
    }

    boolean advance() {
      assertThat(channel.hasFailed()).isFalse();
      if (!channel.hasRoom()) {
        return true;
      }
      if (entries.isWritingValues()) {
        entries.advance(System::nanoTime, SLICE_NANOS);
        return true;
      }
      return walk.advance(2) || entries.isWritingValues();
    }

    void finish() throws Exception {
      channel.finish();
      assertThat(ended.get(60, TimeUnit.SECONDS).failure()).isNull();
    }

    void cancel() throws Exception {
      walk.cancel();
      entries.cancel();
      channel.abort();
      assertThat(ended.get(60, TimeUnit.SECONDS).result())
          .isEqualTo(SnapshotOutcome.Result.ABORTED);
    }

    void loadInto(CommandRunner target) throws IOException {
      KeyspaceLoader loader = new KeyspaceLoader(target.keyspace(), CommandRunner.START_MILLIS);
      try (FileChannel file = FileChannel.open(directory.resolve("base.rdb"));
          RdbReader reader = new RdbReader(file, target.keyspace().databases(), true)) {
        reader.read(loader);
      }
    }
  }
}
