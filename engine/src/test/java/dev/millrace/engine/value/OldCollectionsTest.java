package dev.millrace.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ziplists and zipmaps, as Redis wrote them before it had listpacks. */
class OldCollectionsTest {
  private static final long SEED = 95;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void shouldReadEveryElementOfAZiplist() throws Exception {
    for (int round = 0; round < 300; round++) {
      List<Object> elements = new ArrayList<>();
      for (int i = random.nextInt(round % 50 == 0 ? 500 : 12); i > 0; i--) {
        elements.add(random.nextBoolean() ? number() : text(longest()));
      }
      assertThat(readZiplist(ziplist(elements))).as("round %d", round).isEqualTo(elements);
    }
  }

  @Test
  void shouldReadEveryFieldOfAZipmap() throws Exception {
    for (int round = 0; round < 300; round++) {
      List<Object> pairs = new ArrayList<>();
      for (int i = 2 * random.nextInt(round % 50 == 0 ? 300 : 12); i > 0; i--) {
        pairs.add(text(300));
      }
      assertThat(readZipmap(zipmap(pairs))).as("round %d", round).isEqualTo(pairs);
    }
  }

  @Test
  void shouldRefuseWhatIsNoneAndReadNothingOutside() {
    byte[] ziplist = ziplist(List.of(12L, "text", 70_000L, "more", -5L));
    byte[] zipmap = zipmap(List.of("field", "value", "other", "x".repeat(300)));
    for (int cut = 0; cut < ziplist.length; cut++) {
      byte[] damaged = java.util.Arrays.copyOf(ziplist, cut);
      assertThatThrownBy(() -> readZiplist(damaged)).isInstanceOf(ValueFormatException.class);
    }
    for (int cut = 0; cut < zipmap.length; cut++) {
      byte[] damaged = java.util.Arrays.copyOf(zipmap, cut);
      assertThatThrownBy(() -> readZipmap(damaged)).isInstanceOf(ValueFormatException.class);
    }
    int refused = 0;
    for (int cycle = 0; cycle < 20_000; cycle++) {
      byte[] damaged = (cycle % 2 == 0 ? ziplist : zipmap).clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        Object read = cycle % 2 == 0 ? readZiplist(damaged) : readZipmap(damaged);
        assertThat(read).isNotNull();
      } catch (ValueFormatException expected) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", SEED).isBetween(5_000, 19_900);
  }

  private Object number() {
    return random.nextInt(3) == 0
        ? (long) random.nextInt(15)
        : random.nextLong() >> random.nextInt(64);
  }

  private int longest() {
    return switch (random.nextInt(40)) {
      case 0 -> 20_000;
      case 1, 2, 3 -> 300;
      default -> 20;
    };
  }

  private String text(int longest) {
    StringBuilder text = new StringBuilder("t");
    for (int i = random.nextInt(longest); i > 0; i--) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private static List<Object> readZiplist(byte[] bytes) throws ValueFormatException {
    List<Object> read = new ArrayList<>();
    try (Region region = new Region(Math.max(1, bytes.length))) {
      Memory.put(region.address(), bytes, 0, bytes.length);
      ZiplistReader reader = new ZiplistReader();
      reader.open(region.address(), bytes.length);
      while (reader.next()) {
        read.add(
            reader.isInteger()
                ? (Object) reader.integer()
                : latin(reader.address(), reader.length()));
      }
    }
    return read;
  }

  private static List<Object> readZipmap(byte[] bytes) throws ValueFormatException {
    List<Object> read = new ArrayList<>();
    try (Region region = new Region(Math.max(1, bytes.length))) {
      Memory.put(region.address(), bytes, 0, bytes.length);
      ZipmapReader reader = new ZipmapReader();
      reader.open(region.address(), bytes.length);
      while (reader.next()) {
        read.add(latin(reader.fieldAddress(), reader.fieldLength()));
        read.add(latin(reader.valueAddress(), reader.valueLength()));
      }
    }
    return read;
  }

  private static String latin(long address, int length) {
    return new String(Memory.bytes(address, length), StandardCharsets.ISO_8859_1);
  }

  private static byte[] zipmap(List<Object> pairs) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(Math.min(pairs.size() / 2, 254));
    for (int i = 0; i < pairs.size(); i++) {
      byte[] bytes = pairs.get(i).toString().getBytes(StandardCharsets.ISO_8859_1);
      if (bytes.length < 254) {
        out.write(bytes.length);
      } else {
        out.write(254);
        out.writeBytes(little(bytes.length, 4));
      }
      int spare = i % 2 == 0 ? 0 : bytes.length % 4;
      if (i % 2 == 1) {
        out.write(spare);
      }
      out.writeBytes(bytes);
      out.writeBytes(new byte[spare]);
    }
    out.write(255);
    return out.toByteArray();
  }

  private static byte[] ziplist(List<Object> elements) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int previous = 0;
    int last = 10;
    for (Object element : elements) {
      last = 10 + body.size();
      int before = body.size();
      if (previous < 254) {
        body.write(previous);
      } else {
        body.write(254);
        body.writeBytes(little(previous, 4));
      }
      if (element instanceof Number number) {
        number(body, number.longValue());
      } else {
        byte[] bytes = element.toString().getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length < 64) {
          body.write(bytes.length);
        } else if (bytes.length < 1 << 14) {
          body.write(0x40 | bytes.length >>> 8);
          body.write(bytes.length);
        } else {
          body.write(0x80);
          body.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
        }
        body.writeBytes(bytes);
      }
      previous = body.size() - before;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(little(10 + body.size() + 1, 4));
    out.writeBytes(little(last, 4));
    out.writeBytes(little(Math.min(elements.size(), 65535), 2));
    out.writeBytes(body.toByteArray());
    out.write(255);
    return out.toByteArray();
  }

  private static void number(ByteArrayOutputStream body, long number) {
    if (number >= 0 && number <= 12) {
      body.write(0xf1 + (int) number);
    } else if (number == (byte) number) {
      body.write(0xfe);
      body.writeBytes(little(number, 1));
    } else if (number == (short) number) {
      body.write(0xc0);
      body.writeBytes(little(number, 2));
    } else if (number >= -(1 << 23) && number < 1 << 23) {
      body.write(0xf0);
      body.writeBytes(little(number, 3));
    } else if (number == (int) number) {
      body.write(0xd0);
      body.writeBytes(little(number, 4));
    } else {
      body.write(0xe0);
      body.writeBytes(little(number, 8));
    }
  }

  private static byte[] little(long value, int bytes) {
    return java.util.Arrays.copyOf(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), bytes);
  }
}
