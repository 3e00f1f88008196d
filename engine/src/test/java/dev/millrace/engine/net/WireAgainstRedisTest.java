package dev.millrace.engine.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.protocol.DoubleText;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import dev.millrace.engine.protocol.RequestLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a stock Redis 7.0 answers on the wire, against what we do. */
class WireAgainstRedisTest {
  private static @Nullable RealRedis redis;

  @BeforeAll
  static void startRedis() throws Exception {
    redis = new RealRedis("--enable-debug-command", "yes");
  }

  @AfterAll
  static void stopRedis() throws Exception {
    redis().close();
  }

  private static RealRedis redis() {
    return Objects.requireNonNull(redis);
  }

  private static final List<String> STREAMS =
      List.of(
          "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\nPING\r\n",
          "\r\n\n   \r\n*0\r\n*-1\r\n*-9223372036854775808\r\nPING\r\n",
          "PING\r\n*1\r\n+4\r\nPING\r\nPING\r\n",
          "PING\r\n*x\r\nPING\r\n",
          "*1\r\n\u00ff\r\n",
          "*1\r\n\r\n",
          "*1\r\n\n\r\n",
          "*1\r\n$-1\r\n",
          "*1\r\n$\r\n",
          "*1\r\n$04\r\n",
          "*1\r\n$+4\r\n",
          "*1\r\n$-0\r\n",
          "*1\r\n$536870913\r\n",
          "*1\r\n$9223372036854775807\r\n",
          "*1\r\n$9223372036854775808\r\n",
          "*2147483648\r\n",
          "*9223372036854775808\r\n",
          "*-9223372036854775809\r\nPING\r\n",
          "*18446744073709551617\r\n",
          "*01\r\n",
          "*+1\r\n",
          "* 1\r\n",
          "*\r\n",
          "*-\r\n",
          "*-0\r\n",
          "*1 \r\n",
          "*1\r\n$4\r\nPINGXX*1\r\n$4\r\nPING\r\n",
          "*1\rX$4\rXPINGXXPING\r\n",
          "PING \"abc\r\nPING\r\n",
          "PING abc\"\r\n",
          "PING \"abc\"d\r\n",
          "PING 'abc'd\r\n",
          "PING\u000b\u000c\r\n",
          "\tPING\t\r\n",
          "PING\rX\r\n",
          "\"\"\r\nPING\r\n",
          "*1\r\n$0\r\n\r\nPING\r\n",
          "nosuch a 'b c'\r\n",
          "PING\r\n" + "x".repeat(65_537),
          "*" + "1".repeat(65_536),
          "*1\r\n$" + "1".repeat(65_536),
          "*1\r\n" + "x".repeat(65_537));

  /** Streams that must be left waiting: no answer, no close. */
  private static final List<String> WAITING =
      List.of(
          "PI\0NG\r\nPING\r\n",
          "*1\0\r\n",
          "*1\r\n$4\0\r\nPING\r\n",
          "*2147483647\r\n",
          "*1\r\n$536870912\r\n",
          "*1\r\n$4\r\nPING",
          "*1\r",
          "x".repeat(65_536),
          "*" + "1".repeat(65_535));

  /** Compares; on a machine that is busy, an answer may come after the silence that ends it. */
  private static void assertSameAnswers(int ourPort, int redisPort, List<String> streams)
      throws IOException {
    List<RawClient.Answer> expected = List.of();
    List<RawClient.Answer> actual = List.of();
    for (int silence = 60; silence <= 1500; silence *= 5) {
      expected = answers(redisPort, streams, silence);
      actual = answers(ourPort, streams, silence);
      if (actual.equals(expected)) {
        return;
      }
    }
    for (int i = 0; i < streams.size(); i++) {
      assertThat(actual.get(i)).as("answer to %s", show(streams.get(i))).isEqualTo(expected.get(i));
    }
  }

  private static List<RawClient.Answer> answers(int port, List<String> streams, int silence)
      throws IOException {
    List<RawClient> clients = new ArrayList<>();
    List<RawClient.Answer> answers = new ArrayList<>();
    for (String stream : streams) {
      clients.add(new RawClient(port).send(stream));
    }
    for (RawClient client : clients) {
      answers.add(client.rest(silence));
      client.close();
    }
    return answers;
  }

