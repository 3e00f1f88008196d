package dev.millrace.engine.pipeline;

/**
 * Long work over the dataset (a snapshot's walk, moving a growing table, freeing a flushed one,
 * active expiry) cut into pieces: the executor runs one piece per round, so that no command waits
 * for it.
 */
@FunctionalInterface
public interface Slice {
  /**
   * Does a bounded piece of work.
   *
   * @return true when there is more that could be done at once
   */
  boolean run(long nowMillis);

  /**
   * Whether nobody waits for the whole of it: then the executor rests a little between two pieces
   * while no client wants anything, so that other threads have a turn.
   */
  default boolean mayRest() {
    return true;
  }
}
