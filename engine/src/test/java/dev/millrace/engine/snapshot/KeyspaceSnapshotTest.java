package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.EvictionPolicy;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.keyspace.SnapshotWalk;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.snapshot.SnapshotFile.DatabaseSize;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a keyspace under change, through a file, into another keyspace. */
class KeyspaceSnapshotTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final int DATABASES = 4;
  private static final KeyspaceClock CLOCK = KeyspaceClock.of(() -> NOW);

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(111);
  private final SlabAllocator memory = new SlabAllocator();
  private final Keyspace source = new Keyspace(memory, CLOCK, random, DATABASES);
  private List<byte[]> libraries = List.of();
  private final Keyspace target = new Keyspace(memory, CLOCK, random, DATABASES);

  @AfterEach
  void shouldHaveGivenAllMemoryBack() {
    source.close();
    target.close();
    memory.close();
  }

  @Test
  void shouldHoldTheDatasetOfTheCutWhateverHappensMeanwhile() throws Exception {
    Map<String, String> cut = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      int database = random.nextInt(DATABASES);
      String key = "key:" + i;
      byte[] value = Bytes.someValue(random, i % 300 == 0 ? 100_000 : 500);
      long expireAt = i % 5 == 0 ? NOW + 1000 + i : Database.NO_EXPIRY;
      set(source, database, key, value, expireAt);
      cut.put(database + ":" + key, RdbImage.latin(value) + " @" + expireAt);
    }
    CompletableFuture<SnapshotOutcome> ended = new CompletableFuture<>();
    SnapshotChannel channel = start(ended, SnapshotFile.Options.DEFAULT);
    SnapshotEntries entries = new SnapshotEntries(channel, source);
    SnapshotWalk walk = source.startWalk(entries);
    while (!channel.hasRoom() || walk.advance(16)) {
      for (int change = 0; change < 20; change++) {
        int database = random.nextInt(DATABASES);
        String key = "key:" + random.nextInt(7000);
        if (random.nextBoolean()) {
          set(source, database, key, Bytes.someValue(random, 500), Database.NO_EXPIRY);
        } else {
          delete(source.database(database), key);
        }
      }
    }
    channel.finish();
    SnapshotOutcome outcome = ended.get(20, TimeUnit.SECONDS);
    assertThat(outcome.result()).as("%s", outcome).isEqualTo(SnapshotOutcome.Result.DONE);
    assertThat(outcome.keys()).isEqualTo(cut.size());

    KeyspaceLoader loader = load(KeyspaceLoader.KEEP_EXPIRED);
    assertThat(loader.keysLoaded()).isEqualTo(cut.size());
    assertThat(loader.aux()).containsEntry("redis-ver", "7.0.15");
    assertThat(content(target)).isEqualTo(cut);
  }

  @Test
  void shouldCarryValuesOfManyPartsWhateverTheirSizes() throws Exception {
    source.register(SampleType.TYPE, new SampleType());
    target.register(SampleType.TYPE, new SampleType());
    Map<String, String> cut = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      int count = i % 40 == 0 ? 3000 : 1 + random.nextInt(20);
      String key = "sample:" + i + "x".repeat(i);
      long entry = SampleType.put(source.database(i % DATABASES), bytes(key), count, i, -1);
      cut.put(i % DATABASES + ":" + key, SampleType.content(entry) + " @-1");
      set(source, 0, "string:" + i, bytes("v" + i), -1);
      cut.put("0:string:" + i, "v" + i + " @-1");
    }
    SampleType.put(source.database(0), bytes("past"), 100, 7, NOW - 1);
    SampleType.put(source.database(0), bytes("empty"), 0, 7, -1);
    snapshot(SnapshotFile.Options.DEFAULT);
    KeyspaceLoader loader = load(NOW);
    assertThat(content(target)).isEqualTo(cut);
    assertThat(loader.keysExpired()).isEqualTo(1);
    assertThat(loader.keysEmpty()).isEqualTo(1);
    assertThat(target.aside().size()).isZero();
  }

  @Test
  void l7_shouldTakeOneValueOfManyPartsBeyondTheHardBoundAndNoOther() throws Exception {
    source.register(SampleType.TYPE, new SampleType());
    target.register(SampleType.TYPE, new SampleType());
    long large = SampleType.put(source.database(0), bytes("large"), 4000, 1, -1);
    String content = SampleType.content(large);
    snapshot(new SnapshotFile.Options(false, true, 512 << 10, 512 << 10));
    load(NOW);
    assertThat(content(target)).containsExactly(Map.entry("0:large", content + " @-1"));
  }

  @Test
  void shouldKeepFunctionLibraries() throws Exception {
    libraries = List.of(bytes("#!lua name=one"), bytes("#!lua name=two"));
    snapshot();
    List<String> read = new ArrayList<>();
    try (FileChannel file = FileChannel.open(directory.resolve("base.rdb"));
        RdbReader reader = new RdbReader(file, DATABASES, true)) {
      reader.read(
          new KeyspaceLoader(target, NOW)
              .onFunctionLibrary(source -> read.add(RdbImage.latin(source))));
    }
    assertThat(read).containsExactly("#!lua name=one", "#!lua name=two");
  }

  @Test
  void shouldLeaveOutExpiredKeysUnlessToldToKeepThem() throws Exception {
    set(source, 0, "past", bytes("v"), NOW - 1);
    set(source, 0, "number past", bytes("12"), NOW - 1);
    set(source, 0, "future", bytes("v"), NOW + 1);
    snapshot();
    KeyspaceLoader loader = load(NOW);
    assertThat(loader.keysExpired()).isEqualTo(2);
    assertThat(loader.keysLoaded()).isEqualTo(1);
    assertThat(content(target)).containsOnlyKeys("0:future");
    assertThat(load(KeyspaceLoader.KEEP_EXPIRED).keysLoaded()).isEqualTo(3);
  }

  @Test
  void shouldCarryIdleTimesAndCounters() throws Exception {
    source.evictionPolicy(EvictionPolicy.ALLKEYS_LRU);
    target.evictionPolicy(EvictionPolicy.ALLKEYS_LRU);
    source.inspection().setIdleSeconds(set(source, 0, "k", bytes("v"), -1), 1234);
    snapshot();
    load(NOW);
    assertThat(target.inspection().idleSeconds(peek(target, 0, "k"))).isEqualTo(1234);

    source.evictionPolicy(EvictionPolicy.ALLKEYS_LFU);
    target.evictionPolicy(EvictionPolicy.ALLKEYS_LFU);
    source.inspection().setFrequency(set(source, 0, "k", bytes("12"), -1), 99);
    snapshot();
    load(NOW);
    assertThat(target.inspection().frequency(peek(target, 0, "k"))).isEqualTo(99);
  }

  private void snapshot() throws Exception {
    snapshot(SnapshotFile.Options.DEFAULT);
  }

  private void snapshot(SnapshotFile.Options options) throws Exception {
    CompletableFuture<SnapshotOutcome> ended = new CompletableFuture<>();
    SnapshotChannel channel = start(ended, options);
    SnapshotEntries entries = new SnapshotEntries(channel, source);
    SnapshotWalk walk = source.startWalk(entries);
    while (!channel.hasRoom() || walk.advance(16)) {
      assertThat(channel.hasFailed()).isFalse();
    }
    channel.finish();
    assertThat(ended.get(20, TimeUnit.SECONDS).failure()).isNull();
  }

  private SnapshotChannel start(
      CompletableFuture<SnapshotOutcome> ended, SnapshotFile.Options options) {
    List<DatabaseSize> sizes = new ArrayList<>();
    for (int i = 0; i < DATABASES; i++) {
      sizes.add(new DatabaseSize(source.database(i).size(), source.database(i).expiring()));
    }
    return new SnapshotFile(
            SnapshotStore.FILES,
            directory.resolve("base.rdb"),
            new RdbHeader("7.0.15", NOW / 1000, source.usedBytes(), null, true),
            sizes,
            options,
            System::nanoTime,
            ended::complete)
        .libraries(libraries)
        .start();
  }

  private KeyspaceLoader load(long nowMillis) throws IOException {
    KeyspaceLoader loader = new KeyspaceLoader(target, nowMillis);
    try (FileChannel file = FileChannel.open(directory.resolve("base.rdb"));
        RdbReader reader = new RdbReader(file, DATABASES, true)) {
      reader.read(loader);
    }
    return loader;
  }

  private static Map<String, String> content(Keyspace keyspace) {
    Map<String, String> content = new HashMap<>();
    for (int i = 0; i < DATABASES; i++) {
      int database = i;
      long cursor = 0;
      do {
        cursor =
            keyspace
                .database(database)
                .scan(
                    cursor,
                    entry ->
                        content.put(
                            database + ":" + RdbImage.latin(Entry.key(entry)),
                            (Entry.type(entry) == Entry.STRING
                                    ? RdbImage.latin(Entry.string(entry))
                                    : SampleType.content(entry))
                                + " @"
                                + Entry.expireAt(entry)));
      } while (cursor != 0);
    }
    return content;
  }

  private static long set(
      Keyspace keyspace, int database, String key, byte[] value, long expireAt) {
    try (Bytes keyBytes = Bytes.of(key);
        Bytes valueBytes = Bytes.of(value)) {
      return keyspace
          .database(database)
          .setString(
              keyBytes.address(),
              keyBytes.length(),
              Memory.hash(keyBytes.address(), keyBytes.length()),
              valueBytes.address(),
              valueBytes.length(),
              expireAt);
    }
  }

  private static void delete(Database database, String key) {
    try (Bytes bytes = Bytes.of(key)) {
      database.delete(
          bytes.address(), bytes.length(), Memory.hash(bytes.address(), bytes.length()));
    }
  }

  private static long peek(Keyspace keyspace, int database, String key) {
    try (Bytes bytes = Bytes.of(key)) {
      return keyspace
          .database(database)
          .peek(bytes.address(), bytes.length(), Memory.hash(bytes.address(), bytes.length()));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