  @Test
  void shouldAnswerGoodAndBadRequestsToTheLetterAsRedisDoes() throws Exception {
    List<String> streams = STREAMS;
    try (FakeExecutor ours = FakeExecutor.on(TransportChoice.AUTO)) {
      assertSameAnswers(ours.server.port(), redis().port, streams);
      List<RawClient.Answer> nothing = answers(redis().port, WAITING, 60);
      List<RawClient.Answer> ourNothing = answers(ours.server.port(), WAITING, 60);
      for (int i = 0; i < WAITING.size(); i++) {
        RawClient.Answer silence = new RawClient.Answer("", false);
        assertThat(nothing.get(i)).as("Redis and %s", show(WAITING.get(i))).isEqualTo(silence);
        assertThat(ourNothing.get(i)).as("we and %s", show(WAITING.get(i))).isEqualTo(silence);
      }
    }
  }

  @Test
  void shouldLimitClientsThatMustAuthenticateAsRedisDoes() throws Exception {
    List<String> streams =
        List.of(
            "*11\r\n",
            "*10\r\n$16385\r\n",
            "*1\r\n$4\r\nPING\r\n*11\r\n",
            "*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n*2\r\n$4\r\nECHO\r\n$20000\r\n"
                + "x".repeat(20_000)
                + "\r\n*11\r\n"
                + "$1\r\na\r\n".repeat(11)
                + "PING\r\n",
            "PING\r\nPING\r\nAUTH p\r\nPING\r\n");
    try (RealRedis locked = new RealRedis("--requirepass", "p");
        FakeExecutor ours =
            new FakeExecutor(NetworkOptions.on(List.of("127.0.0.1"), 0, 1), 16, true)) {
      assertSameAnswers(ours.server.port(), locked.port, streams);
    }
  }

  private static String show(String text) {
    return text.length() > 80 ? text.substring(0, 20) + "... " + text.length() : text;
  }

