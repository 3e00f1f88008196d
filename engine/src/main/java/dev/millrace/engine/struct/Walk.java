package dev.millrace.engine.struct;

/**
 * A walk over all that a structure holds at one instant, the cut, while the structure goes on
 * changing.
 *
 * <p>Owned by: executor thread.
 */
public interface Walk {
  /**
   * Goes on.
   *
   * @param effort about how much to do: buckets of a dict, nodes of a list
   * @return false when everything of the cut has been emitted
   */
  boolean advance(int effort);

  /** Ends the walk early: nothing is emitted any more. */
  void cancel();
}
