package dev.millrace.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  @TempDir Path directory;

  private final Config config = new Config();
  private final ConfigLoader loader = new ConfigLoader(config, "Millrace 1.2.3");

  private void load(String input, String... arguments) throws ConfigFileException {
    loader.load(
        ServerArguments.parse(List.of(arguments)),
        new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Test
  void shouldReadTheFileThenTheInputThenTheOptions() throws Exception {
    Path file = Files.writeString(directory.resolve("r.conf"), "port 1\ntimeout 1\nhz 1\n");

    load("timeout 2\nhz 2\n", file.toString(), "--hz", "3", "-");

    assertThat(config.network.port.value()).isEqualTo(1);
    assertThat(config.network.timeout.value()).isEqualTo(2);
    assertThat(config.server.hz.value()).isEqualTo(3);
    assertThat(config.file()).isEqualTo(file.toString());
  }

  @Test
  void shouldTakeTheWordAfterAnOptionAsItsValueWhateverItBeginsWith() throws Exception {
    load("", "--requirepass", "--secret", "--save", "60", "1", "--appendonly", "no", "--save");

    assertThat(config.server.requirepass.value()).isEqualTo("--secret");
    assertThat(config.persistence.appendonly.value()).isFalse();
    assertThat(config.persistence.save.value()).isEmpty();
  }

  @Test
  void shouldAddUpSaveLinesAndDropTheDefaultOnes() throws Exception {
    load("save 900 1\nsave 300 10 60 5\n", "-");

    assertThat(config.persistence.save.value())
        .containsExactly(new SavePoint(900, 1), new SavePoint(300, 10), new SavePoint(60, 5));

    config.set(List.of("save", "1 2"), false);

    assertThat(config.persistence.save.value()).containsExactly(new SavePoint(1, 2));
  }

  @Test
  void shouldIncludeFilesByGlobInOrder() throws Exception {
    Files.writeString(directory.resolve("a.conf"), "hz 1\nport 5\n");
    Files.writeString(directory.resolve("b.conf"), "hz 2\n");

    load("hz 3\ninclude " + directory + "/*.conf\n", "-");

    assertThat(config.server.hz.value()).isEqualTo(2);
    assertThat(config.network.port.value()).isEqualTo(5);
  }

  @Test
  void shouldNotIncludeItselfForEver() throws Exception {
    Path file = directory.resolve("self.conf");
    Files.writeString(file, "include " + file + "\n");

    assertThatThrownBy(() -> load("", file.toString())).hasMessageContaining("nested includes");
  }

  @Test
  void shouldSayThatAFileIsMissing() {
    assertThatThrownBy(() -> load("", "/nonexistent/x.conf"))
        .hasMessage(
            "Fatal error, can't open config file '/nonexistent/x.conf': No such file or"
                + " directory\n");
  }

  @Test
  void shouldRefuseWhatItCannotKeepToRatherThanIgnoreIt() {
    assertThatThrownBy(() -> load("\nloadmodule /x.so\n", "-"))
        .hasMessage(
            """

            *** FATAL CONFIG FILE ERROR (Millrace 1.2.3) ***
            Reading the configuration file, at line 2
            >>> 'loadmodule /x.so'
            Modules are not supported: there is nothing that loads them
            """);
    assertThatThrownBy(() -> load("user\n", "-")).hasMessageContaining("Bad directive");
    assertThatThrownBy(() -> load("rename-command FLUSHALL\n", "-"))
        .hasMessageContaining("Bad directive");
    assertThatThrownBy(() -> load("", "--sentinel")).hasMessageContaining("Sentinel");
  }

  @Test
  void shouldKeepLinesThatBelongToOtherParts() throws Exception {
    load("rename-command FLUSHALL \"\"\nuser a on\n", "-");

    assertThat(config.renameLines()).containsExactly(List.of("rename-command", "FLUSHALL", ""));
    assertThat(config.userLines()).containsExactly(List.of("user", "a", "on"));
  }

  @Test
  void shouldResolveARelativeDirectoryAgainstTheOneBefore() throws Exception {
    Files.createDirectory(directory.resolve("d\u00e9"));

    load("dir " + directory + "\ndir \"d\\xc3\\xa9\"\n", "-");

    assertThat(config.persistence.dir.value()).isEqualTo(directory.resolve("d\u00e9").toString());
  }

  @Test
  void shouldTellVersionAndHelpFromARun() throws Exception {
    assertThat(ServerArguments.parse(List.of("-v")).action())
        .isEqualTo(ServerArguments.Action.VERSION);
    assertThat(ServerArguments.parse(List.of("--help")).action())
        .isEqualTo(ServerArguments.Action.HELP);
    assertThat(ServerArguments.parse(List.of()).action()).isEqualTo(ServerArguments.Action.RUN);
  }
}
