package dev.millrace.engine.protocol;

import static dev.millrace.engine.protocol.Decoded.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decoder against a corpus cut at every place, and against itself on damaged streams. */
class RequestDecoderTest {
  private static final KnownCommand KEYED = () -> 1;
  private static final KnownCommand KEYLESS = () -> 0;
  private static final CommandLookup LOOKUP =
      (address, length) ->
          Memory.equalIgnoreCase(address, length, bytes("get"))
              ? KEYED
              : Memory.equalIgnoreCase(address, length, bytes("ping")) ? KEYLESS : null;

  private static final List<String> CORPUS =
      List.of(
          "*1\r\n$4\r\nPING\r\n",
          "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*2\r\n$3\r\ngEt\r\n$0\r\n\r\n*1\r\n$3\r\nget\r\n",
          "PING\r\n*2\r\n$4\r\necho\r\n$2\r\n\r\n\r\nGET \"a b\"\nget 'x'\r\n",
          "*0\r\n*-1\r\n\r\n\n   \r\n*-9223372036854775808\r\nping\r\n",
          "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n",
          "*1\r\n$4\r\nPINGxy*1\rz$4\r\nPING\r\n*1\r\n$4\r!PING\r\n",
          "GET \"\\x00\\xff\\\"\\n\" 'it\\'s' pl\"ain\"\r\nPI\0NG\r\nPING\r\n",
          "*2\r\n$4\r\nPING\r\n+4\r\nPING\r\n",
          "*1\r\n$4\r\nPING\r\n*1x\r\n",
          "PING\r\nGET \"abc\r\nPING\r\n",
          "*1\r\n$-1\r\n",
          "*2\r\n$4\r\nPING\r\n$536870913\r\n",
          "*2147483648\r\n",
          "*1\r\n$1\0\r\nPING\r\n");

  private static RequestDecoder decoder() {
    return new RequestDecoder(LOOKUP, new RequestLimits());
  }

  @Test
  void shouldDecodeAPipelineOfArraysAndInlineCommands() {
    Decoded decoded =
        Decoded.of(
            bytes(
                "*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING \"a b\" c\r\n\r\n*0\r\n*1\r\n$4\r\nPINGxx*3\r\n$1\r\na\r\n$0\r\n\r\n$2\r\n\r\n\r\n"),
            1024,
            decoder());
    assertThat(decoded.commands())
        .containsExactly(
            List.of("GET", "k"),
            List.of("PING", "a b", "c"),
            List.of("PING"),
            List.of("a", "", "\r\n"));
    assertThat(decoded.wires())
        .containsExactly(
            "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
            null,
            null,
            "*3\r\n$1\r\na\r\n$0\r\n\r\n$2\r\n\r\n\r\n");
    assertThat(decoded.error()).isNull();
  }

