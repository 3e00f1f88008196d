package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.LazyFree;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams beside a model, in checked memory: entries, trims, RDB form, accounting, freeing. */
@SuppressWarnings("IntLongMath") // plain test arithmetic
class StreamTypeTest {
  private static final String KEY = "stream";

  private final ValueFixture fixture = new ValueFixture(1);
  private final StreamType type = fixture.types.streams();
  private final Fields fields = new Fields();

  /** What the types and tables hold before there is a stream. */
  private final long without = fixture.bytesInEntries();

  /** Fields and values of an entry, one after the other. */
  private final class Fields implements StreamFields {
    private List<String> parts = List.of();
    private final List<Long> addresses = new ArrayList<>();

    Fields of(List<String> fieldsAndValues) {
      parts = fieldsAndValues;
      addresses.clear();
      String all = String.join("", parts);
      long at = fixture.stage(1, all);
      for (String part : parts) {
        addresses.add(at);
        at += part.length();
      }
      return this;
    }

    @Override
    public int fields() {
      return parts.size() / 2;
    }

    @Override
    public long address(int part) {
      return addresses.get(part);
    }

    @Override
    public int length(int part) {
      return parts.get(part).length();
    }
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private long create(String key) {
    return type.create(fixture.db(), fixture.stage(0, key), key.length(), fixture.hash(key));
  }

  private List<String> read(StreamCursor cursor) {
    Element name = new Element();
    Element value = new Element();
    List<String> entries = new ArrayList<>();
    while (cursor.next()) {
      StringBuilder entry =
          new StringBuilder().append(cursor.millis()).append('-').append(cursor.sequence());
      for (int i = cursor.fields(); i > 0; i--) {
        cursor.read(name, value);
        entry.append(' ').append(ValueFixture.text(name.bytes()));
        entry.append('=').append(ValueFixture.text(value.bytes()));
      }
      entries.add(entry.toString());
    }
    return entries;
  }

  private List<String> all(long stream) {
    StreamCursor cursor = type.newCursor();
    cursor.forward(stream, 0, 0, StreamId.MAX, StreamId.MAX);
    return read(cursor);
  }

  /** An ID with both halves below a million. */
  private static long id(long millis, long sequence) {
    return millis * 1_000_000 + sequence;
  }

  private static String show(Map.Entry<Long, String> entry) {
    return entry.getKey() / 1_000_000 + "-" + entry.getKey() % 1_000_000 + entry.getValue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldHoldWhatAModelHolds(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    fixture.config.encodings.streamNodeMaxEntries.value(1 + random.nextInt(8));
    fixture.config.encodings.streamNodeMaxBytes.value(random.nextBoolean() ? 200 : 4096);
    long stream = create(KEY);
    NavigableMap<Long, String> model = new TreeMap<>();
    long millis = 1;
    long sequence = 0;
    for (int step = 0; step < 3_000; step++) {
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 -> {
          if (random.nextInt(3) == 0) {
            sequence++;
          } else {
            millis += 1 + random.nextInt(random.nextInt(30) == 0 ? 70_000 : 3);
            sequence = random.nextInt(4);
          }
          List<String> parts = parts(random);
          type.append(stream, millis, sequence, fields.of(parts));
          model.put(id(millis, sequence), shown(parts));
        }
        case 12, 13, 14 -> {
          Long wanted = model.ceilingKey(random.nextLong(id(millis + 1, 0)));
          if (wanted != null) {
            assertThat(type.delete(stream, wanted / 1_000_000, wanted % 1_000_000)).isTrue();
            type.entriesDeleted(stream);
            model.remove(wanted);
          }
          assertThat(type.delete(stream, millis + 7, 0)).isFalse();
        }
        case 15 -> {
          long most = model.size() - random.nextInt(1 + model.size() / 8);
          long removed = type.trimToLength(stream, most, false, 0);
          assertThat(removed).isEqualTo(model.size() - most);
          for (long i = removed; i > 0; i--) {
            model.pollFirstEntry();
          }
        }
        case 16 -> {
          long from = Math.max(0, millis - random.nextInt(400));
          long removed = type.trimToId(stream, from, 2, false, 0);
          NavigableMap<Long, String> before = model.headMap(id(from, 2), false);
          assertThat(removed).isEqualTo(before.size());
          before.clear();
        }
        case 17 -> {
          if (random.nextInt(10) == 0) {
            stream = again(stream);
          }
        }
        default -> compareRange(stream, model, random, millis);
      }
      compare(stream, model, millis);
    }
    assertThat(all(stream)).isEqualTo(model.entrySet().stream().map(StreamTypeTest::show).toList());
  }

