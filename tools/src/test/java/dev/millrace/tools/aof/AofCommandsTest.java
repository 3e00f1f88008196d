package dev.millrace.tools.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.aof.LogDamagedException;
import dev.millrace.tools.CommandLineRun;
import dev.millrace.tools.LiveServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * Each test has a copy of one log that a server wrote and closed in order: about 5 MB in segments
 * of 1 MB, with a base in the middle and the segments before it kept.
 */
@Timeout(60)
class AofCommandsTest {
  private static final String VALUE = "v".repeat(10_000);
  private static final int KEYS_BEFORE_BASE = 200;
  private static final int KEYS = 500;

  @TempDir static Path written;
  @TempDir Path data;

  private Path log;

  @BeforeAll
  static void writeTheLog() throws Exception {
    try (LiveServer server = new LiveServer(written)) {
      Jedis client = server.client();
      client.set("first", "one two\n\u0001");
      write(client, 0, KEYS_BEFORE_BASE);
      client.bgrewriteaof();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> names(written.resolve("appendonlydir")).anyMatch(n -> n.startsWith("base")));
      write(client, KEYS_BEFORE_BASE, KEYS);
    }
  }

  private static void write(Jedis client, int from, int to) {
    for (int i = from; i < to; i++) {
      client.set("key:" + i, VALUE);
    }
  }

  @BeforeEach
  void copyTheLog() throws IOException {
    try (Stream<Path> files = Files.walk(written)) {
      for (Path file : files.toList()) {
        Path to = data.resolve(written.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
    log = data.resolve("appendonlydir");
  }

  private static Stream<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> String.valueOf(f.getFileName())).sorted().toList().stream();
    }
  }

  private List<String> segments() throws IOException {
    return names(log).filter(n -> n.startsWith("stream-")).toList();
  }

  private String base() throws IOException {
    return names(log).filter(n -> n.startsWith("base-")).findFirst().orElseThrow();
  }

  private long baseOffset() throws IOException {
    return Long.parseLong(base().replaceAll("\\D", ""));
  }

  private static long startOf(String segment) {
    return Long.parseLong(segment.replaceAll("\\D", ""));
  }

  private void flip(String file, int position) throws IOException {
    byte[] bytes = Files.readAllBytes(log.resolve(file));
    bytes[position] ^= 1;
    Files.write(log.resolve(file), bytes);
  }

  private void append(String file, String text) throws IOException {
    Files.writeString(
        log.resolve(file), text, StandardCharsets.US_ASCII, StandardOpenOption.APPEND);
  }

  @Test
  void inspectShouldShowFilesHistoryAndHowTheServerStopped() throws IOException {
    CommandLineRun run = CommandLineRun.of("aof", "inspect", data);
    assertThat(run.status()).isZero();
    String last = segments().getLast();
    long end = startOf(last) + Files.size(log.resolve(last));
    assertThat(run.out())
        .contains("[0, " + end + "): " + end + " bytes, segments: " + segments().size())
        .contains("appendonly.aof.manifest: " + base())
        .contains("in order at " + end)
        .containsPattern("History   [0-9a-f]{40}");
    for (String segment : segments()) {
      assertThat(run.lines()).anyMatch(line -> line.contains(segment));
    }
    assertThat(run.lines()).anyMatch(line -> line.contains(last) && line.contains("open"));
    assertThat(CommandLineRun.of("aof", "inspect", log).out()).isEqualTo(run.out());
  }

  @Test
  void verifyShouldFindAWholeLogWhole() throws IOException {
    CommandLineRun run = CommandLineRun.of("aof", "verify", data);
    assertThat(run.out()).contains("Whole: 1 base, " + segments().size() + " segments, ");
    assertThat(run.status()).isZero();
  }

  @Test
  void verifyShouldNameTheFirstDamagedByteAndTruncateShouldMendIt() throws Exception {
    String damaged =
        segments().stream()
            .filter(s -> startOf(s) > 0 && after(s))
            .skip(1)
            .findFirst()
            .orElseThrow();
    int position = (int) (Files.size(log.resolve(damaged)) / 2);
    flip(damaged, position);
    // A second one further on is not the first.
    flip(segments().getLast(), 100);

    CommandLineRun run = CommandLineRun.of("aof", "verify", data);
    assertThat(run.status()).isEqualTo(1);
    Matcher first =
        Pattern.compile("First damaged byte: replication offset (\\d+)").matcher(run.out());
    assertThat(first.find()).as(run.out()).isTrue();
    long named = Long.parseLong(first.group(1));
    assertThat(named).isBetween(startOf(damaged), startOf(damaged) + position);
    assertThat(run.lines())
        .anyMatch(line -> line.startsWith("DAMAGED") && line.contains(damaged))
        .anyMatch(line -> line.endsWith("millrace aof truncate " + log + " " + named));
    assertThatThrownBy(() -> new LiveServer(data).close())
        .isInstanceOfSatisfying(
            LogDamagedException.class,
            e ->
                assertThat(e.mendingCommand())
                    .isEqualTo("millrace aof truncate " + log + " " + named));

    CommandLineRun mended = CommandLineRun.of("aof", "truncate", log, named);
    assertThat(mended.err()).isEmpty();
    assertThat(mended.status()).isZero();
    assertThat(mended.out()).contains("ends at replication offset " + named + " now");
    assertThat(CommandLineRun.of("aof", "verify", data).status()).isZero();
    try (LiveServer server = new LiveServer(data)) {
      assertThat(server.client().get("key:" + (KEYS_BEFORE_BASE - 1))).isEqualTo(VALUE);
      assertThat(server.client().dbSize()).isBetween(KEYS_BEFORE_BASE + 1L, (long) KEYS);
      server.client().set("and", "on");
    }
    assertThat(CommandLineRun.of("aof", "verify", data).status()).isZero();
  }

  private boolean after(String segment) {
    try {
      return startOf(segment) >= baseOffset();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void verifyShouldSayThatDamageBeforeTheBaseNeedsNoMending() throws IOException {
    flip(segments().getFirst(), 500);
    CommandLineRun run = CommandLineRun.of("aof", "verify", data);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out())
        .contains("First damaged byte: replication offset 0")
        .contains("It lies before the base at " + baseOffset())
        .doesNotContain("truncate");
  }

  @Test
  void verifyShouldFindADamagedBaseWithAndWithoutTheLedger() throws IOException {
    flip(base(), 1000);
    CommandLineRun withLedger = CommandLineRun.of("aof", "verify", data);
    assertThat(withLedger.status()).isEqualTo(1);
    assertThat(withLedger.out()).contains("DAMAGED  " + base()).contains("restored from a copy");

    try (Stream<Path> ledger = Files.walk(log.resolve("ledger"))) {
      for (Path file : ledger.toList().reversed()) {
        Files.delete(file);
      }
    }
    CommandLineRun without = CommandLineRun.of("aof", "verify", data);
    assertThat(without.status()).isEqualTo(1);
    assertThat(without.out()).contains("there is no ledger").contains("DAMAGED  " + base());
    flip(base(), 1000);
    assertThat(CommandLineRun.of("aof", "verify", data).status()).isZero();
  }

  @Test
  void verifyShouldFindAMissingSegment() throws IOException {
    String missing = segments().get(segments().size() - 2);
    Files.delete(log.resolve(missing));
    CommandLineRun run = CommandLineRun.of("aof", "verify", data);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.lines())
        .contains("First damaged byte: replication offset " + startOf(missing))
        .anyMatch(line -> line.contains(missing) && line.endsWith("is missing"));
  }

  @Test
  void aTornTailShouldBeANoteAndNoDamage() throws IOException {
    String last = segments().getLast();
    long end = startOf(last) + Files.size(log.resolve(last));
    append(last, "*3\r\n$3\r\nSET\r\n$1\r\nk");
    CommandLineRun verified = CommandLineRun.of("aof", "verify", data);
    assertThat(verified.status()).isZero();
    assertThat(verified.out()).contains("NOTE").contains("at replication offset " + end);
    CommandLineRun dumped = CommandLineRun.of("aof", "dump", data, "--from", startOf(last));
    assertThat(dumped.status()).isZero();
    assertThat(dumped.lines().getLast()).isEqualTo("# " + end + ": the last command is not whole");
  }

  @Test
  void dumpShouldPrintEachCommandWithTheOffsetOfItsFirstByte() throws IOException {
    CommandLineRun run = CommandLineRun.of("aof", "dump", data);
    assertThat(run.status()).isZero();
    int select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n".length();
    int set = "*3\r\n$3\r\nSET\r\n$5\r\nfirst\r\n$9\r\none two\n_\r\n".length();
    assertThat(run.lines())
        .startsWith(
            "# " + segments().getFirst(),
            "0 SELECT 0",
            select + " SET first \"one two\\n\\x01\"",
            select + set + " SET key:0 " + "v".repeat(40) + "...(10000 bytes)");
    assertThat(run.lines()).filteredOn(line -> line.contains(" SET key:")).hasSize(KEYS);
    assertThat(run.lines())
        .filteredOn(line -> line.startsWith("# "))
        .containsExactlyElementsOf(segments().stream().map(s -> "# " + s).toList());
  }

  @Test
  void dumpShouldKeepToTheRangeAndPrintWholeValuesWhenAsked() {
    List<String> all = CommandLineRun.of("aof", "dump", data).lines();
    String third = all.get(3);
    long from = Long.parseLong(third.substring(0, third.indexOf(' ')));
    CommandLineRun run =
        CommandLineRun.of("aof", "dump", data, "--from", from, "--to", from + 1, "--full");
    assertThat(run.lines().subList(1, run.lines().size()))
        .containsExactly(from + " SET key:0 " + VALUE);
    // The offset of the byte after: the range begins at the next command.
    assertThat(CommandLineRun.of("aof", "dump", data, "--from", from + 1).lines().get(1))
        .isEqualTo(all.get(4));
  }

  @Test
  void dumpShouldStopAtBytesThatAreNoCommand() throws IOException {
    flip(segments().getFirst(), 0);
    CommandLineRun run = CommandLineRun.of("aof", "dump", data);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.lines().getLast()).startsWith("# 0: no whole command here");
  }

  @Test
  void truncateShouldEndTheLogAtTheLastWholeCommandBefore() throws Exception {
    List<String> commands =
        CommandLineRun.of("aof", "dump", data).lines().stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    String last = commands.getLast();
    long boundary = Long.parseLong(last.substring(0, last.indexOf(' ')));
    CommandLineRun run = CommandLineRun.of("aof", "truncate", data, boundary + 7);
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("ends at replication offset " + boundary + " now");
    try (LiveServer server = new LiveServer(data)) {
      assertThat(server.client().dbSize()).isEqualTo(KEYS);
      assertThat(server.client().exists("key:" + (KEYS - 1))).isFalse();
    }
  }

  @Test
  void truncateShouldRefuseALogThatAProcessHasOpen() throws Exception {
    Path last = log.resolve(segments().getLast());
    long size = Files.size(last);
    Process user = new ProcessBuilder("tail", "-f", last.toString()).start();
    try {
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(LogUsers.of(log)).hasValue(user.pid()));
      CommandLineRun run = CommandLineRun.of("aof", "truncate", data, baseOffset());
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.err()).contains("process " + user.pid()).contains("stop the server first");
      assertThat(last).hasSize(size);
    } finally {
      user.destroyForcibly().waitFor();
    }
  }

  @Test
  void truncateShouldRefuseAnOffsetBeforeTheBaseOrPastTheEnd() throws IOException {
    List<String> before = segments();
    CommandLineRun early = CommandLineRun.of("aof", "truncate", data, baseOffset() - 1);
    assertThat(early.status()).isEqualTo(1);
    assertThat(early.err()).contains("the base stands after");
    CommandLineRun late = CommandLineRun.of("aof", "truncate", data, Long.MAX_VALUE);
    assertThat(late.status()).isEqualTo(1);
    assertThat(late.err()).contains("the log ends at");
    assertThat(segments()).isEqualTo(before);
    assertThat(CommandLineRun.of("aof", "verify", data).status()).isZero();
  }

  @Test
  void shouldComplainInOneLineOfWhatIsNoLog(@TempDir Path empty) {
    CommandLineRun none = CommandLineRun.of("aof", "verify", empty);
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err().lines()).singleElement().asString().contains(empty + " holds no log");
    CommandLineRun missing = CommandLineRun.of("aof", "dump", empty.resolve("nowhere"));
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err()).contains("nowhere: no such file or directory");
    CommandLineRun usage = CommandLineRun.of("aof", "truncate", empty, "not-a-number");
    assertThat(usage.status()).isEqualTo(2);
    assertThat(CommandLineRun.of("aof").status()).isEqualTo(2);
  }
}
