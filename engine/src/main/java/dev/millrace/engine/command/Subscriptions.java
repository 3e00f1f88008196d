package dev.millrace.engine.command;

/** How many channels and patterns a client listens to. Owned by: executor thread. */
public interface Subscriptions {
  int channels();

  int patterns();

  int shardChannels();

  /** About the memory they take. */
  long memoryBytes();

  /** True while the client listens to anything: in RESP2 it may do little else then. */
  default boolean any() {
    return channels() + patterns() + shardChannels() > 0;
  }
}
