package dev.millrace.tools.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.tools.CommandLineRun;
import dev.millrace.tools.LiveServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** {@code millrace compare} on a master and its replica. */
class CompareCommandTest {
  @TempDir Path directory;

  @Test
  @Timeout(120)
  void shouldShowThemEqualAndThenNameTheFirstKeyThatDiffers() throws Exception {
    try (LiveServer master = new LiveServer(Files.createDirectory(directory.resolve("master")));
        LiveServer replica = new LiveServer(Files.createDirectory(directory.resolve("replica")))) {
      for (int i = 0; i < 300; i++) {
        master.client().set("key:" + i, "value");
      }
      replica.client().replicaof("127.0.0.1", master.port());
      while (!replica.client().info("replication").contains("master_link_status:up")) {
        Thread.sleep(20);
      }

      AtomicBoolean over = new AtomicBoolean();
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                try (Jedis client = new Jedis("127.0.0.1", master.port())) {
                  for (int i = 0; !over.get(); i++) {
                    client.set("moving:" + i % 50, "value " + i);
                  }
                }
              });
      CommandLineRun equal = compare(master, replica);
      over.set(true);
      writer.join();
      assertThat(equal.err()).isEmpty();
      assertThat(equal.out()).startsWith("equal at offset ");
      assertThat(equal.status()).isZero();

      replica.client().configSet("replica-read-only", "no");
      replica.client().set("key:77", "another");
      CommandLineRun different = compare(master, replica);
      assertThat(different.status()).isEqualTo(1);
      assertThat(different.lines().get(0)).startsWith("different at offset ");
      assertThat(different.lines().get(1)).contains("'key:77' of database 0");
    }
  }

  @Test
  void shouldSayWhatIsWrongWithAnAddress() {
    CommandLineRun run = CommandLineRun.of("compare", "nowhere", "127.0.0.1:1");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("'nowhere' is not HOST:PORT");
  }

  private static CommandLineRun compare(LiveServer one, LiveServer other) {
    return CommandLineRun.of("compare", "127.0.0.1:" + one.port(), "127.0.0.1:" + other.port());
  }
}
