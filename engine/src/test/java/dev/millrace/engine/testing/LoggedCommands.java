package dev.millrace.engine.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a server's log holds, read while the server runs. */
public final class LoggedCommands {
  private LoggedCommands() {}

  /** The words of our log's commands, without their lengths, once {@code marker} has come. */
  public static List<String> ours(Path directory, String marker) throws IOException {
    return await(directory.resolve("appendonlydir"), "stream-", marker);
  }

  /** As {@link #ours}, of redis-server's log. */
  public static List<String> real(RealRedis redis, String marker) throws IOException {
    return await(redis.directory().resolve("appendonlydir"), "appendonly.aof.1.incr", marker);
  }

  private static List<String> await(Path directory, String name, String marker) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(directory)) {
      file =
          files
              .filter(each -> each.getFileName().toString().startsWith(name))
              .findFirst()
              .orElseThrow();
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    while (!text.contains(marker)) {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    }
    return text.lines().map(String::strip).filter(line -> !line.startsWith("$")).toList();
  }
}
