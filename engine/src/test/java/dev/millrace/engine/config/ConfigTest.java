package dev.millrace.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.config.MemorySettings.EvictionPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigTest {
  private final Config config = new Config();

  private void set(String... namesAndValues) throws ConfigException {
    config.set(List.of(namesAndValues), false);
  }

  @Test
  void shouldHoldWhatIsSetInFieldsOfItsOwnType() throws Exception {
    set("maxmemory", "100mb", "maxmemory-policy", "Allkeys-LRU", "activedefrag", "YES");

    assertThat(config.memory.maxmemory.value()).isEqualTo(100L * 1024 * 1024);
    assertThat(config.memory.maxmemoryPolicy.value()).isEqualTo(EvictionPolicy.ALLKEYS_LRU);
    assertThat(config.memory.activedefrag.value()).isTrue();
  }

  @Test
  void shouldSetNothingWhenOneValueIsRefused() {
    assertThatThrownBy(() -> set("timeout", "5", "hz", "20", "maxmemory-samples", "0"))
        .hasMessage(
            "CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument must"
                + " be between 1 and 2147483647 inclusive");

    assertThat(config.network.timeout.value()).isZero();
    assertThat(config.server.hz.value()).isEqualTo(10);
  }

  @Test
  void shouldPutEverythingBackWhenAValueCannotBePutIntoEffect() {
    List<Long> seen = new ArrayList<>();
    config.network.timeout.onChange(() -> seen.add(config.network.timeout.value()));
    config.network.port.onChange(() -> {
      throw new ConfigException("Unable to listen on this port. Check server logs.");
    });

    assertThatThrownBy(() -> set("timeout", "7", "port", "1"))
        .hasMessage(
            "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this"
                + " port. Check server logs.");

    assertThat(config.network.timeout.value()).isZero();
    assertThat(config.network.port.value()).isEqualTo(6379);
    assertThat(seen).as("applied, then applied again with the old value").containsExactly(7L, 0L);
  }

  @Test
  void shouldApplyOnceForDirectivesThatShareAnApplier() throws Exception {
    List<String> applied = new ArrayList<>();
    Directive.Applier applier = () -> applied.add("x");
    config.memory.maxmemory.onChange(applier);
    config.memory.maxmemoryPolicy.onChange(applier);

    set("maxmemory", "1", "maxmemory-policy", "allkeys-lfu");
    set("maxmemory", "1");

    assertThat(applied).hasSize(1);
  }

  @Test
  void shouldGuardProtectedDirectives() throws Exception {
    assertThatThrownBy(() -> set("dbfilename", "x.rdb"))
        .hasMessageEndingWith("'dbfilename') - can't set protected config");

    config.set(List.of("dbfilename", "x.rdb"), true);

    assertThat(config.persistence.dbfilename.value()).isEqualTo("x.rdb");
  }

  @Test
  void shouldRestoreTheOldestValueOfADirectiveSetByBothItsNames() {
    assertThatThrownBy(
            () -> set("replica-priority", "1", "slave-priority", "2", "replica-priority", "3"))
        .hasMessageEndingWith("duplicate parameter");
    assertThatThrownBy(() -> set("replica-priority", "1", "slave-priority", "2", "hz", "x"))
        .hasMessageEndingWith("argument couldn't be parsed into an integer");

    assertThat(config.replication.replicaPriority.value()).isEqualTo(100);
  }

  @Test
  void shouldKeepPasswordsByteForByte() throws Exception {
    String anyBytes = "p\u00e9\u0000\u00ff\n\"\\";
    set("requirepass", anyBytes);

    assertThat(config.server.requirepass.text()).isEqualTo(anyBytes);
    assertThat(Words.split(Words.quote(anyBytes))).containsExactly(anyBytes);
  }

  @Test
  void shouldFindHiddenDirectivesByExactNameOnly() {
    assertThat(config.get(List.of("key-load-delay"))).containsEntry("key-load-delay", "0");
    assertThat(config.get(List.of("key-load*"))).isEmpty();
  }

  @Test
  void shouldMatchGlobs() {
    record Case(String pattern, String name, boolean matches) {}
    List<Case> cases =
        List.of(
            new Case("*", "", true),
            new Case("a*c", "abbbc", true),
            new Case("a*c", "abbb", false),
            new Case("a**c", "ac", true),
            new Case("A?c", "aBC", true),
            new Case("a?c", "ac", false),
            new Case("h[ae]llo", "hello", true),
            new Case("h[^ae]llo", "hello", false),
            new Case("h[a-c]llo", "hbllo", true),
            new Case("h[c-a]llo", "hbllo", true),
            new Case("a\\*", "a*", true),
            new Case("a\\*", "ab", false),
            new Case("*b*b*", "abab", true),
            new Case("[", "x", false),
            new Case("x[", "x", false));
    for (Case one : cases) {
      assertThat(GlobPattern.ignoringCase(one.pattern).matches(one.name))
          .as("%s", one)
          .isEqualTo(one.matches);
    }
  }

  @Test
  void shouldReadAndWriteAmountsOfMemory() {
    assertThat(MemoryText.parse("1k")).isEqualTo(1000);
    assertThat(MemoryText.parse("1KB")).isEqualTo(1024);
    assertThat(MemoryText.parse("3gb")).isEqualTo(3L << 30);
    assertThat(MemoryText.parse("18446744073709551615")).isEqualTo(-1L);
    assertThat(MemoryText.format(3L << 30)).isEqualTo("3gb");
    assertThat(MemoryText.format(4096)).isEqualTo("4kb");
    assertThat(MemoryText.format(0)).isEqualTo("0");
    for (String bad : List.of("x", "1.5gb", "-1", "1t", "99999999999gb", "18446744073709551616")) {
      assertThatThrownBy(() -> MemoryText.parse(bad)).isInstanceOf(NumberFormatException.class);
    }
  }

  @Test
  void shouldTakeAPercentageOfMemory() throws Exception {
    set("maxmemory-clients", "5%");

    assertThat(config.network.maxmemoryClients.bytesOf(1000)).isEqualTo(50);
    assertThat(config.network.maxmemoryClients.text()).isEqualTo("5%");
  }
}
