package dev.millrace.aof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.aof.ResyncDecision.Outcome;
import dev.millrace.aof.ResyncDecision.Rule;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResyncPolicyTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(1);
  private static final ReplicationId OURS = ReplicationId.random(RANDOM);
  private static final ReplicationId FORMER = ReplicationId.random(RANDOM);
  private static final ReplicationId FOREIGN = ReplicationId.random(RANDOM);
  private static final ReplicationHistory HISTORY = new ReplicationHistory(OURS, FORMER, 500, true);
  private static final OffsetRange BACKLOG = new OffsetRange(800, 1000);
  private static final OffsetRange LOG = new OffsetRange(100, 990);

  private static ResyncDecision decide(@Nullable ReplicationId id, long start) {
    return decide(id, start, LOG, 0, 0);
  }

  private static ResyncDecision decide(
      @Nullable ReplicationId id,
      long start,
      @Nullable OffsetRange log,
      long snapshot,
      int percent) {
    return ResyncPolicy.decide(
        new ResyncRequest("r", id, start, HISTORY, 1000, BACKLOG, log, snapshot, percent));
  }

  private static void expect(ResyncDecision decision, Outcome outcome, Rule rule, String setting) {
    assertThat(decision.outcome()).isEqualTo(outcome);
    assertThat(decision.rule()).isEqualTo(rule);
    assertThat(decision.setting()).isEqualTo(setting);
    assertThat(decision.explanation()).contains(rule.name()).contains(setting).doesNotContain("\n");
  }

  @Test
  void shouldContinueFromMemoryWhenTheOffsetIsThere() {
    for (long start : new long[] {800, 900, 1000}) {
      expect(decide(OURS, start), Outcome.FROM_BACKLOG, Rule.IN_BACKLOG, "");
    }
  }

  @Test
  void shouldContinueFromTheLogWhenOnlyTheLogHasTheOffset() {
    String setting = ResyncPolicy.BACKLOG_SETTING;
    expect(decide(OURS, 799), Outcome.FROM_LOG, Rule.IN_LOG, setting);
    expect(decide(OURS, 100), Outcome.FROM_LOG, Rule.IN_LOG, setting);
    expect(decide(FORMER, 500), Outcome.FROM_LOG, Rule.IN_LOG, setting);
  }

  @Test
  void shouldSendASnapshotWhenTheOffsetIsGone() {
    expect(decide(OURS, 99), Outcome.FULL, Rule.BEFORE_LOG, ResyncPolicy.RETENTION_SETTING);
    expect(
        decide(OURS, 799, null, 0, 0), Outcome.FULL, Rule.BEFORE_BACKLOG, ResyncPolicy.LOG_SETTING);
  }

  @Test
  void l5_aForeignOrDivergedHistoryIsNeverContinued() {
    expect(decide(null, 900), Outcome.FULL, Rule.FIRST_SYNC, "");
    expect(decide(FOREIGN, 900), Outcome.FULL, Rule.UNKNOWN_HISTORY, "");
    expect(decide(FORMER, 501), Outcome.FULL, Rule.DIVERGED, "");
    expect(decide(OURS, 1001), Outcome.FULL, Rule.AHEAD, "");
    expect(decide(OURS, -1), Outcome.FULL, Rule.AHEAD, "");
  }

  @Test
  void shouldWeighTheGapAgainstASnapshot() {
    String setting = ResyncPolicy.GAP_SETTING;
    expect(decide(OURS, 600, LOG, 399, 100), Outcome.FULL, Rule.GAP_TOO_COSTLY, setting);
    assertThat(decide(OURS, 600, LOG, 400, 100).outcome()).isEqualTo(Outcome.FROM_LOG);
    assertThat(decide(OURS, 600, LOG, 200, 200).outcome()).isEqualTo(Outcome.FROM_LOG);
    assertThat(decide(OURS, 600, LOG, Long.MAX_VALUE, 1000).outcome()).isEqualTo(Outcome.FROM_LOG);
  }

  @Test
  void shouldTakeMemoryBeforeTheLogWhateverTheGapCosts() {
    assertThat(decide(OURS, 800, LOG, 1, 1).outcome()).isEqualTo(Outcome.FROM_BACKLOG);
  }
}
