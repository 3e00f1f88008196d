package dev.millrace.engine.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.RequestBuffer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * L6: a message allocates nothing, whoever listens. Measured in a JVM of its own, for checked
 * memory, which is on in tests, keeps a stack trace for each allocation.
 */
class PublishCostTest {
  private static final int LISTENERS = 200;
  private static final int MESSAGES = 2_000;

  /** Below this many bytes for all messages, what was allocated is not by them. */
  private static final long NOISE_BYTES = 16 * 1024;

  @Test
  void l6_publishingAllocatesNothing() throws IOException, InterruptedException {
    Process probe =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PublishCostTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(probe.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String measured =
        out.lines().filter(line -> line.startsWith("measured ")).findFirst().orElseThrow();
    assertThat(Long.parseLong(measured.split(" ")[1])).as(measured).isLessThan(NOISE_BYTES);
  }

  /** Prints how many bytes the messages allocated. */
  public static void main(String[] arguments) {
    ReplyPool pool = new ReplyPool();
    Clients clients = new Clients();
    Config config = new Config();
    try (SlabAllocator memory = new SlabAllocator();
        Region words = new Region(4096);
        PubSub pubSub =
            new PubSub(
                memory, new Outbox(clients, config.network.clientOutputBufferLimit::value))) {
      byte[] text = "channel-1channel*a message".getBytes(StandardCharsets.US_ASCII);
      Memory.put(words.address(), text, 0, text.length);
      List<Client> listeners = new ArrayList<>();
      for (int i = 0; i < LISTENERS; i++) {
        Client client = new Client(i + 1, null, new ReplyWriter(pool, new Nowhere()), 0);
        listeners.add(client);
        pubSub.subscribe(client, Kind.CHANNEL, words.address(), 9);
        pubSub.subscribe(client, Kind.PATTERN, words.address() + 9, 8);
      }
      publish(pubSub, clients, listeners, words.address());
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      publish(pubSub, clients, listeners, words.address());
      System.out.println("measured " + (threads.getCurrentThreadAllocatedBytes() - before));
      listeners.forEach(pubSub::forget);
    }
    pool.close();
  }

  private static void publish(PubSub pubSub, Clients clients, List<Client> listeners, long words) {
    for (int i = 0; i < MESSAGES; i++) {
      long receivers = pubSub.publish(words, 9, words + 17, 9);
      if (receivers != 2L * LISTENERS) {
        throw new IllegalStateException("reached " + receivers);
      }
      for (int j = 0; j < listeners.size(); j++) {
        listeners.get(j).reply().truncate(0);
        listeners.get(j).outputPending(false);
      }
      clients.withOutput().clear();
    }
  }

  private static final class Nowhere implements ReplySink {
    @Override
    public void send(
        @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
      if (first != null) {
        first.discardChain();
      }
    }

    @Override
    public void released(int bytes) {}
  }
}