  @Test
  void shouldDecodeTheSameHoweverTheStreamIsCut() {
    List<byte[]> streams = new ArrayList<>();
    CORPUS.forEach(s -> streams.add(bytes(s)));
    streams.add(bytes(String.join("", CORPUS.subList(0, 7))));
    for (byte[] stream : streams) {
      Decoded whole = Decoded.of(stream, 1024, decoder());
      for (int cut = 0; cut <= stream.length; cut++) {
        assertThat(Decoded.of(stream, 1024, decoder(), cut)).as("cut at %d", cut).isEqualTo(whole);
        assertThat(Decoded.of(stream, 1, decoder(), cut)).as("cut at %d", cut).isEqualTo(whole);
      }
      int[] everywhere = new int[stream.length];
      Arrays.setAll(everywhere, i -> i);
      assertThat(Decoded.of(stream, 1024, decoder(), everywhere)).isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldNotDependOnTheCutsOfADamagedStream(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    byte[] alphabet = bytes("*$0123456789\r\n\r\n\"'\\x PINGget-+\0\u00ff");
    for (int round = 0; round < 800; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        text.append(CORPUS.get(random.nextInt(CORPUS.size())));
      }
      byte[] stream = bytes(text.toString());
      for (int i = random.nextInt(4); i > 0; i--) {
        stream[random.nextInt(stream.length)] = alphabet[random.nextInt(alphabet.length)];
      }
      int[] cuts = random.ints(random.nextInt(6), 0, stream.length + 1).sorted().toArray();
      Decoded whole = Decoded.of(stream, 1024, decoder());
      Decoded parts = Decoded.of(stream, random.nextInt(1, 4), decoder(), cuts);
      assertThat(parts)
          .as("seed %d round %d cuts %s", seed, round, Arrays.toString(cuts))
          .isEqualTo(whole);
    }
  }

  @Test
  void shouldSurviveRandomBytesWithoutGrowing() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(99);
    for (int round = 0; round < 2000; round++) {
      byte[] noise = new byte[random.nextInt(1, 200)];
      random.nextBytes(noise);
      if (random.nextBoolean()) {
        noise[0] = '*';
      }
      RequestDecoder decoder = decoder();
      try (RequestBuffer in = new RequestBuffer(64)) {
        in.append(noise, 0, noise.length);
        decoder.decode(in, 1024);
        assertThat(in.memoryBytes()).isLessThan(64 * 1024);
        assertThat(decoder.consumed()).isBetween(0, noise.length);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "x,65536,too big inline request",
    "*1,65535,too big mbulk count string",
    "'*1\r\n$1',65535,too big bulk count string",
  })
  void shouldRefuseALineOfMoreThan64KiB(String begin, int fill, String error) {
    String longest = begin + "1".repeat(fill);
    assertThat(Decoded.of(bytes(longest.substring(0, longest.length() - 1)), 9, decoder()).error())
        .isNull();
    Decoded tooLong = Decoded.of(bytes(longest), 9, decoder());
    assertThat(tooLong.error()).isEqualTo(error);
    // The same when the end of the line came with it, and when it came byte by byte.
    assertThat(Decoded.of(bytes(longest + "1\r\n"), 9, decoder()).error()).isEqualTo(error);
  }

  @Test
  void shouldReadALineThatComesByteByByteOnce() {
    byte[] line = bytes("x".repeat(60_000) + "\r\n");
    RequestDecoder decoder = decoder();
    long start = System.nanoTime();
    try (RequestBuffer in = new RequestBuffer()) {
      for (int i = 0; i < line.length; i++) {
        in.append(line, i, 1);
        decoder.decode(in, 1024);
      }
      assertThat(in.count()).isEqualTo(1);
    }
    // Reading it anew for each byte would be 1.8 billion checked reads, minutes.
    assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
  }

  @Test
  void shouldHoldSmallerLimitsUntilTheClientHasAuthenticated() {
    RequestDecoder decoder = decoder();
    decoder.restricted(true);
    assertThat(Decoded.of(bytes("*11\r\n"), 9, decoder).error())
        .isEqualTo("unauthenticated multibulk length");
    decoder.reset();
    assertThat(Decoded.of(bytes("*10\r\n$16385\r\n"), 9, decoder).error())
        .isEqualTo("unauthenticated bulk length");
    decoder.reset();
    assertThat(Decoded.of(bytes("*10\r\n$16384\r\n"), 9, decoder).error()).isNull();
    decoder.reset();
    decoder.restricted(false);
    assertThat(Decoded.of(bytes("*11\r\n$16385\r\n"), 9, decoder).error()).isNull();
  }

  @Test
  void l7_memoryFollowsTheBytesThatArrivedAndNotTheLengthAnnounced() {
    RequestDecoder decoder = decoder();
    try (RequestBuffer in = new RequestBuffer(1024)) {
      byte[] header = bytes("*2\r\n$4\r\nECHO\r\n$500000000\r\n");
      in.append(header, 0, header.length);
      decoder.decode(in, 1024);
      assertThat(in.capacity()).isEqualTo(1024);
      byte[] part = new byte[5000];
      for (int i = 0; i < 40; i++) {
        in.append(part, 0, part.length);
        decoder.decode(in, 1024);
        assertThat(in.capacity()).isLessThan(2 * in.filled() + 1024);
      }
    }
  }

  @Test
  void l7_aCommandBeyondTheQueryBufferLimitEndsTheConnectionWithoutAWord() {
    RequestLimits limits = new RequestLimits();
    limits.queryBufferBytes(10_000);
    RequestDecoder decoder = new RequestDecoder(LOOKUP, limits);
    try (RequestBuffer in = new RequestBuffer()) {
      byte[] bytes = bytes("*1\r\n$4\r\nPING\r\n*1\r\n$50000\r\n" + "x".repeat(9_988));
      in.append(bytes, 0, bytes.length);
      decoder.decode(in, 1024);
      assertThat(in.count()).isEqualTo(1);
      assertThat(in.error()).isNull();
      in.append(bytes, 0, 5);
      decoder.decode(in, 1024);
      assertThat(Objects.requireNonNull(in.error()).reply()).isNull();
    }
  }

  @Test
  void shouldTakeMoreArgumentsThanAMillion() {
    int arguments = 1_100_000;
    byte[] one = bytes("$1\r\na\r\n");
    RequestDecoder decoder = decoder();
    Request request = new Request();
    try (RequestBuffer in = new RequestBuffer()) {
      byte[] header = bytes("*" + arguments + "\r\n");
      in.append(header, 0, header.length);
      for (int i = 0; i < arguments; i++) {
        in.append(one, 0, one.length);
      }
      decoder.decode(in, 1024);
      assertThat(in.count()).isEqualTo(1);
      in.select(0, request);
      assertThat(request.argc()).isEqualTo(arguments);
      assertThat(request.text(arguments - 1)).isEqualTo("a");
      in.clear();
      assertThat(in.memoryBytes()).isLessThan(200_000);
    }
  }

  @Test
  void shouldKeepCopiesOfCommandsOfEveryKind() {
    RequestDecoder decoder = decoder();
    Request request = new Request();
    try (RequestBuffer in = new RequestBuffer();
        RequestBuffer kept = new RequestBuffer(16)) {
      byte[] bytes = bytes("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nGET \"two words\"\r\n");
      in.append(bytes, 0, bytes.length);
      decoder.decode(in, 1024);
      for (int i = 0; i < in.count(); i++) {
        in.select(i, request);
        kept.add(request);
      }
      kept.add(LOOKUP, bytes("get"), bytes("made here"));
      in.clear();
      List<List<String>> texts = new ArrayList<>();
      for (int i = 0; i < kept.count(); i++) {
        kept.select(i, request);
        texts.add(List.of(request.text(0), request.text(1)));
        assertThat(request.command()).isSameAs(KEYED);
        assertThat(request.keyHash()).isEqualTo(Memory.hash(request.address(1), request.length(1)));
        assertThat(request.wireLength()).isEqualTo(i == 0 ? 22 - 2 : 0);
      }
      assertThat(texts)
          .containsExactly(
              List.of("GET", "k"), List.of("GET", "two words"), List.of("get", "made here"));
      assertThat(request.is(0, bytes("get"))).isTrue();
      assertThat(request.is(1, bytes("get"))).isFalse();
    }
  }
}
