package dev.millrace.engine.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients over real sockets on each transport. Closing the executor checks every time that no
 * buffer and no connection is left.
 */
@Timeout(60)
class NetworkServerTest {
  private static final String PING = "*1\r\n$4\r\nPING\r\n";

  private static Connection only(FakeExecutor server) {
    await().until(() -> !server.connected.isEmpty());
    return Objects.requireNonNull(server.connected.peek());
  }

  @BeforeAll
  static void lookOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(2));
    Awaitility.setDefaultPollDelay(Duration.ZERO);
  }

  @AfterAll
  static void asBefore() {
    Awaitility.reset();
  }

  private static void untilGone(FakeExecutor server, int clients) {
    await().until(() -> server.disconnected.size() == clients);
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldAnswerPipelinesOfManyClients(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport)) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        clients.add(new RawClient(server.server.port()));
      }
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < clients.size(); i++) {
          clients.get(i).send(PING.repeat(round) + "ECHO client-" + (10 + i) + "\r\n");
        }
        for (int i = 0; i < clients.size(); i++) {
          String expected = "+PONG\r\n".repeat(round) + "$9\r\nclient-" + (10 + i) + "\r\n";
          assertThat(clients.get(i).read(expected.length())).isEqualTo(expected);
        }
      }
      for (RawClient client : clients) {
        client.close();
      }
      untilGone(server, 20);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldAnswerAPipelineLongerThanABatchInOrder(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      int commands = 30_000;
      StringBuilder all = new StringBuilder();
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < commands; i++) {
        String n = Integer.toString(i);
        all.append("*2\r\n$4\r\nECHO\r\n$" + n.length() + "\r\n" + n + "\r\n");
        expected.append("$" + n.length() + "\r\n" + n + "\r\n");
      }
      Thread sender =
          new Thread(() -> {
            try {
              client.send(all.toString());
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      sender.start();
      assertThat(client.read(expected.length())).isEqualTo(expected.toString());
      sender.join();
      assertThat(server.batches.get()).isBetween(commands / Intake.BATCH_COMMANDS, commands);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldEchoAValueThatIsLargerThanEveryBuffer(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      String value = "0123456789abcdef".repeat(400_000);
      client.send(PING + "*2\r\n$4\r\nECHO\r\n$" + value.length() + "\r\n" + value + "\r\n" + PING);
      String expected = "+PONG\r\n$" + value.length() + "\r\n" + value + "\r\n+PONG\r\n";
      assertThat(client.read(expected.length()).equals(expected)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldCarryOutWhatCameBeforeTheClientStoppedSending(TransportChoice transport)
      throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport)) {
      try (RawClient client = new RawClient(server.server.port())) {
        client.send("NAP\r\n" + PING.repeat(3000));
        client.socket.shutdownOutput();
        String expected = "+OK\r\n" + "+PONG\r\n".repeat(3000);
        assertThat(client.rest(RawClient.PATIENCE_MILLIS))
            .isEqualTo(new RawClient.Answer(expected, true));
      }
      untilGone(server, 1);
      assertThat(server.commands.get()).isEqualTo(3001);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldForgetAClientThatResets(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport)) {
      for (int i = 0; i < 20; i++) {
        RawClient client = new RawClient(server.server.port());
        client.send(i % 2 == 0 ? "BIG 3000000\r\n" : "*2\r\n$4\r\nECHO\r\n$100\r\nhalf");
        if (i % 4 == 0) {
          assertThat(client.read(1)).isEqualTo("$");
        }
        client.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
      }
      untilGone(server, 20);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldCloseAfterTheLastReply(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      client.send("BIG 2000000\r\nQUIT\r\nPING\r\n");
      RawClient.Answer answer = client.rest(RawClient.PATIENCE_MILLIS);
      assertThat(answer.closed()).isTrue();
      assertThat(answer.text()).hasSize("$2000000\r\n\r\n+OK\r\n".length() + 2_000_000);
      untilGone(server, 1);
      assertThat(server.commands.get()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void l7_aClientThatDoesNotReadIsSeenAndItsRequestsWait(TransportChoice transport)
      throws Exception {
    NetworkOptions options =
        new NetworkOptions(List.of("127.0.0.1"), 0, 1, 0, 16, transport, 8 << 20);
    try (FakeExecutor server = new FakeExecutor(options, 64, false);
        RawClient client = new RawClient(server.server.port())) {
      int commands = 60;
      for (int i = 0; i < commands; i++) {
        client.send("BIG 1000000\r\n");
      }
      Connection connection = only(server);
      await().until(() -> connection.bytesOutstanding() > 2 << 20);
      assertThat(connection.isWritable()).isFalse();
      CountDownLatch below = new CountDownLatch(1);
      connection.whenBelow(1000, below::countDown);
      assertThat(below.getCount()).isEqualTo(1);
      client.send("PING\r\n");
      int bytes = commands * "$1000000\r\n\r\n".length() + commands * 1_000_000;
      assertThat(client.read(bytes)).hasSize(bytes).endsWith("b\r\n");
      assertThat(client.read(7)).isEqualTo("+PONG\r\n");
      assertThat(below.await(10, TimeUnit.SECONDS)).isTrue();
      await().until(() -> connection.bytesOutstanding() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void l7_aFullRingStopsReadingAndLosesNothing(TransportChoice transport) throws Exception {
    NetworkOptions options = NetworkOptions.on(List.of("127.0.0.1"), 0, 2).with(transport);
    try (FakeExecutor server = new FakeExecutor(options, 2, false)) {
      server.nap = new CountDownLatch(1);
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        clients.add(new RawClient(server.server.port()));
        clients.get(i).send("NAP\r\n" + PING.repeat(i + 1));
      }
      await().until(() -> server.refusals.get() > 20);
      server.nap.countDown();
      for (int i = 0; i < clients.size(); i++) {
        String expected = "+OK\r\n" + "+PONG\r\n".repeat(i + 1);
        assertThat(clients.get(i).read(expected.length())).isEqualTo(expected);
        clients.get(i).close();
      }
      untilGone(server, 12);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void l7_requestsBehindABatchThatIsHeldStayInTheSocket(TransportChoice transport)
      throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      client.send("PARK\r\n");
      Connection connection = only(server);
      await().until(() -> server.commands.get() == 1);
      client.socket.setSendBufferSize(1 << 16);
      int pings = 1_500_000;
      Thread sender =
          new Thread(() -> {
            try {
              client.send(PING.repeat(pings));
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      sender.start();
      await().until(() -> connection.bytesRead() > Intake.BATCH_COMMANDS * 14);
      await().during(Duration.ofMillis(100)).until(() -> connection.bytesRead() < 400_000);
      server.unpark(connection);
      for (int i = 0; i < 100; i++) {
        assertThat(client.read(pings / 100 * 7)).isEqualTo("+PONG\r\n".repeat(pings / 100));
      }
      sender.join();
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldReportTheEndOfAClientWhoseBatchIsHeld(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport)) {
      // The end before and after the batch is held, with nothing and with a command behind it.
      for (int i = 0; i < 20; i++) {
        RawClient client = new RawClient(server.server.port());
        client.send("PARK\r\n" + (i % 2 == 0 ? "" : PING));
        if (i % 4 < 2) {
          int parked = i + 1;
          await().until(() -> server.batches.get() >= parked);
        }
        if (i % 8 > 2) {
          client.send(PING);
        }
        client.close();
        untilGone(server, i + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldCloseAConnectionOnDemandFromAnyThread(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      Connection connection = only(server);
      assertThat(connection.remoteAddress()).isEqualTo("127.0.0.1:" + client.socket.getLocalPort());
      assertThat(connection.localAddress()).isEqualTo("127.0.0.1:" + server.server.port());
      assertThat(connection.isOpen()).isTrue();
      connection.close();
      assertThat(client.rest(RawClient.PATIENCE_MILLIS)).isEqualTo(new RawClient.Answer("", true));
      untilGone(server, 1);
      assertThat(connection.isOpen()).isFalse();
      connection.close();
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldWriteSlicesInOrderAndReleaseEachOnce(TransportChoice transport) throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port());
        Region block = new Region(1 << 20)) {
      byte[] content = new byte[1 << 20];
      random.nextBytes(content);
      ByteBuffer view = block.view().put(content);
      Connection connection = only(server);
      AtomicInteger released = new AtomicInteger();
      int slices = 0;
      for (int from = 0; from < content.length; slices++) {
        int to = Math.min(content.length, from + random.nextInt(1, 30_000));
        connection.write(view.duplicate().limit(to).position(from), released::incrementAndGet);
        from = to;
      }
      assertThat(client.read(content.length))
          .isEqualTo(new String(content, StandardCharsets.ISO_8859_1));
      int all = slices;
      await().until(() -> released.get() == all && connection.bytesOutstanding() == 0);
      // Dropped ones are released as well.
      client.socket.close();
      untilGone(server, 1);
      connection.write(view.duplicate().limit(100).position(0), released::incrementAndGet);
      await().until(() -> released.get() == all + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldLendTheSocketAfterWhatWasSentBefore(TransportChoice transport, @TempDir Path directory)
      throws Exception {
    Path path = Files.writeString(directory.resolve("part"), "0123456789".repeat(100_000));
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port());
        FileChannel file = FileChannel.open(path)) {
      client.send("BIG 500000\r\n");
      Connection connection = only(server);
      // The reply is on its way: only what was sent before is waited for.
      await().until(() -> server.server.bytesWritten() >= 500_000);
      Thread reader = new Thread(() -> readQuietly(client, 500_000));
      reader.start();
      try (TakenSocket taken = connection.takeSocket().get(10, TimeUnit.SECONDS)) {
        assertThat(connection.bytesOutstanding()).isZero();
        boolean nio = server.server.transportName().equals("nio");
        assertThat(taken.hasDescriptor()).isEqualTo(!nio);
        if (!nio) {
          String flags = Files.readString(Path.of("/proc/self/fdinfo/" + taken.descriptor()));
          int octal = Integer.parseInt(flags.replaceAll("(?s).*flags:\\s*(\\d+).*", "$1"), 8);
          assertThat(octal & 0x800).as("non-blocking: %s", flags).isEqualTo(0x800);
        }
        taken.writeFile(file, 5, 500_000).get(10, TimeUnit.SECONDS);
        assertThat(file.isOpen()).isTrue();
      }
      reader.join();
      assertThat(client.send(PING).read(7)).isEqualTo("+PONG\r\n");
      // A file that is shorter than it should be is an error at once, no spinning, and the end.
      try (TakenSocket taken = connection.takeSocket().get(10, TimeUnit.SECONDS)) {
        assertThat(taken.writeFile(file, 999_990, 100))
            .failsWithin(Duration.ofSeconds(10))
            .withThrowableOfType(ExecutionException.class)
            .withCauseInstanceOf(IOException.class);
        untilGone(server, 1);
      }
    }
  }

  private static void readQuietly(RawClient client, int bytes) {
    try {
      client.read(bytes + "$500000\r\n\r\n".length() + 500_000);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldEndALentSocketWhenTheConnectionIsClosed(TransportChoice transport) throws Exception {
    try (FakeExecutor server = FakeExecutor.on(transport);
        RawClient client = new RawClient(server.server.port())) {
      Connection connection = only(server);
      try (TakenSocket taken = connection.takeSocket().get(10, TimeUnit.SECONDS)) {
        connection.close();
        assertThat(client.rest(RawClient.PATIENCE_MILLIS).closed()).isTrue();
        untilGone(server, 1);
        assertThat(taken.connection()).isSameAs(connection);
      }
      assertThat(connection.takeSocket()).failsWithin(Duration.ofSeconds(10));
    }
  }

  @Test
  void shouldListenOnSeveralAddressesAndPassOverOptionalOnesThatAreNotHere() throws Exception {
    NetworkOptions options =
        NetworkOptions.on(List.of("127.0.0.1", "-192.0.2.77", "127.0.0.2"), 0, 1);
    try (FakeExecutor server = new FakeExecutor(options, 16, false)) {
      for (String address : List.of("127.0.0.1", "127.0.0.2")) {
        try (Socket socket =
            new Socket(InetAddress.getAllByName(address)[0], server.server.port())) {
          socket.getOutputStream().write(RawClient.bytes(PING));
          assertThat(socket.getInputStream().readNBytes(7)).asString().isEqualTo("+PONG\r\n");
        }
      }
    }
    try (FakeExecutor all =
            new FakeExecutor(NetworkOptions.on(List.of("*", "-::*"), 0, 1), 16, false);
        RawClient client = new RawClient(all.server.port())) {
      assertThat(client.send(PING).read(7)).isEqualTo("+PONG\r\n");
    }
  }

  @ParameterizedTest
  @EnumSource(TransportChoice.class)
  void shouldSendAwayWhoComesFromElsewhereInProtectedMode(TransportChoice transport)
      throws Exception {
    NetworkOptions options = NetworkOptions.on(List.of("*"), 0, 1).with(transport);
    try (FakeExecutor server = new FakeExecutor(options, 16, false)) {
      for (InetAddress address : addresses()) {
        server.server.admitOnlyLocal(true);
        if (address.isLoopbackAddress()) {
          assertThat(answer(address, server.server.port())).isEqualTo("+PONG\r\n");
          continue;
        }
        assertThat(answer(address, server.server.port())).isEqualTo("-DENIED");
        server.server.admitOnlyLocal(false);
        assertThat(answer(address, server.server.port())).isEqualTo("+PONG\r\n");
      }
    }
  }

  /** This machine's addresses of the old kind: what connects to one comes from it. */
  private static List<InetAddress> addresses() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .toList();
  }

  private static String answer(InetAddress address, int port) throws IOException {
    try (Socket socket = new Socket(address, port)) {
      socket.setSoTimeout(RawClient.PATIENCE_MILLIS);
      socket.getOutputStream().write(RawClient.bytes(PING));
      return new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void shouldNotStartOnAnAddressThatIsNotHere() {
    NetworkOptions options = NetworkOptions.on(List.of("127.0.0.1", "192.0.2.77"), 0, 1);
    assertThat(catchThrowable(() -> new FakeExecutor(options, 16, false)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void l7_anIdleConnectionHoldsNoBuffer() throws Exception {
    try (FakeExecutor server = FakeExecutor.on(TransportChoice.AUTO)) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        RawClient client = new RawClient(server.server.port());
        assertThat(client.send("\r\n*0\r\n" + PING).read(7)).isEqualTo("+PONG\r\n");
        clients.add(client);
      }
      assertThat(server.server.batchesMapped()).isLessThan(10);
      assertThat(server.pool.mapped()).isLessThan(10);
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}
