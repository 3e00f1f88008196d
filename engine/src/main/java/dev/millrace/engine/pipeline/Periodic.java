package dev.millrace.engine.pipeline;

/** Work the executor does from time to time, between rounds; each call is short. */
@FunctionalInterface
public interface Periodic {
  /** Runs ten times a second. */
  void tick(long nowMillis);
}
