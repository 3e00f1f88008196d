package dev.millrace.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A type that is not a string, and the freeing of values that take many frees. */
class ValueTypeTest {
  private static final int NODE_BYTES = 16;

  /** A chain of nodes outside the entry: address of the first (8 bytes) and count (8 bytes). */
  private static final class Chain implements ValueType {
    private final SlabAllocator memory;

    Chain(SlabAllocator memory) {
      this.memory = memory;
    }

    @Override
    public String name() {
      return "list";
    }

    @Override
    public String encodingName(long entry) {
      return Entry.isExternal(entry) ? "chain" : "packed";
    }

    @Override
    public long externalBytes(long entry) {
      return freeEffort(entry) * NODE_BYTES;
    }

    @Override
    public long freeEffort(long entry) {
      return Memory.getLong(Entry.inlineAddress(entry) + 8);
    }

    @Override
    public boolean freeSome(long entry, int effort) {
      long inline = Entry.inlineAddress(entry);
      long node = Memory.getLong(inline);
      for (int i = 0; i < effort && node != 0; i++) {
        long next = Memory.getLong(node);
        memory.free(node);
        node = next;
      }
      Memory.putLong(inline, node);
      return node != 0;
    }

    @Override
    public void duplicate(long from, long to) {
      fill(Entry.inlineAddress(to), freeEffort(from));
    }

    void fill(long inline, long nodes) {
      long first = 0;
      for (long i = 0; i < nodes; i++) {
        long node = memory.allocate(NODE_BYTES);
        Memory.putLong(node, first);
        first = node;
      }
      Memory.putLong(inline, first);
      Memory.putLong(inline + 8, nodes);
    }
  }

  private final KeyspaceFixture fixture = new KeyspaceFixture(2, 2);
  private final Chain chain = new Chain(fixture.memory);

  @BeforeEach
  void registerTheType() {
    fixture.keyspace.register(Entry.LIST, chain);
  }

  @AfterEach
  void closeWithoutLeaks() {
    fixture.close();
  }

  private long putChain(int db, String key, long nodes) {
    long hash = fixture.hash(key);
    long address = fixture.stage(0, key);
    long entry =
        fixture
            .db(db)
            .put(address, key.length(), hash, Entry.LIST, 1, true, 16, Database.NO_EXPIRY);
    chain.fill(Entry.inlineAddress(entry), nodes);
    return entry;
  }

  private long bytesInEntries() {
    return fixture.keyspace.usedBytes() - fixture.keyspace.tableBytes();
  }

  @Test
  void shouldFreeASmallValueAtOnce() {
    putChain(0, "small", 64);
    assertThat(fixture.delete(0, "small")).isTrue();
    assertThat(fixture.keyspace.lazyFree().isIdle()).isTrue();
    assertThat(bytesInEntries()).isZero();
  }

  @Test
  void l6_aLargeValueIsFreedInSlices() {
    long entry = putChain(0, "large", 10_000);
    assertThat(fixture.keyspace.inspection().memoryUsage(entry)).isGreaterThan(160_000);
    fixture.delete(0, "large");
    assertThat(fixture.db(0).size()).isZero();
    assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(1);
    int slices = 1;
    while (fixture.keyspace.lazyFreeSlice(10)) {
      slices++;
    }
    assertThat(slices).isBetween(10, 50);
    assertThat(fixture.keyspace.statistics().lazyFreedObjects()).isEqualTo(1);
    assertThat(bytesInEntries()).isZero();
  }

  @Test
  void l6_aFlushedDatabaseIsFreedInSlices() {
    for (int i = 0; i < 3000; i++) {
      putChain(i % 2, "chain" + i, i % 100);
    }
    assertThat(fixture.keyspace.flush(true)).isEqualTo(3000);
    assertThat(fixture.keyspace.size()).isZero();
    assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(3000);
    putChain(0, "new", 100);
    int slices = 1;
    while (fixture.keyspace.lazyFreeSlice(5)) {
      slices++;
    }
    assertThat(slices).isGreaterThan(20);
    assertThat(fixture.keyspace.lazyFree().pendingObjects()).isZero();
    assertThat(fixture.keyspace.statistics().lazyFreedObjects()).isEqualTo(3000);
    assertThat(chain.freeEffort(fixture.peek(0, "new"))).isEqualTo(100);
  }

  @Test
  void shouldFreeASmallDatabaseBeforeASynchronousFlushReturns() {
    putChain(0, "k", 10);
    assertThat(fixture.db(0).flush(false)).isEqualTo(1);
    assertThat(bytesInEntries()).isZero();
  }

  @Test
  void shouldReplaceAnyTypeByAnyOther() {
    putChain(0, "k", 100);
    long string = fixture.set(0, "k", "v");
    assertThat(fixture.keyspace.inspection().typeName(string)).isEqualTo("string");
    assertThat(fixture.keyspace.lazyFree().pendingObjects()).isEqualTo(1);
    long list = putChain(0, "k", 3);
    assertThat(fixture.keyspace.inspection().typeName(list)).isEqualTo("list");
    assertThat(fixture.keyspace.inspection().encodingName(list)).isEqualTo("chain");
  }

  @Test
  void shouldHandOverWhatAValueHoldsOnRenameAndDuplicateItOnCopy() {
    long node = Memory.getLong(Entry.inlineAddress(putChain(0, "k", 5)));
    long renamed = fixture.rename(0, "k", 1, "renamed");
    assertThat(Memory.getLong(Entry.inlineAddress(renamed))).isEqualTo(node);
    long copy = fixture.copy(1, "renamed", 0, "copy");
    assertThat(Memory.getLong(Entry.inlineAddress(copy))).isNotEqualTo(node);
    assertThat(chain.freeEffort(copy)).isEqualTo(5);
  }

  @Test
  void shouldKeepWhatFitsWhenAnInlineValueChangesItsSize() {
    long hash = fixture.hash("k");
    long address = fixture.stage(0, "k");
    long expireAt = fixture.clock.millis + 5;
    long entry = fixture.db(0).put(address, 1, hash, Entry.LIST, 0, false, 4, expireAt);
    Memory.putInt(Entry.inlineAddress(entry), 0x01020304);
    for (int bytes : new int[] {8, 500, 60_000, 65_535, 100, 4}) {
      entry = fixture.db(0).resizeInline(entry, hash, bytes);
      assertThat(Entry.inlineBytes(entry)).isEqualTo(bytes);
      assertThat(Memory.getInt(Entry.inlineAddress(entry))).isEqualTo(0x01020304);
      assertThat(Entry.expireAt(entry)).isEqualTo(expireAt);
      Memory.fill(Entry.inlineAddress(entry) + 4, bytes - 4, (byte) 9);
    }
    assertThat(fixture.keyspace.inspection().memoryUsage(entry)).isLessThan(64);
    fixture.db(0).encode(entry, hash, 2, false);
    assertThat(Entry.encoding(entry)).isEqualTo(2);
    assertThat(fixture.keyspace.inspection().encodingName(entry)).isEqualTo("packed");
    fixture.checkTables("after resizing");
  }

  @Test
  void shouldQueueNumbersInOrder() {
    LongQueue queue = new LongQueue();
    long in = 0;
    long out = 0;
    for (int round = 1; round < 200; round++) {
      for (int i = 0; i < round; i++) {
        queue.add(in++);
      }
      for (int i = 0; i < round - round / 10; i++) {
        assertThat(queue.remove()).isEqualTo(out++);
      }
      assertThat(queue.size()).isEqualTo(in - out);
    }
  }
}
