package dev.millrace.engine.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listpacks against a list of strings, and against the format's own examples. */
class ListpackTest {
  private static final String[] NUMBERS = {
    "0",
    "1",
    "127",
    "128",
    "-1",
    "4095",
    "4096",
    "-4096",
    "-4097",
    "32767",
    "32768",
    "-32768",
    "-32769",
    "8388607",
    "8388608",
    "-8388608",
    "-8388609",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    "-0",
    "00",
    "+1",
    " 1",
    "-",
    "",
  };
  private static final int[] LENGTHS = {
    0, 1, 62, 63, 64, 65, 124, 125, 126, 127, 128, 4094, 4095, 4096, 4097, 16376, 16377, 16378,
    16379, 16380,
  };

  @ParameterizedTest
  @CsvSource({
    "0, 0001",
    "127, 7f01",
    "128, c08002",
    "-1, dfff02",
    "-4096, d00002",
    "4095, cfff02",
    "4096, f1001003",
    "-32768, f1008003",
    "32768, f200800004",
    "-8388608, f200008004",
    "8388608, f30000800005",
    "2147483648, f4000000800000000009",
    "abc, 8361626304",
    "-0, 822d3003",
  })
  void shouldEncodeAsTheFormatSays(String text, String hex) {
    try (Pack pack = new Pack()) {
      pack.insert(0, text);
      byte[] element = HexFormat.of().parseHex(hex);
      byte[] all = Memory.bytes(pack.lp, Listpack.bytes(pack.lp));
      assertThat(all).startsWith(element.length + 7, 0, 0, 0, 1, 0).endsWith(0xff);
      assertThat(HexFormat.of().formatHex(all, 6, all.length - 1)).isEqualTo(hex);
      pack.expect(List.of(text), "one element");
    }
  }

