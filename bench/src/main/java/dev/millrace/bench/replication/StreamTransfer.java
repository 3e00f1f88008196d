package dev.millrace.bench.replication;

import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.PlainClient;
import dev.millrace.bench.servers.ServerProcess;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The whole stream by PSYNC, from segment files, and the same files by nothing but sendfile: how
 * near a resync comes to what the machine can do. Both are read by the same reader, which drops
 * what it reads, over loopback, in turn.
 *
 * <p>Owned by: the main thread.
 */
@Command(
    name = "transfer",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Reads a stream by PSYNC, and its segment files by a bare sendfile.")
final class StreamTransfer implements Callable<Integer> {
  private static final int READ_BYTES = 1 << 20;
  private static final int KEYS = 1000;

  @Option(names = "--gigabytes", description = "Length of the stream.", defaultValue = "1")
  private double gigabytes;

  @Option(names = "--value-bytes", description = "Length of a value.", defaultValue = "1000")
  private int valueBytes;

  @Option(names = "--rounds", description = "Rounds after the first one.", defaultValue = "7")
  private int rounds;

  @Mixin private final Contest contest;

  StreamTransfer(Contender millrace, PrintStream out) {
    contest = new Contest(millrace, out);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    contest.requirePositive("--gigabytes", gigabytes);
    contest.requirePositive("--value-bytes", valueBytes);
    contest.requirePositive("--rounds", rounds);
    // Memory must not hold what the files are to send.
    Contender contender =
        contest.millrace().with("Millrace", Contest.directive("repl-backlog-size", "1mb"));
    try (ServerProcess server = contest.start(contender);
        PlainClient client = new PlainClient(server.port())) {
      long commands = Math.max(1, (long) (gigabytes * 1e9 / valueBytes));
      contest.say("writing %,d values", commands);
      String value = Contest.value(valueBytes);
      client.fill(
          commands,
          i -> PlainClient.command("SET", String.format(Locale.ROOT, "key:%d", i % KEYS), value));
      Map<String, String> replication = client.info("replication");
      long bytes = PlainClient.number(replication, "master_repl_offset");
      String history = replication.getOrDefault("master_replid", "");
      List<Path> segments = segments(server.directory());

      bare(segments, bytes); // its first time belongs to the JVM
      long first = psync(server, client, history, bytes);
      double[] ratios = new double[rounds];
      long[] bareNanos = new long[rounds];
      long[] psyncNanos = new long[rounds];
      for (int i = 0; i < rounds; i++) {
        bareNanos[i] = bare(segments, bytes);
        psyncNanos[i] = psync(server, client, history, bytes);
        ratios[i] = (double) bareNanos[i] / psyncNanos[i];
        contest.say(
            "round %d of %d: bare sendfile %,.0f MB/s, PSYNC %,.0f MB/s",
            i + 1,
            rounds,
            megabytesPerSecond(bytes, bareNanos[i]),
            megabytesPerSecond(bytes, psyncNanos[i]));
      }
      Table table = new Table();
      table.contender("MB/s");
      table.decimal("bare sendfile", megabytesPerSecond(bytes, median(bareNanos)));
      table.decimal("PSYNC", megabytesPerSecond(bytes, median(psyncNanos)));
      table.decimal(
          "PSYNC for the first time, with the segments' checksums",
          megabytesPerSecond(bytes, first));
      Arrays.sort(ratios);
      contest.print(
          table.markdown(
              String.format(
                  Locale.ROOT,
                  "A stream of %,d bytes in %d segments, medians of %d rounds; PSYNC reaches %.2f of"
                      + " a bare sendfile (%.2f to %.2f).",
                  bytes,
                  segments.size(),
                  rounds,
                  ratios[rounds / 2],
                  ratios[0],
                  ratios[rounds - 1])));
    }
    return 0;
  }

  private static List<Path> segments(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("stream-\\d{20}\\.aof"))
          .sorted(Comparator.comparing(Path::getFileName))
          .toList();
    }
  }

  /** How long the whole stream takes by PSYNC, from the request to the last byte. */
  private static long psync(ServerProcess server, PlainClient client, String history, long bytes)
      throws IOException {
    long fullBefore = client.info("stats", "sync_full");
    long start = System.nanoTime();
    try (SocketChannel socket = connect(server.port())) {
      String request = PlainClient.command("PSYNC", history, "1");
      socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      String answer = line(socket);
      if (!answer.startsWith("+CONTINUE")) {
        throw new IOException("PSYNC was answered by " + answer);
      }
      read(socket, bytes);
    }
    long nanos = System.nanoTime() - start;
    if (client.info("stats", "sync_full") != fullBefore) {
      throw new IOException("that was a full sync");
    }
    return nanos;
  }

  /** How long the same bytes take from files, from the connection to the last byte. */
  private static long bare(List<Path> segments, long bytes)
      throws IOException, InterruptedException {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      CompletableFuture<Void> sent = new CompletableFuture<>();
      Thread sender =
          Thread.ofPlatform()
              .name("bare-sendfile")
              .start(() -> {
                try {
                  send(listener, segments, bytes);
                  sent.complete(null);
                } catch (IOException | RuntimeException e) {
                  sent.completeExceptionally(e);
                }
              });
      long start = System.nanoTime();
      long nanos;
      try (SocketChannel socket =
          connect(((InetSocketAddress) listener.getLocalAddress()).getPort())) {
        read(socket, bytes);
        nanos = System.nanoTime() - start;
      }
      sender.join();
      sent.join();
      return nanos;
    }
  }

  private static void send(ServerSocketChannel listener, List<Path> segments, long bytes)
      throws IOException {
    try (SocketChannel socket = listener.accept()) {
      long left = bytes;
      for (Path segment : segments) {
        try (FileChannel file = FileChannel.open(segment)) {
          // The last one may be prepared beyond what is written.
          long end = Math.min(file.size(), left);
          for (long at = 0; at < end; ) {
            at += file.transferTo(at, end - at, socket);
          }
          left -= end;
        }
      }
    }
  }

  private static SocketChannel connect(int port) throws IOException {
    return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static String line(SocketChannel socket) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (line.isEmpty() || line.charAt(line.length() - 1) != '\n') {
      if (socket.read(one.clear()) < 0) {
        throw new EOFException("the server closed the connection");
      }
      line.append((char) one.get(0));
    }
    return line.toString().strip();
  }

  private static void read(SocketChannel socket, long bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    for (long left = bytes; left > 0; ) {
      buffer.clear().limit((int) Math.min(READ_BYTES, left));
      int n = socket.read(buffer);
      if (n < 0) {
        throw new EOFException(left + " bytes are missing");
      }
      left -= n;
    }
  }

  private static long median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double megabytesPerSecond(long bytes, long nanos) {
    return bytes * 1e3 / nanos;
  }
}
