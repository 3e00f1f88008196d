package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.memory.Pages;
import dev.millrace.engine.snapshot.SnapshotFile.DatabaseSize;
import dev.millrace.engine.snapshot.SnapshotFile.Options;
import dev.millrace.engine.snapshot.SnapshotOutcome.Result;
import dev.millrace.engine.testing.RealRedis;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
  private static final int CHUNK = SnapshotChannel.CHUNK_BYTES;
  private static final RdbHeader HEADER = new RdbHeader("7.0.15", 1_700_000_000, 0, null, true);

  @TempDir Path directory;

  private final long mappedBefore = Pages.mappedBytes();
  private final CompletableFuture<SnapshotOutcome> ended = new CompletableFuture<>();

  @AfterEach
  void shouldHaveGivenAllMemoryBack() {
    Awaitility.await().until(() -> Pages.mappedBytes() == mappedBefore);
  }

  @Test
  void shouldWriteTheEntriesItIsGivenWhateverTheirSizes() throws Exception {
    long seed = 101;
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, String> expected = new HashMap<>();
    SnapshotChannel channel = start(SnapshotStore.FILES, Options.DEFAULT);
    for (int i = 0; i < 4000; i++) {
      int database = random.nextInt(16);
      byte[] value = Bytes.someValue(random, i % 500 == 0 ? 3 * CHUNK : 2000);
      String key = (i % 9 == 0 ? "k".repeat(random.nextInt(3000)) : "") + i;
      if (i % 3 == 0) {
        long number = random.nextLong() >> random.nextInt(60);
        putInteger(channel, database, key, number);
        expected.put(database + ":" + key, Long.toString(number));
      } else {
        put(channel, database, key, i % 2 == 0 ? 4_000_000_000_000L + i : -1, value);
        expected.put(database + ":" + key, RdbImage.latin(value));
      }
      while (!channel.hasRoom()) {
        Thread.onSpinWait();
      }
    }
    channel.finish();
    SnapshotOutcome outcome = outcome();
    assertThat(outcome.result()).as("%s, seed %d", outcome, seed).isEqualTo(Result.DONE);
    assertThat(outcome.keys()).isEqualTo(4000);
    assertThat(outcome.durationNanos()).isPositive();
    assertThat(outcome.failure()).isNull();
    byte[] file = Files.readAllBytes(outcome.path());
    assertThat(outcome.bytes()).isEqualTo(file.length);

    RdbImage image = RdbImage.read(file);
    Map<String, String> read = new HashMap<>();
    image.databases.forEach((database, keys) ->
        keys.forEach((key, item) -> read.put(database + ":" + key, item.value())));
    assertThat(read).as("seed %d", seed).isEqualTo(expected);
    assertThat(image.sizes).hasSize(16).containsEntry(15, List.of(30L, 6L));

    Files.move(outcome.path(), directory.resolve("dump.rdb"));
    try (RealRedis redis = RealRedis.startIn(directory)) {
      for (int database = 0; database < 16; database++) {
        redis.client().text("SELECT", Integer.toString(database));
        assertThat(redis.client().call("DBSIZE"))
            .isEqualTo((long) image.databases.getOrDefault(database, Map.of()).size());
      }
    }
  }

  private static Options atMost(long bytesPerSecond) {
    return new Options(
        false, true, 2L * CHUNK, 16L * CHUNK, () -> bytesPerSecond, KeySaveRest.NONE);
  }

  @Test
  void shouldWriteNoFasterThanItMay() throws Exception {
    SnapshotChannel channel = start(SnapshotStore.FILES, atMost(1 << 20));
    byte[] value = Bytes.noise(new SplittableRandom(106), 10_000);
    for (int i = 0; i < 60; i++) {
      assertThat(put(channel, 0, "key" + i, -1, value)).isTrue();
      while (!channel.hasRoom()) {
        Thread.onSpinWait();
      }
    }
    channel.finish();
    assertThat(outcome().result()).isEqualTo(Result.DONE);
    assertThat(outcome().durationNanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500));
  }

  @Test
  void l7_theRateShouldYieldToWhatCommandsPutThereBeforeTheirChanges() throws Exception {
    SnapshotChannel channel = start(SnapshotStore.FILES, atMost(64 << 10));
    byte[] value = Bytes.noise(new SplittableRandom(107), 10_000);
    long began = System.nanoTime();
    // At the rate this would take a minute.
    for (int i = 0; i < 400; i++) {
      assertThat(put(channel, 0, "key" + i, -1, value)).as("entry %d", i).isTrue();
      while (channel.isCongested()) {
        Thread.onSpinWait();
      }
    }
    assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(30));
    channel.abort();
    assertThat(outcome().result()).isEqualTo(Result.ABORTED);
  }

  @Test
  void shouldWriteAnEmptyDataset() throws Exception {
    start(SnapshotStore.FILES, Options.DEFAULT).finish();
    assertThat(outcome().result()).isEqualTo(Result.DONE);
    assertThat(RdbImage.read(Files.readAllBytes(outcome().path())).databases).isEmpty();
  }

  @Test
  void l7_shouldPauseAtTheSoftBoundAndFailCleanAtTheHardBound() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    SlowStore store = new SlowStore(release);
    SnapshotChannel channel = start(store, new Options(false, true, 2L * CHUNK, 8L * CHUNK));
    byte[] value = Bytes.noise(new SplittableRandom(102), 10_000);
    assertThat(channel.hasRoom()).isTrue();
    long inFlightMax = 0;
    int accepted = 0;
    boolean paused = false;
    boolean congested = false;
    while (put(channel, 0, "key" + accepted, -1, value)) {
      accepted++;
      paused |= !channel.hasRoom();
      congested |= channel.isCongested();
      inFlightMax = Math.max(inFlightMax, channel.inFlightBytes());
    }
    assertThat(paused).isTrue();
    assertThat(congested).isTrue();
    assertThat(inFlightMax).isBetween(8L * CHUNK, 9L * CHUNK);
    assertThat((long) accepted * value.length).isGreaterThan(6L * CHUNK);
    assertThat(channel.hasFailed()).isTrue();
    release.countDown();
    assertThat(outcome().result()).isEqualTo(Result.FAILED);
    assertThat(outcome().failure()).hasMessageContaining("the disk does not keep up");
    assertThat(directory.resolve("base.tmp")).doesNotExist();
    assertThat(put(channel, 0, "late", -1, value)).isFalse();
    channel.abort();
  }

  @Test
  void l7_shouldAcceptOneEntryOfAnySizeBelowTheHardBound() throws Exception {
    SnapshotChannel channel =
        start(SnapshotStore.FILES, new Options(false, true, 2L * CHUNK, 2L * CHUNK));
    byte[] large = Bytes.noise(new SplittableRandom(103), 20 * CHUNK);
    assertThat(put(channel, 0, "large", -1, large)).isTrue();
    assertThat(channel.inFlightBytes()).isBetween(20L * CHUNK, 21L * CHUNK + 100);
    channel.finish();
    assertThat(outcome().result()).isEqualTo(Result.DONE);
    RdbImage image = RdbImage.read(Files.readAllBytes(outcome().path()));
    assertThat(image.item(0, "large").value()).isEqualTo(RdbImage.latin(large));
  }

  @Test
  void l7_shouldNotFailForOneValueThatIsLargerThanTheHardBound() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    SnapshotChannel channel =
        start(new SlowStore(release), new Options(false, true, 2L * CHUNK, 4L * CHUNK));
    ChannelSink sink = new ChannelSink(channel, channel.main());
    byte[] item = Bytes.noise(new SplittableRandom(104), 1000);
    int items = 20 * CHUNK / item.length;
    try (Bytes key = Bytes.of("list");
        Bytes bytes = Bytes.of(item)) {
      sink.key(0, key.address(), key.length(), -1, -1, -1);
      sink.type(1);
      sink.length(items);
      for (int i = 0; i < items; i++) {
        sink.string(bytes.address(), bytes.length());
      }
      sink.end();
    }
    assertThat(put(channel, 0, "large", -1, new byte[20 * CHUNK])).isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(put(channel, 0, "key" + i, -1, item)).isTrue();
    }
    assertThat(channel.hasFailed()).isFalse();
    release.countDown();
    channel.finish();
    assertThat(outcome().result()).isEqualTo(Result.DONE);
    assertThat(outcome().keys()).isEqualTo(102);
  }

  @Test
  void shouldDeleteTheFileAndReportWhenTheDiskFails() throws Exception {
    for (int failing = 0; failing < 3; failing++) {
      CompletableFuture<SnapshotOutcome> outcome = new CompletableFuture<>();
      Path path = directory.resolve("base-" + failing);
      SnapshotStore store = new FailingStore(failing);
      SnapshotChannel channel =
          new SnapshotFile(
                  store,
                  path,
                  HEADER,
                  sizes(),
                  Options.DEFAULT,
                  System::nanoTime,
                  outcome::complete)
              .start();
      byte[] value = Bytes.noise(new SplittableRandom(104), 100_000);
      for (int i = 0; i < 200 && put(channel, 0, "k" + i, -1, value); i++) {
        while (!channel.hasRoom() && !channel.hasFailed()) {
          Thread.onSpinWait();
        }
      }
      if (failing == 2) {
        channel.finish();
      }
      SnapshotOutcome end = outcome.get(20, TimeUnit.SECONDS);
      assertThat(end.result()).as("failing at step %d", failing).isEqualTo(Result.FAILED);
      assertThat(end.failure()).hasMessage("injected");
      assertThat(path).doesNotExist();
      assertThat(channel.hasFailed()).isTrue();
      if (failing != 2) {
        channel.abort();
      }
    }
  }

  @Test
  void shouldDeleteTheFileWhenAborted() throws Exception {
    SnapshotChannel channel = start(SnapshotStore.FILES, Options.DEFAULT);
    put(channel, 0, "k", -1, Bytes.noise(new SplittableRandom(105), 2 * CHUNK));
    channel.abort();
    assertThat(outcome().result()).isEqualTo(Result.ABORTED);
    assertThat(outcome().failure()).isNull();
    assertThat(directory.resolve("base.tmp")).doesNotExist();
    assertThatThrownBy(channel::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldForceTheFileEveryFewMegabytesAndAtTheEnd() throws Exception {
    CountingStore store = new CountingStore();
    SnapshotChannel channel = start(store, Options.DEFAULT);
    byte[] value = Bytes.noise(new SplittableRandom(106), 1 << 20);
    for (int i = 0; i < 20; i++) {
      put(channel, 0, "k" + i, -1, value);
      while (!channel.hasRoom()) {
        Thread.onSpinWait();
      }
    }
    channel.finish();
    assertThat(outcome().result()).isEqualTo(Result.DONE);
    assertThat(store.unforcedMax).isBetween(4L << 20, (4L << 20) + (256 << 10));
    assertThat(store.unforced).isZero();
  }

  private SnapshotChannel start(SnapshotStore store, Options options) {
    return new SnapshotFile(
            store,
            directory.resolve("base.tmp"),
            HEADER,
            sizes(),
            options,
            System::nanoTime,
            ended::complete)
        .start();
  }

  private SnapshotOutcome outcome() throws Exception {
    return ended.get(20, TimeUnit.SECONDS);
  }

  private static List<DatabaseSize> sizes() {
    return IntStream.range(0, 16)
        .mapToObj(i -> new DatabaseSize(2L * i, Math.max(0, i - 9)))
        .toList();
  }

  private static boolean put(
      SnapshotChannel channel, int database, String key, long expireAt, byte[] value) {
    try (Bytes keyBytes = Bytes.of(key);
        Bytes valueBytes = Bytes.of(value)) {
      return channel.put(
          database,
          keyBytes.address(),
          keyBytes.length(),
          expireAt,
          -1,
          -1,
          valueBytes.address(),
          valueBytes.length());
    }
  }

  private static void putInteger(SnapshotChannel channel, int database, String key, long value) {
    try (Bytes bytes = Bytes.of(key)) {
      assertThat(channel.putInteger(database, bytes.address(), bytes.length(), -1, 5, -1, value))
          .isTrue();
    }
  }

  /** Writes only once it is released. */
  private record SlowStore(CountDownLatch release) implements SnapshotStore {
    @Override
    public Target create(Path path) throws IOException {
      Target file = FILES.create(path);
      return new Wrapped(file) {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          return super.write(bytes);
        }
      };
    }

    @Override
    public void delete(Path path) throws IOException {
      FILES.delete(path);
    }
  }

  /** Fails at the creation (0), at the tenth write (1), or at the fsync (2). */
  private record FailingStore(int step) implements SnapshotStore {
    @Override
    public Target create(Path path) throws IOException {
      if (step == 0) {
        throw new IOException("injected");
      }
      return new Wrapped(FILES.create(path)) {
        private int writes;

        @Override
        public int write(ByteBuffer bytes) throws IOException {
          if (step == 1 && ++writes == 10) {
            throw new IOException("injected");
          }
          return super.write(bytes);
        }

        @Override
        public void force() throws IOException {
          if (step == 2) {
            throw new IOException("injected");
          }
          super.force();
        }
      };
    }

    @Override
    public void delete(Path path) throws IOException {
      FILES.delete(path);
    }
  }

  /** Counts what a crash of the machine could lose. */
  private static final class CountingStore implements SnapshotStore {
    volatile long unforced;
    volatile long unforcedMax;

    @Override
    public Target create(Path path) throws IOException {
      return new Wrapped(FILES.create(path)) {
        private long pending;

        @Override
        public int write(ByteBuffer bytes) throws IOException {
          int written = super.write(bytes);
          pending += written;
          unforced = pending;
          unforcedMax = Math.max(unforcedMax, pending);
          return written;
        }

        @Override
        public void force() throws IOException {
          super.force();
          pending = 0;
          unforced = 0;
        }
      };
    }

    @Override
    public void delete(Path path) throws IOException {
      FILES.delete(path);
    }
  }

  private static class Wrapped implements SnapshotStore.Target {
    private final SnapshotStore.Target file;

    Wrapped(SnapshotStore.Target file) {
      this.file = file;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      return file.write(bytes);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
