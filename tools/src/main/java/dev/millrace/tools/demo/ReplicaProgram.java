package dev.millrace.tools.demo;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs as the replica: an unpatched redis-server where there is one, else Millrace itself.
 *
 * @param redis the stock server; null for Millrace
 */
record ReplicaProgram(@Nullable StockRedis redis) {
  /** What it is, for a person. */
  String title() {
    return redis == null
        ? "Millrace itself, for there is no redis-server on this machine"
        : "redis-server " + redis.version() + ", " + redis.path() + ", unpatched";
  }

  /** Its name, for a person. */
  String name() {
    return redis == null ? "another Millrace" : "redis-server";
  }

  /**
   * The command line.
   *
   * @param prefix a program that runs it, with its arguments; empty for none
   * @param directives those of {@code redis.conf}, as {@code --name value}
   */
  List<String> command(List<String> prefix, List<String> directives) {
    if (redis == null) {
      return MillraceProgram.of(prefix, directives);
    }
    List<String> command = new ArrayList<>(prefix);
    command.add(redis.path().toString());
    command.addAll(directives);
    return command;
  }
}
