package dev.millrace.tools.demo;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The redis-server installed on this machine.
 *
 * @param path its program
 * @param version what it says of itself, for example {@code 7.0.15}
 */
record StockRedis(Path path, String version) {
  private static final Pattern VERSION = Pattern.compile("\\bv=(\\S+)");
  private static final String PROGRAM = "redis-server";

  /** The directories of the PATH, and those where packages put it. */
  static List<Path> usualPlaces() {
    String searched = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(
            Stream.of(searched.split(File.pathSeparator)),
            Stream.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"))
        .filter(directory -> !directory.isEmpty())
        .map(Path::of)
        .toList();
  }

  /** The first one in these directories. */
  static Optional<Path> find(List<Path> directories) {
    return directories.stream()
        .map(directory -> directory.resolve(PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Asks the program for its version. */
  static StockRedis at(Path program) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher version = VERSION.matcher(said);
    if (!version.find()) {
      throw new IOException(program + " is no redis-server; it says: " + said.strip());
    }
    return new StockRedis(program, version.group(1));
  }
}
