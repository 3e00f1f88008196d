package dev.millrace.engine.protocol;

import static dev.millrace.engine.protocol.Decoded.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Region;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyWriterTest {
  private static final ReplySink NOWHERE =
      new ReplySink() {
        @Override
        public void send(
            @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
          throw new AssertionError("nothing is sent here");
        }

        @Override
        public void released(int bytes) {}
      };

  private final ReplyPool pool = new ReplyPool();
  private final ReplyWriter out = new ReplyWriter(pool, NOWHERE);

  @AfterEach
  void everyBufferComesBack() {
    ReplyBuffer rest = out.take();
    if (rest != null) {
      rest.discardChain();
    }
    pool.close();
    assertThat(pool.mapped()).isZero();
  }

  private String written() {
    ReplyBuffer first = out.take();
    if (first == null) {
      return "";
    }
    String text = new String(first.chainToArray(), StandardCharsets.ISO_8859_1);
    first.discardChain();
    return text;
  }

  private String in(int protocol, Consumer<ReplyWriter> write) {
    out.protocol(protocol);
    write.accept(out);
    return written();
  }

  @Test
  void shouldWriteEveryKindInBothProtocols() {
    assertThat(in(2, ReplyWriter::ok)).isEqualTo("+OK\r\n");
    assertThat(in(2, w -> w.simple("PONG"))).isEqualTo("+PONG\r\n");
    assertThat(in(2, w -> w.error("ERR a\r\nb"))).isEqualTo("-ERR a  b\r\n");
    assertThat(in(2, w -> w.integer(Long.MIN_VALUE))).isEqualTo(":-9223372036854775808\r\n");
    assertThat(in(2, w -> w.bulk("\u00ff\r\n"))).isEqualTo("$3\r\n\u00ff\r\n\r\n");
    assertThat(in(2, w -> w.bulk(new byte[0]))).isEqualTo("$0\r\n\r\n");
    assertThat(in(2, w -> w.bulkInteger(-10))).isEqualTo("$3\r\n-10\r\n");
    assertThat(in(2, ReplyWriter::nullBulk)).isEqualTo("$-1\r\n");
    assertThat(in(3, ReplyWriter::nullBulk)).isEqualTo("_\r\n");
    assertThat(in(2, ReplyWriter::nullArray)).isEqualTo("*-1\r\n");
    assertThat(in(3, ReplyWriter::nullArray)).isEqualTo("_\r\n");
    assertThat(in(2, w -> w.map(3))).isEqualTo("*6\r\n");
    assertThat(in(3, w -> w.map(3))).isEqualTo("%3\r\n");
    assertThat(in(2, w -> w.set(3))).isEqualTo("*3\r\n");
    assertThat(in(3, w -> w.set(3))).isEqualTo("~3\r\n");
    assertThat(in(2, w -> w.push(2))).isEqualTo("*2\r\n");
    assertThat(in(3, w -> w.push(2))).isEqualTo(">2\r\n");
    assertThat(in(3, w -> w.attribute(1))).isEqualTo("|1\r\n");
    assertThat(in(2, w -> w.bool(true))).isEqualTo(":1\r\n");
    assertThat(in(3, w -> w.bool(false))).isEqualTo("#f\r\n");
    assertThat(in(2, w -> w.bigNumber("123"))).isEqualTo("$3\r\n123\r\n");
    assertThat(in(3, w -> w.bigNumber("123"))).isEqualTo("(123\r\n");
    assertThat(in(2, w -> w.verbatim("txt", bytes("ab")))).isEqualTo("$2\r\nab\r\n");
    assertThat(in(3, w -> w.verbatim("txt", bytes("ab")))).isEqualTo("=6\r\ntxt:ab\r\n");
    assertThat(in(2, w -> w.doubleValue(3.5))).isEqualTo("$3\r\n3.5\r\n");
    assertThat(in(3, w -> w.doubleValue(-0.0))).isEqualTo(",-0\r\n");
    assertThat(in(3, w -> w.doubleValue(-1e16))).isEqualTo(",-10000000000000000\r\n");
    assertThat(in(2, w -> w.doubleValue(Double.NEGATIVE_INFINITY))).isEqualTo("$4\r\n-inf\r\n");
    assertThat(in(3, w -> w.doubleValue(Double.POSITIVE_INFINITY))).isEqualTo(",inf\r\n");
    assertThat(in(3, w -> w.doubleText(bytes("0.1")))).isEqualTo(",0.1\r\n");
  }

  @Test
  void shouldPrintDoublesAsPercent17g() {
    assertThat(DoubleText.percent17g(0.1)).isEqualTo("0.10000000000000001");
    assertThat(DoubleText.percent17g(1e17)).isEqualTo("1e+17");
    assertThat(DoubleText.percent17g(-1.5e300)).isEqualTo("-1.5000000000000001e+300");
    assertThat(DoubleText.percent17g(0.0001)).isEqualTo("0.0001");
    assertThat(DoubleText.percent17g(0.00001)).isEqualTo("1.0000000000000001e-05");
    assertThat(DoubleText.percent17g(Double.MIN_VALUE)).isEqualTo("4.9406564584124654e-324");
    assertThat(DoubleText.percent17g(120)).isEqualTo("120");
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    for (int i = 0; i < 5000; i++) {
      double d = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(d)) {
        // Seventeen digits always lead back to the same double.
        assertThat(new BigDecimal(DoubleText.percent17g(d)).doubleValue()).isEqualTo(d);
      }
    }
  }

  @Test
  void shouldWriteEveryIntegerAsJavaPrintsIt() {
    try (Region region = new Region(64)) {
      for (long power = 1, i = 0; i < 19; i++, power *= 10) {
        for (long v : new long[] {power - 1, power, -power, 1 - power, power + 1}) {
          assertThat(Decimal.length(v)).isEqualTo(Long.toString(v).length());
          assertThat(Decimal.write(region.address(), v) - region.address())
              .isEqualTo(Long.toString(v).length());
          out.bulkInteger(v);
          assertThat(written()).isEqualTo("$" + Long.toString(v).length() + "\r\n" + v + "\r\n");
        }
      }
    }
  }

  @Test
  void shouldSpreadABigValueOverLargeBuffers() {
    byte[] value = new byte[3_000_000];
    RandomGeneratorFactory.of("L64X128MixRandom").create(8).nextBytes(value);
    out.integer(7);
    out.bulk(value);
    out.ok();
    ReplyBuffer first = Objects.requireNonNull(out.take());
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(bytes(":7\r\n$3000000\r\n"));
    expected.writeBytes(value);
    expected.writeBytes(bytes("\r\n+OK\r\n"));
    assertThat(first.chainToArray()).isEqualTo(expected.toByteArray());
    assertThat(pool.mapped()).isLessThan(16);
    first.discardChain();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void shouldEqualAModelForRandomNestedCollectionsAndMarks(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 60; round++) {
      StringBuilder model = new StringBuilder();
      int commands = random.nextInt(1, 30);
      for (int i = 0; i < commands; i++) {
        long mark = out.bytesPending();
        assertThat(mark).as("seed %d round %d", seed, round).isEqualTo(model.length());
        String reply = write(random, 0);
        if (random.nextInt(5) == 0) {
          out.truncate(mark);
        } else {
          model.append(reply);
        }
      }
      assertThat(written()).as("seed %d round %d", seed, round).isEqualTo(model.toString());
    }
  }

  private String write(RandomGenerator random, int depth) {
    if (depth < 4 && random.nextInt(3) == 0) {
      out.begin();
      StringBuilder inner = new StringBuilder();
      int n = random.nextInt(12);
      for (int i = 0; i < n; i++) {
        inner.append(write(random, depth + 1));
      }
      out.endArray(n);
      return "*" + n + "\r\n" + inner;
    }
    if (random.nextInt(20) == 0) {
      String big = "b".repeat(random.nextInt(40_000));
      out.bulk(big);
      return "$" + big.length() + "\r\n" + big + "\r\n";
    }
    if (random.nextBoolean()) {
      String text = "s".repeat(random.nextInt(900));
      out.bulk(bytes(text));
      return "$" + text.length() + "\r\n" + text + "\r\n";
    }
    long value = random.nextLong();
    out.integer(value);
    return ":" + value + "\r\n";
  }

  @Test
  void shouldDropACollectionLeftOpenByACommandThatFailed() {
    out.ok();
    long mark = out.bytesPending();
    out.begin();
    out.bulk("x".repeat(50_000));
    out.begin();
    out.integer(1);
    out.truncate(mark);
    out.error("ERR no");
    assertThat(written()).isEqualTo("+OK\r\n-ERR no\r\n");
  }
}
