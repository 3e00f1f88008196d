package dev.millrace.bench;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Dict;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The off-heap dict with 16-byte keys in random order, hash included, beside {@link HashMap} on its
 * best day: keys are strings whose hash is known already, while a server would have to make a
 * string of the bytes it received first.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DictBenchmark {
  private static final long SEED = 0x4d696c6cL;
  private static final int ENTRY_BYTES = Requests.KEY_BYTES + 8;

  /** Keys that are there, and as many that are not, in random order. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class Keys {
    /** How many keys the map holds. */
    @Param("1000000")
    public int keys;

    private int[] order;
    private int turn;

    /** Shuffles. */
    @Setup
    public void shuffle() {
      SplittableRandom random = new SplittableRandom(SEED);
      order = new int[keys];
      for (int i = 0; i < keys; i++) {
        int other = random.nextInt(i + 1);
        order[i] = order[other];
        order[other] = i;
      }
    }

    int next() {
      turn = turn + 1 == keys ? 0 : turn + 1;
      return order[turn];
    }
  }

  /** Ours: each entry is the key's bytes and eight of value. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class OffHeap implements Dict.Keys {
    private SlabAllocator memory;
    private Dict dict;
    private Region keyBytes;

    /** Fills the dict. */
    @Setup
    public void fill(Keys keys) {
      memory = new SlabAllocator();
      dict = new Dict(memory, this);
      keyBytes = new Region(2L * keys.keys * Requests.KEY_BYTES);
      for (int i = 0; i < 2 * keys.keys; i++) {
        byte[] key = Requests.key(i).getBytes(StandardCharsets.US_ASCII);
        Memory.put(key(i), key, 0, key.length);
      }
      for (int i = 0; i < keys.keys; i++) {
        put(key(i));
      }
    }

    long key(int i) {
      return keyBytes.address() + (long) i * Requests.KEY_BYTES;
    }

    long find(long key) {
      return dict.find(key, Requests.KEY_BYTES, Memory.hash(key, Requests.KEY_BYTES));
    }

    void put(long key) {
      long entry = memory.allocate(ENTRY_BYTES);
      Memory.copy(key, entry, Requests.KEY_BYTES);
      Memory.putLong(entry + Requests.KEY_BYTES, key);
      dict.insert(entry, Memory.hash(key, Requests.KEY_BYTES));
    }

    void remove(long key) {
      memory.free(dict.remove(key, Requests.KEY_BYTES, Memory.hash(key, Requests.KEY_BYTES)));
    }

    void empty() {
      dict.forEach(memory::free);
      dict.close();
      dict = new Dict(memory, this);
    }

    @Override
    public boolean matches(long entry, long keyAddress, int keyLength) {
      return keyLength == Requests.KEY_BYTES && Memory.equal(entry, keyAddress, keyLength);
    }

    @Override
    public long hash(long entry) {
      return Memory.hash(entry, Requests.KEY_BYTES);
    }

    /** Frees everything. */
    @TearDown
    public void close() {
      dict.forEach(memory::free);
      dict.close();
      memory.close();
      keyBytes.close();
    }
  }

  /** The baseline. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class OnHeap {
    private Map<String, Long> map;
    private String[] keyTexts;

    /** Fills the map; the keys looked up are equal to those in it, not the same. */
    @Setup
    public void fill(Keys keys) {
      map = new HashMap<>();
      keyTexts = new String[2 * keys.keys];
      for (int i = 0; i < keyTexts.length; i++) {
        keyTexts[i] = Requests.key(i);
        if (keyTexts[i].hashCode() != 0 && i < keys.keys) {
          map.put(Requests.key(i), (long) i);
        }
      }
    }
  }

  /** A key that is there. */
  @Benchmark
  public long find(Keys keys, OffHeap ours) {
    return ours.find(ours.key(keys.next()));
  }

  /** A key that is not. */
  @Benchmark
  public long findAbsent(Keys keys, OffHeap ours) {
    return ours.find(ours.key(keys.keys + keys.next()));
  }

  /** A new key, and an old one out: the size stays. */
  @Benchmark
  public long putAndRemove(Keys keys, OffHeap ours) {
    long key = ours.key(keys.keys + keys.next());
    ours.put(key);
    ours.remove(key);
    return key;
  }

  /** From one bucket to all keys, every step of growth included; the time of the whole. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public long grow(Keys keys, OffHeap ours) {
    ours.empty();
    for (int i = 0; i < keys.keys; i++) {
      ours.put(ours.key(i));
    }
    return ours.dict.size();
  }

  /** Baseline of {@link #find}. */
  @Benchmark
  public @Nullable Long hashMapFind(Keys keys, OnHeap theirs) {
    return theirs.map.get(theirs.keyTexts[keys.next()]);
  }

  /** Baseline of {@link #findAbsent}. */
  @Benchmark
  public @Nullable Long hashMapFindAbsent(Keys keys, OnHeap theirs) {
    return theirs.map.get(theirs.keyTexts[keys.keys + keys.next()]);
  }

  /** Baseline of {@link #putAndRemove}. */
  @Benchmark
  public @Nullable Long hashMapPutAndRemove(Keys keys, OnHeap theirs) {
    int next = keys.next();
    String key = theirs.keyTexts[keys.keys + next];
    theirs.map.put(key, (long) next);
    return theirs.map.remove(key);
  }

  /** Baseline of {@link #grow}. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public int hashMapGrow(Keys keys, OnHeap theirs) {
    Map<String, Long> map = new HashMap<>();
    for (int i = 0; i < keys.keys; i++) {
      map.put(theirs.keyTexts[i], (long) i);
    }
    theirs.map = map;
    return map.size();
  }
}