  @Test
  void shouldEncodeLongStringsWithTheirLengthAndBackLength() {
    try (Pack pack = new Pack()) {
      pack.insert(0, "x".repeat(64));
      byte[] all = Memory.bytes(pack.lp, Listpack.bytes(pack.lp));
      assertThat(HexFormat.of().formatHex(all, 6, 9)).isEqualTo("e04078");
      assertThat(all[all.length - 2]).isEqualTo((byte) 66);
      pack.insert(0, "y".repeat(5000));
      all = Memory.bytes(pack.lp, Listpack.bytes(pack.lp));
      assertThat(HexFormat.of().formatHex(all, 6, 12)).isEqualTo("f08813000079");
      // 5005 = 39 * 128 + 13
      assertThat(HexFormat.of().formatHex(all, 6 + 5005, 6 + 5007)).isEqualTo("278d");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAgreeWithAListUnderRandomChanges(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> model = new ArrayList<>();
    try (Pack pack = new Pack()) {
      for (int step = 0; step < 3000; step++) {
        String where = "seed " + seed + ", step " + step;
        int dice = random.nextInt(100);
        if (model.isEmpty() || dice < 45 && model.size() < 200) {
          int index = random.nextInt(model.size() + 1);
          String text = text(random);
          pack.insert(index, text);
          model.add(index, text);
        } else if (dice < 60) {
          int index = random.nextInt(model.size());
          int count = random.nextInt(1, 5);
          int removed = Listpack.remove(pack.lp, Listpack.seek(pack.lp, index), count);
          assertThat(removed).as(where).isEqualTo(Math.min(count, model.size() - index));
          model.subList(index, index + removed).clear();
        } else if (dice < 85) {
          int index = random.nextInt(model.size());
          String text = text(random);
          pack.replace(index, text);
          model.set(index, text);
        } else {
          String text =
              random.nextBoolean() ? text(random) : model.get(random.nextInt(model.size()));
          int skip = random.nextInt(3);
          int from = random.nextInt(model.size());
          int expected = -1;
          for (int i = from; i < model.size() && expected < 0; i += skip + 1) {
            expected = model.get(i).equals(text) ? i : -1;
          }
          int start = Listpack.seek(pack.lp, from);
          long at = pack.scratch(text);
          int found = Listpack.find(pack.lp, start, at, text.length(), skip);
          assertThat(found)
              .as(where)
              .isEqualTo(expected < 0 ? 0 : Listpack.seek(pack.lp, expected));
          if (text.matches("0|-?[1-9][0-9]{0,17}")) {
            long number = Long.parseLong(text);
            assertThat(Listpack.findInteger(pack.lp, start, number, skip))
                .as(where)
                .isEqualTo(found);
          }
        }
        pack.expect(model, where);
      }
    }
  }

  @Test
  void shouldCountBeyondWhatTheHeaderCanSay() {
    try (Pack pack = new Pack()) {
      for (int i = 0; i < 65534; i++) {
        pack.insertAt(Listpack.end(pack.lp), "7");
      }
      assertThat(Listpack.count(pack.lp)).isEqualTo(65534);
      for (int i = 0; i < 10; i++) {
        pack.insertAt(Listpack.end(pack.lp), Integer.toString(i));
      }
      assertThat(Memory.getShort(pack.lp + 4)).isEqualTo((short) 0xFFFF);
      assertThat(Listpack.count(pack.lp)).isEqualTo(65544);
      assertThat(Listpack.seek(pack.lp, 65543)).isEqualTo(Listpack.last(pack.lp));
      assertThat(Listpack.seek(pack.lp, -65544)).isEqualTo(Listpack.first(pack.lp));
      assertThat(Listpack.seek(pack.lp, 65544)).isZero();
      assertThat(ListpackValidation.isSound(pack.lp, Listpack.bytes(pack.lp))).isTrue();
      Listpack.remove(pack.lp, Listpack.first(pack.lp), 1000);
      assertThat(Listpack.count(pack.lp)).isEqualTo(64544);
      assertThat(Memory.getShort(pack.lp + 4)).isEqualTo((short) 64544);
    }
  }

  @Test
  void shouldAppendAWholeListpack() {
    try (Pack pack = new Pack();
        Pack other = new Pack()) {
      pack.insert(0, "a");
      other.insert(0, "b");
      other.insert(1, "-77");
      pack.room(Listpack.bytes(other.lp));
      Listpack.append(pack.lp, other.lp);
      pack.expect(List.of("a", "b", "-77"), "appended");
      other.expect(List.of("b", "-77"), "the other");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldSeeDamageOrStaySafeToWalk(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      try (SlabAllocator memory = new SlabAllocator();
          Pack pack = new Pack()) {
        for (int i = random.nextInt(6); i >= 0; i--) {
          pack.insert(0, random.nextInt(20) == 0 ? "z".repeat(20_000) : text(random));
        }
        int length = Listpack.bytes(pack.lp);
        byte[] bytes = Memory.bytes(pack.lp, length);
        int cut = random.nextInt(10) == 0 ? random.nextInt(length) : length;
        for (int i = random.nextInt(3); i >= 0 && cut > 0; i--) {
          bytes[random.nextInt(Math.min(cut, 200))] = (byte) random.nextInt();
        }
        // Exactly as long as it is: a look beyond is a fault of the checked memory.
        long copy = memory.allocate(Math.max(cut, 1));
        Memory.put(copy, bytes, 0, cut);
        if (ListpackValidation.isSound(copy, cut)) {
          Element element = new Element();
          int walked = 0;
          for (int pos = Listpack.first(copy); pos != 0; pos = Listpack.next(copy, pos)) {
            Listpack.read(copy, pos, element);
            assertThat(element.bytes()).hasSize(element.length());
            walked++;
          }
          assertThat(Listpack.count(copy)).isEqualTo(walked);
          for (int pos = Listpack.last(copy); pos != 0; pos = Listpack.previous(copy, pos)) {
            walked--;
          }
          assertThat(walked).isZero();
        } else {
          refused++;
        }
        memory.free(copy);
      }
    }
    assertThat(refused).as("seed " + seed).isGreaterThan(500);
  }

  static String text(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> NUMBERS[random.nextInt(NUMBERS.length)];
      case 1 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 2 -> "s".repeat(LENGTHS[random.nextInt(random.nextInt(50) == 0 ? LENGTHS.length : 11)]);
      default -> "t" + random.nextInt(100);
    };
  }

  /** A listpack in a block exactly as long as it may need to be, and a place for arguments. */
  private static final class Pack implements AutoCloseable {
    private static final int SCRATCH = 32 * 1024;
    final SlabAllocator memory = new SlabAllocator();
    private final long scratch = memory.allocate(SCRATCH);
    private final Element element = new Element();
    private int room = Listpack.EMPTY_BYTES;
    long lp = memory.allocate(room);

    Pack() {
      Listpack.create(lp);
    }

    long scratch(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      Memory.put(scratch, bytes, 0, bytes.length);
      return scratch;
    }

    void room(int more) {
      int needed = Listpack.bytes(lp) + more;
      if (needed > room) {
        long larger = memory.allocate(needed);
        Memory.copy(lp, larger, Listpack.bytes(lp));
        memory.free(lp);
        lp = larger;
        room = needed;
      }
    }

    void insert(int index, String text) {
      int pos = Listpack.seek(lp, index);
      insertAt(pos == 0 ? Listpack.end(lp) : pos, text);
    }

    void insertAt(int pos, String text) {
      long at = scratch(text);
      int before = Listpack.bytes(lp);
      int encoded = Listpack.encodedBytes(at, text.length());
      room(encoded);
      Listpack.insert(lp, pos, at, text.length());
      assertThat(Listpack.bytes(lp)).isEqualTo(before + encoded);
      assertThat(Listpack.elementBytes(lp, pos)).isEqualTo(encoded);
    }

    void replace(int index, String text) {
      long at = scratch(text);
      int pos = Listpack.seek(lp, index);
      int before = Listpack.bytes(lp);
      int growth = Listpack.replaceGrowth(lp, pos, at, text.length());
      room(Math.max(0, growth));
      Listpack.replace(lp, pos, at, text.length());
      assertThat(Listpack.bytes(lp)).isEqualTo(before + growth);
    }

    void expect(List<String> model, String where) {
      assertThat(ListpackValidation.isSound(lp, Listpack.bytes(lp))).as(where).isTrue();
      assertThat(Listpack.count(lp)).as(where).isEqualTo(model.size());
      List<String> forward = new ArrayList<>();
      for (int pos = Listpack.first(lp); pos != 0; pos = Listpack.next(lp, pos)) {
        forward.add(read(pos));
      }
      assertThat(forward).as(where).isEqualTo(model);
      List<String> backward = new ArrayList<>();
      for (int pos = Listpack.last(lp); pos != 0; pos = Listpack.previous(lp, pos)) {
        backward.add(read(pos));
      }
      assertThat(backward.reversed()).as(where).isEqualTo(model);
      int probe = model.isEmpty() ? 0 : model.size() * 2 / 3;
      int pos = Listpack.seek(lp, probe);
      assertThat(pos).as(where).isEqualTo(Listpack.seek(lp, probe - model.size()));
      assertThat(pos == 0).as(where).isEqualTo(model.isEmpty());
      assertThat(Listpack.seek(lp, model.size())).as(where).isZero();
      assertThat(Listpack.seek(lp, -model.size() - 1)).as(where).isZero();
    }

    private String read(int pos) {
      Listpack.read(lp, pos, element);
      String text = new String(element.bytes(), StandardCharsets.ISO_8859_1);
      assertThat(element.length()).isEqualTo(text.length());
      assertThat(element.isInteger()).isEqualTo(element.address() == 0);
      long at = scratch(text);
      assertThat(element.equalTo(at, text.length())).isTrue();
      assertThat(element.equalTo(scratch("u" + text), text.length() + 1)).isFalse();
      assertThat(element.copyTo(scratch)).isEqualTo(text.length());
      assertThat(new String(Memory.bytes(scratch, text.length()), StandardCharsets.ISO_8859_1))
          .isEqualTo(text);
      return text;
    }

    @Override
    public void close() {
      memory.free(lp);
      memory.free(scratch);
      memory.close();
    }
  }
}
