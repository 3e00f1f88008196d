package dev.millrace.tools.demo;

import dev.millrace.engine.server.MillraceServer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a Millrace server as a process of its own: this process's JVM, flags and
 * class path, with the heap the launcher gives a server.
 */
final class MillraceProgram {
  private static final List<String> HEAP = List.of("-Xms128m", "-Xmx512m", "-Xmn4m");

  private MillraceProgram() {}

  /**
   * The command line.
   *
   * @param prefix a program that runs it, with its arguments; empty for none
   * @param directives those of {@code redis.conf}, as {@code --name value}
   */
  static List<String> of(List<String> prefix, List<String> directives) {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      boolean mine =
          flag.startsWith("-Xm")
              || flag.startsWith("-Xshare")
              || flag.startsWith("-agent")
              || flag.startsWith("-java");
      if (!mine) {
        command.add(flag);
      }
    }
    command.addAll(HEAP);
    Path kept = Path.of(System.getProperty("millrace.home", ""), "tools", "target", "server.aot");
    if (Files.exists(kept)) {
      // As the launcher starts a server: with what was learned when it was built.
      command.addAll(List.of("-XX:AOTCache=" + kept, "-Xlog:aot=off", "-Xlog:cds=off"));
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path", ""));
    command.add(MillraceServer.class.getName());
    command.addAll(directives);
    return command;
  }
}
