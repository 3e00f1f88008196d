package dev.millrace.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
  @Test
  void shouldReadListsAsLinuxWritesThem() {
    assertThat(Processors.numbers("0")).containsExactly(0);
    assertThat(Processors.numbers("0-2,5,7-8")).containsExactly(0, 1, 2, 5, 7, 8);
  }

  @Test
  void shouldGiveTheReplicaTheLastOneAndTheOthersTheRest() {
    Processors four = new Processors(List.of(0, 1, 4, 6));
    assertThat(four.ofReplica()).endsWith("6");
    assertThat(four.ofMaster()).endsWith("0,1,4");
  }

  @Test
  void shouldNotDealOutASingleOne() {
    Processors one = new Processors(List.of(3));
    assertThat(one.areDealtOut()).isFalse();
    assertThat(one.ofReplica()).isEmpty();
    assertThat(one.ofMaster()).isEmpty();
  }

  @Test
  void shouldLetThisProcessUseAllAgainAfterwards() throws IOException, InterruptedException {
    Processors before = Processors.ofThisProcess();
    before.confineThisProcess();
    assertThat(Processors.ofThisProcess().all().size())
        .isEqualTo(Math.max(before.all().size() - 1, Math.min(1, before.all().size())));
    before.releaseThisProcess();
    assertThat(Processors.ofThisProcess()).isEqualTo(before);
  }
}
