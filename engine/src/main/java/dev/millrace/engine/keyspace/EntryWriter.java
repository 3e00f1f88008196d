package dev.millrace.engine.keyspace;

/**
 * Takes what a {@link SnapshotWalk} emits. Called on the executor thread, either from {@link
 * SnapshotWalk#advance} or from inside a command that is about to change a bucket not walked yet,
 * so it must neither block nor change the keyspace, and must copy what it needs before it returns.
 */
@FunctionalInterface
public interface EntryWriter {
  /**
   * One entry with the content it has at the cut.
   *
   * @param database the index its database had at the cut; calls of different databases interleave
   */
  void write(int database, long entry);
}