  private static List<String> parts(SplittableRandom random) {
    List<String> parts = new ArrayList<>();
    int pairs = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 2;
    for (int i = 0; i < pairs; i++) {
      parts.add(random.nextInt(12) == 0 ? "other" + random.nextInt(3) : "field" + i);
      parts.add(
          switch (random.nextInt(4)) {
            case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
            case 1 -> "v".repeat(random.nextInt(100));
            case 2 -> "";
            default -> "value" + random.nextInt(100);
          });
    }
    return parts;
  }

  private static String shown(List<String> parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i += 2) {
      text.append(' ').append(parts.get(i)).append('=').append(parts.get(i + 1));
    }
    return text.toString();
  }

  private void compare(long stream, NavigableMap<Long, String> model, long millis) {
    assertThat(StreamHead.length(stream)).isEqualTo(model.size());
    StreamId last = new StreamId();
    type.lastEntry(stream, last);
    if (model.isEmpty()) {
      assertThat(last.isMin()).isTrue();
      assertThat(StreamHead.firstMillis(stream) | StreamHead.firstSequence(stream)).isZero();
    } else {
      assertThat(id(last.millis, last.sequence)).isEqualTo(model.lastKey());
      assertThat(id(StreamHead.firstMillis(stream), StreamHead.firstSequence(stream)))
          .isEqualTo(model.firstKey());
    }
    // Everything the allocator gave is the stream's: what it says of itself must add up.
    assertThat(fixture.bytesInEntries() - without - entryBytes())
        .isEqualTo(type.externalBytes(fixture.entry(KEY)));
    assertThat(StreamHead.radixNodes(stream)).isEqualTo(radixNodes(stream));
    assertThat(millis).isPositive();
  }

  private long entryBytes() {
    return fixture.memory.accountedBytesOf(fixture.entry(KEY));
  }

  private void compareRange(
      long stream, NavigableMap<Long, String> model, SplittableRandom random, long millis) {
    long from = random.nextLong(millis + 2);
    long to = from + random.nextLong(100);
    List<String> expected =
        model.subMap(id(from, 1), true, id(to, 2), true).entrySet().stream()
            .map(StreamTypeTest::show)
            .toList();
    StreamCursor cursor = type.newCursor();
    cursor.forward(stream, from, 1, to, 2);
    assertThat(read(cursor)).isEqualTo(expected);
    cursor.backward(stream, from, 1, to, 2);
    assertThat(read(cursor)).isEqualTo(expected.reversed());
  }

  /** How many nodes a compressed radix tree of the nodes' IDs has, found by looking at them all. */
  private long radixNodes(long stream) {
    List<byte[]> ids = new ArrayList<>();
    IdTree nodes = new IdTree(fixture.memory).open(stream, stream + StreamHead.NODES);
    for (long node = nodes.first(); node != 0; node = nodes.next()) {
      byte[] bytes = new byte[16];
      for (int i = 0; i < 8; i++) {
        bytes[i] = (byte) (IdTree.millisOf(node) >>> (56 - 8 * i));
        bytes[8 + i] = (byte) (IdTree.sequenceOf(node) >>> (56 - 8 * i));
      }
      ids.add(bytes);
    }
    return ids.isEmpty() ? 1 : radixNodes(ids, 0);
  }

