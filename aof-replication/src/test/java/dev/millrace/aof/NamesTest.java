package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** File names and the manifest: their text is a format that never changes. */
class NamesTest {
  @Test
  void shouldNameSegmentsByTwentyDigits() {
    SegmentName name = new SegmentName(123);
    assertThat(name.fileName()).isEqualTo("stream-00000000000000000123.aof");
    assertThat(SegmentName.parse(name.fileName())).contains(name);
    SegmentName last = new SegmentName(Long.MAX_VALUE);
    assertThat(SegmentName.parse(last.fileName())).contains(last);
    assertThat(name).isLessThan(last);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stream-123.aof",
        "stream-0000000000000000012x.aof",
        "stream-00000000000000000123.aof.tmp",
        "stream-99999999999999999999.aof",
        "base-0.rdb",
        ""
      })
  void shouldNotTakeOtherFilesForSegments(String fileName) {
    assertThat(SegmentName.parse(fileName)).isEmpty();
  }

  @Test
  void shouldNameBasesByTheirOffset() {
    assertThat(new BaseName(0).fileName()).isEqualTo("base-0.rdb");
    assertThat(BaseName.parse("base-4096.rdb")).contains(new BaseName(4096));
    assertThat(BaseName.parse("base-0.rdb")).contains(new BaseName(0));
    for (String other :
        List.of("base-.rdb", "base-01.rdb", "base--1.rdb", "base-1.rdb2", "1.rdb")) {
      assertThat(BaseName.parse(other)).as(other).isEmpty();
    }
  }

  @Test
  void shouldWriteAndReadTheManifestOfRedis7() {
    Manifest manifest =
        new Manifest(new BaseName(4096), 2, List.of())
            .plus(new SegmentName(4096))
            .plus(new SegmentName(5000));
    String text =
        """
        file base-4096.rdb seq 2 type b
        file stream-00000000000000004096.aof seq 1 type i
        file stream-00000000000000005000.aof seq 2 type i
        """;
    assertThat(manifest.format()).isEqualTo(text);
    assertThat(Manifest.parse(text)).isEqualTo(manifest);
    assertThat(Manifest.parse("# comment\n" + text)).isEqualTo(manifest);
    Manifest rebased = manifest.withBase(new BaseName(5000)).plus(new SegmentName(6000));
    assertThat(rebased.baseSequence()).isEqualTo(3);
    assertThat(rebased.segments()).extracting(Manifest.Entry::sequence).containsExactly(2L, 3L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file base-1.rdb seq 1 type b",
        "file base-1.rdb seq 1 type x\n",
        "file base-1.rdb seq 0 type b\n",
        "file base-1.rdb seq 1 type b\nfile base-2.rdb seq 2 type b\n",
        """
        file stream-00000000000000000000.aof seq 2 type i
        file stream-00000000000000000009.aof seq 2 type i
        """,
        """
        file stream-00000000000000000009.aof seq 1 type i
        file stream-00000000000000000000.aof seq 2 type i
        """,
        "file other.aof seq 1 type i\n",
        "nonsense\n"
      })
  void shouldRefuseAManifestItDoesNotUnderstand(String text) {
    assertThatThrownBy(() -> Manifest.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
