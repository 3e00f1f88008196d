package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More replicas that return at once than files are sent to at a time. */
@Timeout(180)
class ManyReturnsTest {
  private static final int TRANSFERS_AT_ONCE = 16;
  private static final int REPLICAS = TRANSFERS_AT_ONCE + 5;
  private static final int MISSED_BYTES = 12 << 20;
  private static final int RECEIVE_BUFFER_BYTES = 32 << 10;

  /** A replica that has asked for the stream, and reads it when it is told to. */
  private static final class Returning implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    Returning(int port, String id) {
      try {
        // Small, so that a transfer cannot end before anything was read.
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(60_000);
        in = socket.getInputStream();
        assertThat(ask("REPLCONF capa psync2")).isEqualTo("+OK");
        assertThat(ask("PSYNC " + id + " 1")).isEqualTo("+CONTINUE " + id);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String ask(String request) throws IOException {
      socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
      return line();
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    boolean isServed() {
      try {
        return in.available() > 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The checksum of so many bytes of the stream. */
    long read(long bytes) {
      CRC32C crc = new CRC32C();
      byte[] buffer = new byte[1 << 16];
      try {
        for (long left = bytes; left > 0; ) {
          int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
          assertThat(n).as("left of the stream: %d", left).isPositive();
          crc.update(buffer, 0, n);
          left -= n;
        }
        return crc.getValue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void thoseBeyondTheTransferThreadsShouldWaitAndAllContinueFromTheLog() {
    List<Returning> replicas = new ArrayList<>();
    try (LiveServer master =
        LiveServer.start("--repl-backlog-size", "256kb", "--auto-aof-rewrite-percentage", "0")) {
      Traffic.set(master.port(), "missed", 2000, 1000, MISSED_BYTES);
      long end = master.offset();
      await().until(() -> master.infoNumber("replication", "log_written_offset") >= end);
      String id = master.infoField("replication", "master_replid");
      try {
        for (int i = 0; i < REPLICAS; i++) {
          replicas.add(new Returning(master.port(), id));
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> replicas.stream().filter(Returning::isServed).count() == TRANSFERS_AT_ONCE);
        await()
            .during(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(5))
            .until(
                () -> replicas.stream().filter(Returning::isServed).count() == TRANSFERS_AT_ONCE);
        // Those that wait keep nobody else from being served.
        assertThat(master.client().text("SET", "meanwhile", "v")).isEqualTo("OK");
        assertThat(master.infoNumber("replication", "connected_slaves")).isEqualTo(REPLICAS);
        // Those that were served first give their places up.
        List<Returning> inTurn = new ArrayList<>(replicas);
        inTurn.sort((a, b) -> Boolean.compare(b.isServed(), a.isServed()));
        List<Long> sums = inTurn.stream().map(replica -> replica.read(end)).toList();
        assertThat(sums.stream().distinct().count()).isEqualTo(1);
        assertThat(master.infoNumber("stats", "sync_partial_ok")).isEqualTo(REPLICAS);
        assertThat(master.infoNumber("stats", "sync_full")).isZero();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() ->
                master.infoNumber("replication", "repl_transfers") == REPLICAS
                    && !master.info("replication").toString().contains("source=log"));
      } finally {
        replicas.forEach(Returning::close);
      }
    }
  }
}
