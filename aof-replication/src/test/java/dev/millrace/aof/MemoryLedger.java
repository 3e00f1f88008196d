package dev.millrace.aof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A ledger in memory: a power cut keeps what was forced and some of what followed. */
class MemoryLedger implements Ledger {
  private final List<LedgerRecord> before;
  private final List<LedgerRecord> all;
  private int forced;

  MemoryLedger(List<LedgerRecord> before) {
    this.before = List.copyOf(before);
    this.all = new ArrayList<>(before);
    this.forced = all.size();
  }

  /** A source of this ledger, and of an empty one when a fresh one is asked for. */
  Source source() {
    return fresh -> fresh ? new MemoryLedger(List.of()) : this;
  }

  static Source unreadable() {
    return fresh ->
        fresh
            ? new MemoryLedger(List.of())
            : new MemoryLedger(List.of()) {
              @Override
              public List<LedgerRecord> records() throws IOException {
                throw new IOException("unreadable");
              }
            };
  }

  List<LedgerRecord> all() {
    return List.copyOf(all);
  }

  MemoryLedger reopened() {
    return new MemoryLedger(all);
  }

  MemoryLedger afterPowerCut(RandomGenerator chance) {
    return new MemoryLedger(all.subList(0, chance.nextInt(forced, all.size() + 1)));
  }

  @Override
  public List<LedgerRecord> records() throws IOException {
    return before;
  }

  @Override
  public void append(LedgerRecord record) {
    // Through the codec, so that every test is one of the codec too.
    LedgerRecord read = LedgerCodec.decode(java.nio.ByteBuffer.wrap(LedgerCodec.encode(record)));
    if (!record.equals(read)) {
      throw new AssertionError(record + " was read back as " + read);
    }
    all.add(record);
  }

  @Override
  public void sync() {
    forced = all.size();
  }

  @Override
  public void forgetBefore(long heldStart) {}

  @Override
  public void close() {}
}