  private static long radixNodes(List<byte[]> ids, int depth) {
    int end = depth;
    while (end < 16 && sameAt(ids, end)) {
      end++;
    }
    long nodes = end > depth ? 1 : 0;
    if (end == 16) {
      return nodes + 1;
    }
    Map<Byte, List<byte[]>> children = new TreeMap<>();
    for (byte[] id : ids) {
      children.computeIfAbsent(id[end], any -> new ArrayList<>()).add(id);
    }
    nodes++;
    for (List<byte[]> child : children.values()) {
      nodes += radixNodes(child, end + 1);
    }
    return nodes;
  }

  private static boolean sameAt(List<byte[]> ids, int index) {
    return ids.stream().allMatch(id -> id[index] == ids.getFirst()[index]);
  }

  /** Puts what save gives of the stream, or a duplicate, in its place. */
  private long again(long stream) throws IOException {
    long entry = fixture.entry(KEY);
    List<String> before = all(stream);
    try (RecordedValue saved = new RecordedValue()) {
      type.save(entry, saved);
      fixture.delete(KEY);
      while (fixture.keyspace.lazyFreeSlice(1_000_000)) {
        // until nothing waits, so that the memory can be counted
      }
      saved.rewind();
      long loaded =
          type.load(
              saved.type,
              saved,
              fixture.db(),
              fixture.stage(0, KEY),
              KEY.length(),
              fixture.hash(KEY),
              Database.NO_EXPIRY);
      assertThat(all(StreamType.of(loaded))).isEqualTo(before);
      return StreamType.of(loaded);
    }
  }

  private long group(long stream, String name) {
    return type.groups().create(stream, fixture.stage(2, name), name.length(), 0, 0, 0);
  }

