package dev.millrace.engine.pipeline;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counters of the whole server, as INFO STATS and ERRORSTATS tell them.
 *
 * <p>Owned by: executor thread.
 */
public final class Statistics {
  private static final int ERROR_CODES_MAX = 128;

  private long commands;
  private long connections;
  private long rejectedConnections;
  private long evictedClients;
  private long errorReplies;
  private final Map<String, Long> errorsByCode = new TreeMap<>();

  /** A command begins. */
  public void commandStarted() {
    commands++;
  }

  public long commands() {
    return commands;
  }

  public void connected() {
    connections++;
  }

  public long connections() {
    return connections;
  }

  public void connectionRejected() {
    rejectedConnections++;
  }

  public long rejectedConnections() {
    return rejectedConnections;
  }

  /** A client was closed for the sake of maxmemory-clients. */
  public void clientEvicted() {
    evictedClients++;
  }

  public long evictedClients() {
    return evictedClients;
  }

  /** An error was replied; its first word is its code. The number of codes kept is bounded. */
  public void errorReplied(String text) {
    errorReplies++;
    int end = text.indexOf(' ');
    String code = end < 0 ? text : text.substring(0, end);
    if (errorsByCode.size() < ERROR_CODES_MAX || errorsByCode.containsKey(code)) {
      errorsByCode.merge(code, 1L, Long::sum);
    }
  }

  public long errorReplies() {
    return errorReplies;
  }

  /** How often each code was replied. */
  public Map<String, Long> errorsByCode() {
    return Collections.unmodifiableMap(errorsByCode);
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    commands = 0;
    connections = 0;
    rejectedConnections = 0;
    evictedClients = 0;
    errorReplies = 0;
    errorsByCode.clear();
  }
}
