package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Libraries of functions are data: wherever the keys come through, so do they. */
@Timeout(120)
class FunctionsKeptTest {
  private static final String[] LOGGED = {"--auto-aof-rewrite-percentage", "0"};

  private static void load(RespClient client, String library) {
    String source =
        ("#!lua name=%1$s\nredis.register_function{function_name='%1$s',"
                + " callback=function() return '%1$s' end, flags={'no-writes'}}")
            .formatted(library);
    assertThat(client.text("FUNCTION", "LOAD", "REPLACE", source)).isEqualTo(library);
  }

  private static void assertHas(RespClient client, String... functions) {
    for (String function : functions) {
      assertThat(client.text("FCALL", function, "0")).isEqualTo(function);
    }
    assertThat(client.text("FUNCTION", "STATS")).contains(Integer.toString(functions.length));
  }

  private static void takeBase(LiveServer server) {
    assertThat(server.client().text("BGREWRITEAOF")).startsWith("Background");
    await()
        .until(() ->
            server.infoField("persistence", "aof_rewrite_in_progress").equals("0")
                && server.infoField("persistence", "aof_rewrite_scheduled").equals("0"));
  }

  @Test
  void librariesShouldBeInTheBaseAndInTheLogAfterIt() throws Exception {
    try (LiveServer server = LiveServer.start(LOGGED)) {
      load(server.client(), "gone");
      load(server.client(), "before");
      takeBase(server);
      load(server.client(), "after");
      server.client().text("FUNCTION", "DELETE", "gone");
      server.client().text("FLUSHALL");
      long offset = server.offset();
      await().until(() -> server.infoNumber("replication", "log_written_offset") >= offset);

      server.kill();
      server.restart();

      assertHas(server.client(), "before", "after");
      assertThat(server.client().text("DEBUG", "LOADAOF")).isEqualTo("OK");
      assertHas(server.client(), "before", "after");
      assertThat(server.client().text("DEBUG", "RELOAD")).isEqualTo("OK");
      assertHas(server.client(), "before", "after");
      takeBase(server);
      server.client().text("FUNCTION", "FLUSH");
      assertThat(server.client().text("DEBUG", "LOADAOF")).isEqualTo("OK");
      assertHas(server.client());
      server.stop();
      server.restart();
      assertHas(server.client());
    }
  }

  @Test
  void aFileThatIsLoadedShouldReplaceWhatThereWasUnlessAskedToMerge() {
    try (LiveServer server = LiveServer.start()) {
      RespClient client = server.client();
      load(client, "saved");
      assertThat(client.text("SAVE")).isEqualTo("OK");
      load(client, "unsaved");
      assertThat(RespClient.render(client.call("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")))
          .contains("Error trying to load the RDB dump, check server logs");
      assertThat(client.text("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")).isEqualTo("OK");
      assertHas(client, "saved", "unsaved");
      assertThat(client.text("DEBUG", "RELOAD", "NOSAVE")).isEqualTo("OK");
      assertHas(client, "saved");
    }
  }

  @Test
  void aStockRedisShouldGetThemByFullSyncByTheStreamAndFromTheFile(@TempDir Path directory)
      throws IOException {
    try (LiveServer master = LiveServer.start()) {
      load(master.client(), "copied");
      try (RealRedis replica = StockReplica.of(master.port())) {
        StockReplica.awaitEqual(master, replica);
        load(master.client(), "streamed");
        StockReplica.awaitEqual(master, replica);
        assertHas(replica.client(), "copied", "streamed");
        assertThat(replica.client().text("FUNCTION", "DUMP").length())
            .isEqualTo(master.client().text("FUNCTION", "DUMP").length());
        master.client().text("FUNCTION", "DELETE", "copied");
        StockReplica.awaitEqual(master, replica);
        assertHas(replica.client(), "streamed");
      }
      assertThat(master.client().text("SAVE")).isEqualTo("OK");
      Files.copy(master.directory().resolve("dump.rdb"), directory.resolve("dump.rdb"));
      try (RealRedis loaded = RealRedis.startIn(directory)) {
        assertHas(loaded.client(), "streamed");
      }
    }
  }
}
