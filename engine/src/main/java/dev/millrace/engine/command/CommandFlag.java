package dev.millrace.engine.command;

import java.util.Locale;

/** What a command is and where it may run; the words {@code COMMAND INFO} lists, in its order. */
public enum CommandFlag {
  WRITE,
  READONLY,
  DENYOOM,
  ADMIN,
  PUBSUB,
  NOSCRIPT,
  BLOCKING,
  LOADING,
  STALE,
  SKIP_MONITOR,
  SKIP_SLOWLOG,
  ASKING,
  FAST,
  NO_AUTH,
  MAY_REPLICATE,
  NO_MANDATORY_KEYS,
  NO_ASYNC_LOADING,
  NO_MULTI,
  MOVABLEKEYS,
  ALLOW_BUSY;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** The flag as Redis writes it. */
  public String word() {
    return word;
  }
}