  @Test
  void shouldSplitOddlyQuotedInlineCommandsAsRedisDoes() throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(31);
    String[] pieces = {
      "\"", "\"", "'", "\\", "\\x41", "\\xg1", "\\n", "\\\"", "\\'", " ", " ", "\t", "a", "bc",
      "\u00e9", "\u000b", "\r", "\" ", "' ", " \"", " '", "\\x0", "\\\\"
    };
    for (int round = 0; round < 1500; round++) {
      StringBuilder line = new StringBuilder("EVAL \"return ARGV\" 0 ");
      for (int i = random.nextInt(9); i > 0; i--) {
        line.append(pieces[random.nextInt(pieces.length)]);
      }
      lineOf(line + "\r\n", round);
    }
  }

  private @Nullable RawClient evalClient;

  private void lineOf(String line, int round) throws IOException {
    RawClient client = evalClient;
    if (client == null) {
      client = new RawClient(redis().port);
      evalClient = client;
    }
    String ours = ourAnswer(line);
    client.send(line);
    String theirs = client.read(ours.length());
    assertThat(theirs).as("round %d: %s", round, line).isEqualTo(ours);
    if (ours.startsWith("-")) {
      assertThat(client.rest(RawClient.PATIENCE_MILLIS)).isEqualTo(new RawClient.Answer("", true));
      client.close();
      evalClient = null;
    }
  }

  private static String ourAnswer(String line) {
    RequestDecoder decoder = new RequestDecoder((a, n) -> null, new RequestLimits());
    try (RequestBuffer in = new RequestBuffer(4096)) {
      byte[] bytes = RawClient.bytes(line);
      in.append(bytes, 0, bytes.length);
      decoder.decode(in, 10);
      if (in.error() != null) {
        return new String(Objects.requireNonNull(in.error().reply()), StandardCharsets.ISO_8859_1);
      }
      Request request = new Request();
      in.select(0, request);
      StringBuilder reply = new StringBuilder("*" + (request.argc() - 3) + "\r\n");
      for (int i = 3; i < request.argc(); i++) {
        reply.append("$" + request.length(i) + "\r\n" + request.text(i) + "\r\n");
      }
      return reply.toString();
    }
  }

  @Test
  void shouldWriteEachKindOfReplyAsRedisDoes() throws Exception {
    try (RawClient client = new RawClient(redis().port)) {
      for (int protocol : new int[] {2, 3}) {
        client.send("HELLO " + protocol + "\r\nECHO end-of-hello\r\n");
        StringBuilder hello = new StringBuilder();
        while (!hello.toString().endsWith("$12\r\nend-of-hello\r\n")) {
          hello.append(client.read(1));
        }
        compare(client, protocol, "DEBUG PROTOCOL string", w -> w.bulk("Hello World"));
        compare(client, protocol, "DEBUG PROTOCOL integer", w -> w.integer(12345));
        compare(client, protocol, "DEBUG PROTOCOL double", w -> w.doubleValue(3.141));
        compare(client, protocol, "DEBUG PROTOCOL null", ReplyWriter::nullBulk);
        compare(client, protocol, "DEBUG PROTOCOL array", w -> elements(w, ReplyWriter::array));
        compare(client, protocol, "DEBUG PROTOCOL set", w -> elements(w, ReplyWriter::set));
        compare(client, protocol, "DEBUG PROTOCOL map", WireAgainstRedisTest::map);
        compare(
            client,
            protocol,
            "DEBUG PROTOCOL bignum",
            w -> w.bigNumber("1234567999999999999999999999999999999"));
        compare(client, protocol, "DEBUG PROTOCOL true", w -> w.bool(true));
        compare(client, protocol, "DEBUG PROTOCOL false", w -> w.bool(false));
        compare(
            client,
            protocol,
            "DEBUG PROTOCOL verbatim",
            w -> w.verbatim("txt", RawClient.bytes("This is a verbatim\nstring")));
        compare(client, protocol, "BLPOP nothing 0.001", ReplyWriter::nullArray);
        compare(client, protocol, "GET nothing", ReplyWriter::nullBulk);
      }
    }
  }

  private static void elements(ReplyWriter w, ArrayHeader header) {
    header.write(w, 3);
    w.integer(0);
    w.integer(1);
    w.integer(2);
  }

  private static void map(ReplyWriter w) {
    w.map(3);
    for (int i = 0; i < 3; i++) {
      w.integer(i);
      w.bool(i == 1);
    }
  }

  private interface ArrayHeader {
    void write(ReplyWriter w, long n);
  }

  @Test
  void shouldPrintDoublesAsRedisDoes() throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(77);
    try (RawClient client = new RawClient(redis().port)) {
      for (int i = 0; i < 600; i++) {
        double d =
            switch (i % 4) {
              case 0 -> Double.longBitsToDouble(random.nextLong());
              case 1 -> random.nextInt(-100_000, 100_000) / 1000.0;
              case 2 -> random.nextLong() * 1e-3;
              default -> random.nextInt() * Math.pow(10, random.nextInt(-30, 30));
            };
        if (Double.isFinite(d)) {
          client.send("ZADD z " + DoubleText.percent17g(d) + " m\r\n").read(4);
          compare(client, 2, "ZSCORE z m", w -> w.doubleValue(d));
        }
      }
    }
  }

  private static void compare(
      RawClient client, int protocol, String command, Consumer<ReplyWriter> write)
      throws IOException {
    String ours;
    try (ReplyPool pool = new ReplyPool()) {
      ReplyWriter out = new ReplyWriter(pool, NOWHERE);
      out.protocol(protocol);
      write.accept(out);
      ReplyBuffer first = Objects.requireNonNull(out.take());
      ours = new String(first.chainToArray(), StandardCharsets.ISO_8859_1);
      first.discardChain();
    }
    String theirs = client.send(command + "\r\n").read(ours.length());
    assertThat(ours).as("RESP%d %s", protocol, command).isEqualTo(theirs);
  }

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
}
