package dev.millrace.tools.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs as the replica: an unpatched redis-server where there is one, else Millrace itself.
 *
 * @param redis the stock server; null for Millrace
 */
record ReplicaProgram(@Nullable StockRedis redis) {
  private static final Path CHRT = Path.of("/usr/bin/chrt");

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

  /** Whether it can be made to leave the processors to the others. */
  static boolean canGiveWay() {
    return Files.isExecutable(CHRT);
  }

  /**
   * The command line, with these directives of {@code redis.conf}. It runs when nobody else wants a
   * processor (SCHED_IDLE) where that can be had: it stands for a server on a machine of its own.
   */
  List<String> command(List<String> directives) {
    List<String> command = new ArrayList<>();
    if (canGiveWay()) {
      command.addAll(List.of(CHRT.toString(), "--idle", "0"));
    }
    if (redis == null) {
      command.addAll(MillraceProgram.of(directives));
    } else {
      command.add(redis.path().toString());
      command.addAll(directives);
    }
    return command;
  }
}
