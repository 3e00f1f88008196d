package dev.millrace.aof;

/** Told that stream bytes are on the disk for good, as the reply gate is. */
@FunctionalInterface
public interface DurableListener {
  /**
   * Everything before {@code offset} is durable. Called on the journal thread after each successful
   * fsync, with rising offsets; must return quickly and must not throw.
   */
  void durable(long offset);
}
