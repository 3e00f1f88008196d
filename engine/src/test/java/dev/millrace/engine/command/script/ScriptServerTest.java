package dev.millrace.engine.command.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.engine.testing.InProcessServer;
import dev.millrace.engine.testing.RealRedis;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts on a running server: their time, their memory, what stays of them. */
@Timeout(120)
class ScriptServerTest {
  private static final String BUSY =
      "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
  private static final String FUNCTION_BUSY =
      "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
  private static final String UNTIL_GO =
      "while redis.call('exists', 'never') == 0 do if redis.call('time')[1] - ARGV[1] > 3 then"
          + " return 'ended' end end";

  private static final String OUT_OF_MEMORY =
      "OOM command not allowed when used memory > 'maxmemory'.";
  private static final String READ_ONLY = "READONLY You can't write against a read only replica.";

  @TempDir Path directory;

  private InProcessServer start(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--busy-reply-threshold", "50"));
    arguments.addAll(List.of(more));
    return InProcessServer.start(directory, arguments.toArray(new String[0]));
  }

  private static String seconds() {
    return Long.toString(System.currentTimeMillis() / 1000);
  }

  /** The reply as text, errors too. */
  private static String text(RespClient client, Object... command) {
    return line(client.call(command));
  }

  private static String line(@Nullable Object reply) {
    if (reply instanceof RespError error) {
      return error.text();
    }
    return reply instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.ISO_8859_1)
        : String.valueOf(reply);
  }

  private static void awaitBusy(RespClient client) {
    await().until(() -> text(client, "GET", "k").startsWith("BUSY"));
  }

  @Test
  void shouldAnswerOthersWhileAScriptIsSlowAndStopItWhenAsked() {
    try (InProcessServer server = start();
        RespClient slow = RespClient.connect(server.port());
        RespClient other = RespClient.connect(server.port())) {
      slow.send("EVAL", "while true do pcall(function() while true do end end) end", 0);
      awaitBusy(other);
      assertThat(text(other, "GET", "k")).isEqualTo(BUSY);
      assertThat(text(other, "FUNCTION", "KILL")).isEqualTo(BUSY);
      assertThat(text(other, "FUNCTION", "STATS")).isEqualTo(BUSY);
      assertThat(text(other, "SHUTDOWN")).isEqualTo(BUSY);
      assertThat(text(other, "MULTI")).isEqualTo("OK");
      assertThat(text(other, "SET", "a", "b")).isEqualTo(BUSY);
      assertThat(text(other, "EXEC"))
          .isEqualTo("EXECABORT Transaction discarded because of: " + BUSY);
      // Whoever comes now is served too.
      try (RespClient late = RespClient.connect(server.port())) {
        assertThat(text(late, "PING")).isEqualTo(BUSY);
        assertThat(text(late, "SCRIPT", "KILL")).isEqualTo("OK");
      }
      assertThat(line(slow.read()))
          .contains("ERR Script killed by user with SCRIPT KILL... script: ");
      assertThat(text(slow, "EVAL", "return 'fine'", 0)).isEqualTo("fine");
      assertThat(text(other, "SCRIPT", "KILL"))
          .isEqualTo("NOTBUSY No scripts in execution right now.");
    }
  }

  @Test
  void shouldNotStopAScriptThatHasWritten() {
    try (InProcessServer server = start();
        RespClient slow = RespClient.connect(server.port());
        RespClient other = RespClient.connect(server.port())) {
      slow.send("EVAL", "redis.call('set', 'k', 'v') " + UNTIL_GO, 0, seconds());
      awaitBusy(other);
      assertThat(text(other, "SCRIPT", "KILL")).startsWith("UNKILLABLE Sorry the script already");
      assertThat(line(slow.read())).isEqualTo("ended");
      assertThat(text(other, "GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void shouldStopAFunctionOnlyAsAFunction() {
    try (InProcessServer server = start();
        RespClient slow = RespClient.connect(server.port());
        RespClient other = RespClient.connect(server.port())) {
      other.call(
          "FUNCTION",
          "LOAD",
          "#!lua name=l\nredis.register_function('f', function() while true do end end)");
      slow.send("FCALL", "f", 0, "argument");
      awaitBusy(other);
      assertThat(text(other, "SCRIPT", "KILL")).isEqualTo(FUNCTION_BUSY);
      assertThat(other.wire("FUNCTION", "STATS")).contains("f", "argument");
      assertThat(text(other, "FUNCTION", "KILL")).isEqualTo("OK");
      assertThat(line(slow.read())).contains("script: f, on @user_function:2.");
    }
  }

  @Test
  void shouldGoOnWhenTheCallerOfASlowScriptIsGone() {
    try (InProcessServer server = start();
        RespClient other = RespClient.connect(server.port())) {
      try (RespClient slow = RespClient.connect(server.port())) {
        slow.send("EVAL", "redis.call('set', 'k', 'v') " + UNTIL_GO, 0, seconds());
        awaitBusy(other);
      }
      await().until(() -> text(other, "GET", "k").equals("v"));
    }
  }

  @Test
  void shouldEndASlowScriptWithTheServerAndKeepNothingOfIt() {
    try (InProcessServer server = start("--appendonly", "yes");
        RespClient slow = RespClient.connect(server.port());
        RespClient other = RespClient.connect(server.port())) {
      other.call("SET", "before", "1");
      slow.send("EVAL", "redis.call('set', 'k', 'v') while true do end", 0);
      awaitBusy(other);
    }
    try (InProcessServer server = start("--appendonly", "yes")) {
      assertThat(text(server.client(), "GET", "before")).isEqualTo("1");
      assertThat(server.client().call("GET", "k")).isNull();
    }
  }

  @Test
  void shouldKeepLibrariesInTheLogAndInBases() {
    String library =
        "#!lua name=l\nredis.register_function('twice', function(k) redis.call('incr', k[1])"
            + " return redis.call('incr', k[1]) end)";
    try (InProcessServer server = start("--appendonly", "yes")) {
      server.client().call("FUNCTION", "LOAD", library);
      assertThat(server.client().call("FCALL", "twice", 1, "n")).isEqualTo(2L);
    }
    try (InProcessServer server = start("--appendonly", "yes")) {
      assertThat(server.client().call("FCALL", "twice", 1, "n")).isEqualTo(4L);
      server.client().call("BGREWRITEAOF");
      await().until(() -> text(server.client(), "INFO", "persistence").contains("aof_rewrites:1"));
      server.client().call("SET", "after", "base");
    }
    try (InProcessServer server = start("--appendonly", "yes")) {
      assertThat(server.client().call("FCALL", "twice", 1, "n")).isEqualTo(6L);
      assertThat(text(server.client(), "GET", "after")).isEqualTo("base");
      assertThat(text(server.client(), "FUNCTION", "DELETE", "l")).isEqualTo("OK");
    }
    try (InProcessServer server = start("--appendonly", "yes")) {
      assertThat(text(server.client(), "FCALL", "twice", 1, "n"))
          .isEqualTo("ERR Function not found");
    }
  }

  @Test
  void shouldDumpLibrariesForRedisAndRestoreItsOwn() {
    String library =
        "#!lua name=l\nredis.register_function('f', function(k, a) return a[1] end)\n-- "
            + "x".repeat(5000);
    try (InProcessServer server = start();
        RealRedis redis = RealRedis.start();
        RespClient binary = RespClient.connect(server.port())) {
      RespClient theirs = redis.client();
      binary.call("FUNCTION", "LOAD", library);
      assertThat(binary.wire("FUNCTION", "DUMP"))
          .isEqualTo(loaded(theirs, library).wire("FUNCTION", "DUMP"));
      byte[] payload = bulk(binary.wire("FUNCTION", "DUMP"));
      assertThat(text(theirs, "FUNCTION", "RESTORE", payload, "FLUSH")).isEqualTo("OK");
      assertThat(text(theirs, "FCALL", "f", 0, "a")).isEqualTo("a");
      for (Object[] command :
          new Object[][] {
            {"FUNCTION", "RESTORE", payload},
            {"FUNCTION", "RESTORE", payload, "REPLACE"},
            {"FUNCTION", "RESTORE", payload, "FLUSH"},
            {"FUNCTION", "RESTORE", new byte[0]},
            {"FUNCTION", "RESTORE", "x".repeat(30)},
            {"FCALL", "f", 0, "b"},
            {"FUNCTION", "FLUSH"},
            {"FUNCTION", "RESTORE", payload, "APPEND"},
            {"FUNCTION", "LIST", "WITHCODE"}
          }) {
        assertThat(binary.wire(command)).isEqualTo(theirs.wire(command));
      }
    }
  }

  private static RespClient loaded(RespClient client, String library) {
    client.call("FUNCTION", "LOAD", library);
    return client;
  }

  private static byte[] bulk(String wire) {
    int start = wire.indexOf("\r\n") + 2;
    return wire.substring(start, wire.length() - 2).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void l7_aScriptTakesNoMoreMemoryThanIsAllowed() {
    try (InProcessServer server = start()) {
      RespClient client = server.client();
      for (String script :
          List.of(
              "return string.rep('x', 1e9)",
              "local s = 'x' while true do s = s .. s end",
              "local t = {} for i = 1, 100 do t[i] = string.rep('x', 1e7) end return"
                  + " table.concat(t)")) {
        assertThat(text(client, "EVAL", script, 0)).contains("not enough memory");
        assertThat(text(client, "SCRIPT", "FLUSH")).isEqualTo("OK");
      }
      assertThat(text(client, "EVAL", "return 'fine'", 0)).isEqualTo("fine");
    }
  }

  @Test
  void shouldGiveBackWhatScriptsTook() {
    try (InProcessServer server = start()) {
      RespClient client = server.client();
      String script =
          "local t = {} for i = 1, 1000 do t[i] = ARGV[1] .. i end pcall(redis.call, 'nosuch')"
              + " cjson.decode(cjson.encode(t)) cmsgpack.unpack(cmsgpack.pack(t)) return #t";
      for (int i = 0; i < 300; i++) {
        assertThat(client.call("EVAL", script, 0, i)).isEqualTo(1000L);
      }
      client.call("EVAL", "collectgarbage() return 1", 0);
      long taken = field(client, "used_memory_lua");
      assertThat(taken).isBetween(20_000L, 1_000_000L);
      for (int i = 0; i < 500; i++) {
        client.call("EVAL", "return " + i, 0);
      }
      assertThat(field(client, "number_of_cached_scripts")).isEqualTo(502);
      client.call("SCRIPT", "FLUSH");
      assertThat(field(client, "number_of_cached_scripts")).isZero();
      assertThat(field(client, "used_memory_lua")).isZero();
    }
  }

  private static long field(RespClient client, String name) {
    for (String line : text(client, "INFO", "memory").split("\r\n")) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.substring(name.length() + 1));
      }
    }
    throw new AssertionError("no " + name);
  }

  @Test
  void shouldShowScriptsAndTheirCommandsToMonitors() {
    try (InProcessServer server = start();
        RespClient monitor = RespClient.connect(server.port())) {
      assertThat(monitor.text("MONITOR")).isEqualTo("OK");
      server.client().call("EVAL", "return redis.call('set', KEYS[1], 'v')", 1, "k");
      assertThat(line(monitor.read())).contains("\"EVAL\"");
      assertThat(line(monitor.read())).contains("[0 lua] \"set\" \"k\" \"v\"");
    }
  }

  @Test
  void shouldJudgeAScriptByWhatItSaysOfItselfOnAReplicaAndWithoutMemory() {
    String reads = "#!lua flags=no-writes\nreturn redis.call('get', 'k')";
    String stale = "#!lua flags=no-writes,allow-stale\nreturn redis.call('get', 'k')";
    String nothing = "#!lua flags=no-writes,allow-stale\nreturn 'fine'";
    String writes = "#!lua\nreturn redis.call('get', 'k')";
    try (InProcessServer server = start()) {
      RespClient client = server.client();
      client.call("FUNCTION", "LOAD", functions());
      client.call("CONFIG", "SET", "maxmemory", "1");
      assertThat(text(client, "EVAL", writes, 0)).isEqualTo(OUT_OF_MEMORY);
      assertThat(text(client, "FCALL", "writes", 0)).isEqualTo(OUT_OF_MEMORY);
      assertThat(text(client, "FCALL", "reads", 0)).isEqualTo("fine");
      assertThat(text(client, "FCALL_RO", "reads", 0)).isEqualTo("fine");
      client.call("CONFIG", "SET", "maxmemory", "0");
      try (RespClient early = RespClient.connect(server.port())) {
        early.call("MULTI");
        early.call("EVAL", writes, 0);
        client.call("REPLICAOF", "127.0.0.1", "1");
        assertThat(text(early, "EXEC"))
            .startsWith("EXECABORT Transaction discarded because of: READONLY");
      }
      assertThat(text(client, "EVAL", writes, 0)).isEqualTo(READ_ONLY);
      assertThat(text(client, "FCALL", "writes", 0)).isEqualTo(READ_ONLY);
      client.call("CONFIG", "SET", "replica-serve-stale-data", "no");
      String down =
          "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
      assertThat(text(client, "EVAL", reads, 0)).isEqualTo(down);
      assertThat(text(client, "EVAL", "return 1", 0)).isEqualTo(down);
      assertThat(text(client, "FCALL", "reads", 0)).isEqualTo(down);
      assertThat(text(client, "EVAL", nothing, 0)).isEqualTo("fine");
      assertThat(text(client, "EVAL", stale, 0))
          .startsWith("ERR Can not execute the command on a stale replica script:");
    }
  }

  private static String functions() {
    return "#!lua name=l\n"
        + "redis.register_function('writes', function() return 'fine' end)\n"
        + "redis.register_function{function_name='reads', callback=function() return 'fine' end,"
        + " flags={'no-writes'}}";
  }

  @Test
  void shouldHoldBackOnlyScriptsThatMayWriteWhileWritesArePaused() {
    try (InProcessServer server = start();
        RespClient other = RespClient.connect(server.port())) {
      server.client().call("CLIENT", "PAUSE", "100000", "WRITE");
      assertThat(text(other, "EVAL", "#!lua flags=no-writes\nreturn 'fine'", 0)).isEqualTo("fine");
      other.send("EVAL", "#!lua\nreturn 'late'", 0);
      assertThat(text(server.client(), "PING")).isEqualTo("PONG");
      assertThat(other.hasInput()).isFalse();
      server.client().call("CLIENT", "UNPAUSE");
      assertThat(line(other.read())).isEqualTo("late");
    }
  }

  @Test
  void shouldCountWhatAScriptAnswersAsAnErrorAndWhatItWasRefused() {
    try (InProcessServer server = start()) {
      RespClient client = server.client();
      assertThat(text(client, "EVAL", "return redis.error_reply('MINE custom')", 0))
          .isEqualTo("MINE custom");
      assertThat(server.infoField("errorstats", "errorstat_MINE")).isEqualTo("count=1");
      text(client, "EVAL", "return redis.pcall('incr')", 0);
      assertThat(server.infoField("commandstats", "cmdstat_incr"))
          .startsWith("calls=0")
          .contains("rejected_calls=1");
      text(client, "SET", "k", "v");
      text(client, "EVAL", "return redis.pcall('incr', 'k')", 0);
      assertThat(server.infoField("commandstats", "cmdstat_incr")).contains("failed_calls=1");
      assertThat(server.infoNumber("stats", "total_error_replies")).isEqualTo(3);
    }
  }

  @Test
  void shouldLetTestsRunWhatLooksAtTheServerFromAScript() {
    try (InProcessServer server = start()) {
      RespClient client = server.client();
      String list = "return redis.call('client', 'id')";
      assertThat(text(client, "EVAL", list, 0))
          .startsWith("ERR This Redis command is not allowed from script");
      assertThat(text(client, "DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1")).isEqualTo("OK");
      assertThat(text(client, "EVAL", list, 0)).isEqualTo("0");
      assertThat(text(client, "EVAL", "return redis.call('multi')", 0))
          .startsWith("ERR This Redis command is not allowed from script");
      client.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0");
      assertThat(text(client, "EVAL", list, 0))
          .startsWith("ERR This Redis command is not allowed from script");
    }
  }
}
