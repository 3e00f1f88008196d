package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** sendfile(2) against real sockets and real files. */
class SendfileTest {
  private static final int BYTES = 6 << 20;

  @TempDir private Path directory = Path.of("");
  private final byte[] content = new byte[BYTES];
  private SocketChannel sender = open();
  private SocketChannel receiver = sender;
  private SegmentFile file = new UnusedFile();

  private static SocketChannel open() {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void connect() throws IOException {
    new SplittableRandom(1).nextBytes(content);
    FileSegmentStore store = new FileSegmentStore(directory);
    file = store.create("stream-00000000000000000000.aof");
    file.write(ByteBuffer.wrap(content), 0);
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      sender.connect(server.getLocalAddress());
      receiver = server.accept();
    }
    sender.configureBlocking(false);
  }

  @AfterEach
  void close() throws IOException {
    file.close();
    sender.close();
    receiver.close();
  }

  private static int descriptorOf(SocketChannel channel) {
    try {
      return (int) Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal").invoke(channel);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(String.valueOf(e.getMessage()), e);
    }
  }

  private CompletableFuture<byte[]> receive(int bytes) {
    return CompletableFuture.supplyAsync(() -> {
      ByteBuffer all = ByteBuffer.allocate(bytes);
      try {
        while (all.hasRemaining() && receiver.read(all) >= 0) {
          Thread.onSpinWait();
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return Arrays.copyOf(all.array(), all.position());
    });
  }

  @Test
  void shouldSendEveryByteThroughAFullSocket() throws IOException {
    int socket = Sendfile.duplicate(descriptorOf(sender));
    CompletableFuture<byte[]> received = receive(BYTES - 100);
    long sent = Sendfile.transfer(socket, file.descriptor(), 100, BYTES - 100, 10_000);
    assertThat(sent).isEqualTo(BYTES - 100);
    assertThat(received.join()).isEqualTo(Arrays.copyOfRange(content, 100, BYTES));
    Sendfile.close(socket);
  }

  @Test
  void shouldReturnWhatWasSentWhenTheReceiverStalls() throws IOException {
    int socket = descriptorOf(sender);
    long before = System.nanoTime();
    long sent = 0;
    // Bigger than any socket buffer, and nobody reads.
    for (int i = 0; i < 8 && sent == (long) i * BYTES; i++) {
      sent += Sendfile.transfer(socket, file.descriptor(), 0, BYTES, 150);
    }
    assertThat(sent).isLessThan(8L * BYTES);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(149));
  }

  @Test
  void shouldFailAtOnceWhenTheFileIsCutShort() throws IOException {
    file.truncate(1000);
    assertThatThrownBy(
            () -> Sendfile.transfer(descriptorOf(sender), file.descriptor(), 0, 2000, 10_000))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("ends at 1000");
  }

  @Test
  void shouldFinishAFileWhoseNameIsGone() throws IOException {
    int descriptor = file.descriptor();
    new FileSegmentStore(directory).delete(file.name());
    CompletableFuture<byte[]> received = receive(BYTES);
    assertThat(Sendfile.transfer(descriptorOf(sender), descriptor, 0, BYTES, 10_000))
        .isEqualTo(BYTES);
    assertThat(received.join()).isEqualTo(content);
  }

  @Test
  void shouldSayThatThePeerIsGone() throws IOException {
    receiver.close();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                Sendfile.transfer(descriptorOf(sender), file.descriptor(), 0, 100_000, 1000);
              }
            })
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(EOFException.class)
        .hasMessageContaining("errno");
  }

  @Test
  void shouldNameWhatIsWrongWithADescriptor() {
    assertThatThrownBy(() -> Sendfile.transfer(-1, -1, 0, 10, 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("errno 9");
    assertThatThrownBy(() -> Sendfile.duplicate(-1)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Sendfile.close(-1)).isInstanceOf(IOException.class);
  }

  @Test
  void shouldKeepItsFileWhenItsThreadIsInterrupted() throws IOException {
    byte[] more = {1, 2, 3};
    Thread.currentThread().interrupt();
    file.write(ByteBuffer.wrap(more), BYTES);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    file.sync();
    assertThat(Thread.interrupted()).isTrue();
    ByteBuffer read = ByteBuffer.allocate(3);
    assertThat(file.readFully(read, BYTES)).isTrue();
    assertThat(read.array()).isEqualTo(more);
  }

  /** Stands in until the real one is open. */
  private static final class UnusedFile implements SegmentFile {
    @Override
    public String name() {
      return "";
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    public void write(ByteBuffer bytes, long position) {}

    @Override
    public int read(ByteBuffer into, long position) {
      return -1;
    }

    @Override
    public void sync() {}

    @Override
    public void truncate(long size) {}

    @Override
    public java.lang.foreign.MemorySegment map(java.lang.foreign.Arena arena, long bytes) {
      return java.lang.foreign.MemorySegment.NULL;
    }

    @Override
    public int descriptor() {
      return -1;
    }

    @Override
    public java.nio.channels.FileChannel channel() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
