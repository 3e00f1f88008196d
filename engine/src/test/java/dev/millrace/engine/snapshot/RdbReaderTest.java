package dev.millrace.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.engine.memory.Pages;
import dev.millrace.engine.testing.RealRedis;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RdbReaderTest {
  @Test
  void shouldReadTheSameFromAnyPiecesInAnyBuffer() throws IOException {
    byte[] file = sample(91);
    RdbImage whole = RdbImage.read(file);
    for (int piece : new int[] {1, 2, 3, 7, 64, 1000}) {
      for (int buffer : new int[] {16, 61, 4096}) {
        RdbImage image = RdbImage.read(new Trickle(file, piece), buffer);
        assertThat(image.databases)
            .as("pieces of %d, a buffer of %d", piece, buffer)
            .isEqualTo(whole.databases);
        assertThat(image.aux).isEqualTo(whole.aux);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void shouldReadEveryVersion(int version) throws IOException {
    Rdb rdb = new Rdb(version).octets(254, 2).octets(253).int32(1_900_000_000);
    rdb.octets(0).string("k").string("v").octets(0).string("n").octets(0xc1, 0x39, 0x30);
    RdbImage image = RdbImage.read(rdb.end(version >= 5));
    assertThat(image.item(2, "k"))
        .isEqualTo(new RdbImage.Item("v", false, 1_900_000_000_000L, -1, -1));
    assertThat(image.item(2, "n")).isEqualTo(new RdbImage.Item("12345", true, -1, -1, -1));
  }

  @Test
  void shouldPassOverModuleDataSlotsAndUnknownAuxFields() throws IOException {
    Rdb rdb = new Rdb(12).octets(250).string("never-heard-of").string("x");
    rdb.octets(247).octets(0x81, 0xff, 1, 2, 3, 4, 5, 6, 7).octets(2, 2);
    rdb.octets(1, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    rdb.octets(3, 1, 2, 3, 4).octets(4, 1, 2, 3, 4, 5, 6, 7, 8).octets(5).string("text");
    rdb.octets(5, 0xc0, 7).octets(5, 0xc3, 2, 1, 0, 'a').octets(0);
    rdb.octets(244, 5, 1, 0).octets(245).string("#!lua name=f");
    rdb.octets(248, 50).octets(249, 200).octets(0).string("k").string("v");
    RdbImage image = RdbImage.read(rdb.end(true));
    assertThat(image.aux).containsExactly(Map.entry("never-heard-of", "x"));
    assertThat(image.functions).isEqualTo("#!lua name=f");
    assertThat(image.item(0, "k")).isEqualTo(new RdbImage.Item("v", false, -1, 50, 200));
  }

  @Test
  void shouldReadTheSameFromAnotherThreadHoweverItsReadsAreSplit() throws IOException {
    byte[] file = sample(94, 40, 300_000);
    RdbImage whole = RdbImage.read(new ByteArrayInputStream(file), 4096);
    for (int piece : new int[] {1 << 20, 100_000, 4099, 61}) {
      RdbImage image = RdbImage.readAhead(new ShortReads(file, piece));
      assertThat(image.databases).as("reads of %d", piece).isEqualTo(whole.databases);
    }
    file[file.length - 20] ^= 1;
    assertThat(refusal(file)).hasMessageContaining("checksum");
  }

  @Test
  void shouldStopTheThreadThatReadsAheadWhenTheReadingEnds() throws IOException {
    byte[] file = sample(95, 40, 300_000);
    long[] told = new long[1];
    try (RdbReadAhead ahead =
            new RdbReadAhead(
                Channels.newChannel(new ByteArrayInputStream(file)),
                true,
                taken -> told[0] = taken);
        RdbReader reader = new RdbReader(ahead, 16, true)) {
      assertThat(reader.readHeader()).isNotEmpty();
    }
    assertThat(told[0]).isBetween(1L, (long) RdbChunk.DATA_BYTES);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("rdb-reader"));
  }

  @Test
  void shouldGiveBackTheBytesThatFollow() throws IOException {
    byte[] file = sample(92);
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(file);
    both.writeBytes("*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
    try (RdbReader reader =
        new RdbReader(
            Channels.newChannel(new ByteArrayInputStream(both.toByteArray())), 16, true)) {
      reader.read(new RdbImage());
      assertThat(reader.offset()).isEqualTo(file.length);
      assertThat(reader.version()).isEqualTo(10);
      ByteBuffer following = reader.following();
      assertThat(StandardCharsets.US_ASCII.decode(following).toString())
          .isEqualTo("*1\r\n$4\r\nPING\r\n");
    }
  }

  @Test
  void shouldNameTypeKeyAndOffsetOfAValueItCannotHold() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      redis.client().text("RPUSH", "some\nlist", "a");
      redis.client().text("SAVE");
      byte[] file = Files.readAllBytes(redis.directory().resolve("dump.rdb"));
      RdbFormatException refused = refusal(file);
      assertThat(refused)
          .hasMessageStartingWith(
              "a value that cannot be held, in key \"some.list\" (list as quicklist of listpacks, type 18)")
          .hasMessageEndingWith("(at offset " + refused.offset() + ")");
      assertThat(file[(int) refused.offset()]).isEqualTo((byte) 18);
    }
  }

  @Test
  void shouldSayWhatIsWrongAndWhere() {
    assertRefused("REDIX0010".getBytes(StandardCharsets.US_ASCII), 4, "not an RDB");
    assertRefused("REDIS00x0".getBytes(StandardCharsets.US_ASCII), 7, "not a number");
    assertRefused("REDIS0013".getBytes(StandardCharsets.US_ASCII), 5, "RDB version 13");
    assertRefused("REDIS0000".getBytes(StandardCharsets.US_ASCII), 5, "RDB version 0");
    assertRefused("REDIS".getBytes(StandardCharsets.US_ASCII), 5, "end inside the header");
    assertRefused(new Rdb(10).octets(254, 16).bytes(), 9, "database 16 is beyond the 16");
    assertRefused(new Rdb(10).octets(8, 0).bytes(), 9, "unknown value type or opcode 8");
    assertRefused(new Rdb(10).octets(246).bytes(), 9, "pre-release");
    assertRefused(new Rdb(10).octets(0, 0x85).bytes(), 10, "byte 0x85 is not a length, in a key");
    assertRefused(
        new Rdb(10).octets(0, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0).bytes(), 10, "beyond 63 bits");
    assertRefused(
        new Rdb(10).octets(0, 0x81, 0, 0, 1, 0, 0, 0, 0, 0).bytes(), 10, "a key of 1099511627776");
    assertRefused(
        new Rdb(10).octets(0).string("k").octets(0xc3, 1, 0x40, 89, 0).bytes(),
        12,
        "1 compressed bytes cannot stand for 89");
    assertRefused(
        new Rdb(10).octets(0).string("k").octets(0xc3, 2, 5, 0x20, 9).bytes(),
        12,
        "damaged compression");
    assertRefused(new Rdb(10).octets(247, 1, 2, 2, 6).bytes(), 13, "unknown module opcode 6");
  }

  @Test
  void shouldNotAllocateWhatALengthOnlyPromises() {
    long mapped = Pages.mappedBytes();
    byte[] promises = new Rdb(10).octets(0).string("k").octets(0x80, 0x70, 0, 0, 0, 'v').bytes();
    InputStream source =
        new ByteArrayInputStream(promises) {
          @Override
          public synchronized int read(byte[] to, int offset, int length) {
            assertThat(Pages.mappedBytes() - mapped).isLessThan(1 << 20);
            return super.read(to, offset, length);
          }
        };
    assertThatThrownBy(() -> RdbImage.read(source, 4096))
        .isInstanceOf(RdbFormatException.class)
        .hasMessageContaining("end inside a string value");
    assertThat(Pages.mappedBytes()).isEqualTo(mapped);
  }

  @Test
  void shouldVerifyTheChecksumUnlessItIsZeroOrNotWanted() throws IOException {
    byte[] file = sample(93);
    for (int bit = 0; bit < 64; bit++) {
      byte[] damaged = file.clone();
      damaged[file.length - 1 - bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(damaged, file.length - 8, "the checksum is");
    }
    byte[] none = file.clone();
    Arrays.fill(none, file.length - 8, file.length, (byte) 0);
    assertThat(RdbImage.read(none).databases).isEqualTo(RdbImage.read(file).databases);
    byte[] wrong = file.clone();
    wrong[file.length - 1] ^= 1;
    RdbImage image = new RdbImage();
    try (RdbReader reader =
        new RdbReader(Channels.newChannel(new ByteArrayInputStream(wrong)), 16, false)) {
      reader.read(image);
    }
    assertThat(image.databases).isEqualTo(RdbImage.read(file).databases);
  }

  @Test
  void shouldRefuseEveryPrefix() {
    byte[] file = sample(94);
    for (int length = 0; length < file.length; length += length < 400 ? 1 : 97) {
      byte[] prefix = Arrays.copyOf(file, length);
      assertThat(refusal(prefix).offset()).as("a prefix of %d", length).isEqualTo(length);
    }
  }

  @Test
  void shouldAnswerAnyDamageWithAFormatException() {
    long seed = 95;
    SplittableRandom random = new SplittableRandom(seed);
    byte[] file = sample(seed, 8, 120);
    int refused = 0;
    for (int cycle = 0; cycle < Damage.CYCLES; cycle++) {
      byte[] damaged = Damage.some(random, file);
      // Half the time the checksum is made to agree, so that damage is met by the parser alone.
      if (cycle % 2 == 0 && damaged.length > 8) {
        Arrays.fill(damaged, damaged.length - 8, damaged.length, (byte) 0);
      }
      try {
        RdbImage.read(new ByteArrayInputStream(damaged), 512);
      } catch (RdbFormatException e) {
        refused++;
        assertThat(e.offset()).isBetween(0L, (long) damaged.length);
      } catch (IOException | RuntimeException | Error e) {
        throw new AssertionError("cycle " + cycle + " of seed " + seed, e);
      }
    }
    assertThat(refused).isGreaterThan(Damage.CYCLES / 2);
  }

  @Test
  void shouldPassOnWhatTheSourceThrows() {
    IOException broken = new IOException("connection reset");
    InputStream source =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw broken;
          }

          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            throw broken;
          }
        };
    assertThatThrownBy(() -> RdbImage.read(source, 512)).isSameAs(broken);
  }

  private static void assertRefused(byte[] file, long offset, String reason) {
    RdbFormatException refused = refusal(file);
    assertThat(refused).hasMessageContaining(reason);
    assertThat(refused.offset()).as(refused.getMessage()).isEqualTo(offset);
  }

  private static RdbFormatException refusal(byte[] file) {
    return Objects.requireNonNull(
        catchThrowableOfType(RdbFormatException.class, () -> RdbImage.read(file)));
  }

  private static byte[] sample(long seed) {
    return sample(seed, 60, 3000);
  }

  private static byte[] sample(long seed, int count, int lengthMax) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, byte[]> keys = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      keys.put(i % 4 == 0 ? Integer.toString(i) : "key " + i, Bytes.someValue(random, lengthMax));
    }
    return RdbImage.write(keys, true);
  }

  /** Bytes written by hand. */
  private static final class Rdb {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Rdb(int version) {
      out.writeBytes("REDIS%04d".formatted(version).getBytes(StandardCharsets.US_ASCII));
    }

    Rdb octets(int... octets) {
      for (int octet : octets) {
        out.write(octet);
      }
      return this;
    }

    Rdb int32(int value) {
      return octets(value, value >>> 8, value >>> 16, value >>> 24);
    }

    Rdb string(String text) {
      octets(text.length());
      out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    byte[] end(boolean checksum) {
      octets(255);
      if (checksum) {
        long crc = Crc64.update(Crc64.EMPTY, bytes(), 0, out.size());
        int32((int) crc).int32((int) (crc >>> 32));
      }
      return bytes();
    }
  }

  /** A source that gives few bytes at a time. */
  private static final class Trickle extends ByteArrayInputStream {
    private final int piece;

    Trickle(byte[] bytes, int piece) {
      super(bytes);
      this.piece = piece;
    }

    @Override
    public synchronized int read(byte[] to, int offset, int length) {
      return super.read(to, offset, Math.min(length, piece));
    }
  }

  /** A channel that gives a few bytes at a time. */
  private static final class ShortReads implements ReadableByteChannel {
    private final ByteBuffer bytes;
    private final int piece;

    ShortReads(byte[] bytes, int piece) {
      this.bytes = ByteBuffer.wrap(bytes);
      this.piece = piece;
    }

    @Override
    public int read(ByteBuffer to) {
      int n = Math.min(piece, Math.min(to.remaining(), bytes.remaining()));
      to.put(bytes.slice(bytes.position(), n));
      bytes.position(bytes.position() + n);
      return n == 0 ? -1 : n;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
