package dev.millrace.aof;

/** Told how the journal fares, so that the server can refuse writes, resume, or stop. */
@FunctionalInterface
public interface FailureListener {
  /**
   * The journal went into another state.
   *
   * @param state the new one
   * @param why one line for the log; empty when all is well again
   */
  void journalIs(JournalState state, String why);
}