  private long consumer(long stream, long group, String name) {
    long address = fixture.stage(2, name);
    long found = type.groups().findConsumer(stream, group, address, name.length());
    return found != 0
        ? found
        : type.groups().createConsumer(stream, group, address, name.length(), 5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldHoldWhatPendsAsAModelDoes(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    long stream = create(KEY);
    StreamGroups groups = type.groups();
    long group = group(stream, "group");
    NavigableMap<Long, String> model = new TreeMap<>();
    for (int step = 0; step < 4_000; step++) {
      long millis = random.nextInt(300);
      long sequence = random.nextInt(3);
      String name = "consumer" + random.nextInt(12);
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4, 5, 6 -> {
          long pending = groups.findPending(stream, group, millis, sequence);
          assertThat(pending != 0).isEqualTo(model.containsKey(id(millis, sequence)));
          if (pending == 0) {
            pending = groups.createPending(stream, group, millis, sequence);
          }
          StreamPending.delivered(pending, step, 1);
          groups.assign(stream, pending, consumer(stream, group, name));
          model.put(id(millis, sequence), name);
        }
        case 7, 8, 9 -> {
          long pending = groups.findPending(stream, group, millis, sequence);
          if (pending != 0) {
            groups.deletePending(stream, group, pending);
          }
          assertThat(model.remove(id(millis, sequence)) != null).isEqualTo(pending != 0);
        }
        case 10 -> {
          if (random.nextInt(30) == 0) {
            groups.deleteConsumer(stream, group, consumer(stream, group, name));
            model.values().removeIf(name::equals);
          }
        }
        default -> {
          if (random.nextInt(40) == 0) {
            stream = again(stream);
            group = groups.first(stream);
          }
        }
      }
      assertThat(StreamGroup.pending(group)).isEqualTo(model.size());
      assertThat(fixture.bytesInEntries() - without - entryBytes())
          .isEqualTo(type.externalBytes(fixture.entry(KEY)));
    }
    List<String> held = new ArrayList<>();
    for (long pending = groups.pendingFrom(stream, group, 0, 0);
        pending != 0;
        pending = groups.nextPending()) {
      long holder = StreamPending.consumer(pending);
      byte[] name =
          Memory.bytes(StreamConsumer.nameAddress(holder), StreamConsumer.nameLength(holder));
      held.add(id(IdTree.millisOf(pending), IdTree.sequenceOf(pending)) + ValueFixture.text(name));
    }
    assertThat(held)
        .isEqualTo(model.entrySet().stream().map(e -> e.getKey() + e.getValue()).toList());
  }

  @Test
  void shouldFreeADestroyedGroupInSlices() {
    long stream = create(KEY);
    long before = fixture.bytesInEntries();
    for (int round = 0; round < 2; round++) {
      int size = round == 0 ? 3 : 20_000;
      long group = group(stream, "group");
      for (int i = 0; i < size; i++) {
        long pending = type.groups().createPending(stream, group, i, 0);
        type.groups().assign(stream, pending, consumer(stream, group, "c" + i % 50));
      }
      type.destroyGroup(stream, group);
      assertThat(StreamHead.groups(stream)).isZero();
      assertThat(fixture.keyspace.lazyFree().isIdle()).isEqualTo(round == 0);
      while (fixture.keyspace.lazyFreeSlice(1_000)) {
        // until nothing waits
      }
      assertThat(fixture.bytesInEntries()).isEqualTo(before);
      assertThat(fixture.bytesInEntries() - without - entryBytes())
          .isEqualTo(type.externalBytes(fixture.entry(KEY)));
    }
  }

  @Test
  void shouldFreeALargeStreamInSlices() {
    long before = fixture.bytesInEntries();
    long stream = create(KEY);
    fixture.config.encodings.streamNodeMaxEntries.value(2);
    for (int i = 1; i <= 2_000; i++) {
      type.append(stream, i, 0, fields.of(List.of("field", "value" + i)));
    }
    long group = group(stream, "group");
    for (int i = 1; i <= 2_000; i++) {
      long pending = type.groups().createPending(stream, group, i, 0);
      type.groups().assign(stream, pending, consumer(stream, group, "c" + i % 7));
    }
    assertThat(type.freeEffort(fixture.entry(KEY))).isGreaterThan(LazyFree.EAGER_EFFORT);
    fixture.delete(KEY);
    assertThat(fixture.keyspace.lazyFree().isIdle()).isFalse();
    while (fixture.keyspace.lazyFreeSlice(1_000)) {
      // until nothing waits
    }
    assertThat(fixture.bytesInEntries()).isEqualTo(before);
  }

  @Test
  void shouldLeaveNothingBehindWhenTheBytesAreNoStream() throws IOException {
    long stream = create(KEY);
    fixture.config.encodings.streamNodeMaxEntries.value(3);
    for (int i = 1; i <= 10; i++) {
      type.append(stream, i, i, fields.of(List.of("field", "value" + i)));
    }
    long group = group(stream, "group");
    long pending = type.groups().createPending(stream, group, 3, 3);
    type.groups().assign(stream, pending, consumer(stream, group, "c"));
    try (RecordedValue saved = new RecordedValue()) {
      type.save(fixture.entry(KEY), saved);
      fixture.delete(KEY);
      long before = fixture.bytesInEntries();
      for (int cut = 0; cut < saved.parts.size(); cut++) {
        try (RecordedValue part = RecordedValue.of(19, saved.parts.subList(0, cut).toArray())) {
          assertThatThrownBy(() ->
                  type.load(
                      19,
                      part,
                      fixture.db(),
                      fixture.stage(0, KEY),
                      KEY.length(),
                      fixture.hash(KEY),
                      Database.NO_EXPIRY))
              .isInstanceOf(IOException.class);
        }
        assertThat(fixture.entry(KEY)).isZero();
        assertThat(fixture.bytesInEntries()).isEqualTo(before);
      }
    }
  }
}
