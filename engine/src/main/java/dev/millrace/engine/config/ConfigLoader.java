package dev.millrace.engine.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Reads a configuration file, and the options of the command line as lines after it, into a {@link
 * Config}. The format is redis.conf's: one directive a line, words as {@link Words} says, {@code #}
 * begins a comment line, {@code include} reads another file (or those that fit a glob) in its
 * place.
 *
 * <p>Owned by: the thread that starts the server.
 */
public final class ConfigLoader {
  private static final int INCLUDE_DEPTH_MAX = 16;

  private final Config config;
  private final String product;

  /**
   * A loader.
   *
   * @param product name and version for the heading of an error, as in {@code Millrace 0.1.0}
   */
  public ConfigLoader(Config config, String product) {
    this.config = config;
    this.product = product;
  }

  /** Reads all that a command line names. {@code standardInput} is read only if it says so. */
  public void load(ServerArguments arguments, java.io.InputStream standardInput)
      throws ConfigFileException {
    StringBuilder content = new StringBuilder();
    String path = arguments.file();
    if (path != null) {
      Path absolute = Path.of(path).toAbsolutePath().normalize();
      content.append(read(absolute, path)).append('\n');
      config.file(absolute.toString());
    }
    if (arguments.readsStandardInput()) {
      try {
        content.append(new String(standardInput.readAllBytes(), StandardCharsets.ISO_8859_1));
      } catch (IOException unreadable) {
        throw new ConfigFileException(
            "Fatal error, can't read the standard input: " + unreadable.getMessage() + "\n");
      }
      content.append('\n');
    } else if (path == null) {
      content.append('\n');
    }
    content.append(arguments.options());
    load(content.toString());
  }

  /** Reads lines. */
  public void load(String content) throws ConfigFileException {
    config.all().forEach(directive -> directive.loading(true));
    try {
      load(content, 0);
    } finally {
      config.all().forEach(directive -> directive.loading(false));
    }
    if (config.cluster.enabled.value() && config.replication.replicaof.value().isSet()) {
      throw ConfigFileException.at(
          product, 0, null, "replicaof directive not allowed in cluster mode");
    }
  }

  private void load(String content, int depth) throws ConfigFileException {
    String[] lines = content.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = trim(lines[i]);
      if (line.isEmpty() || line.charAt(0) == '#') {
        continue;
      }
      try {
        List<String> words = Words.split(line);
        if (words == null) {
          throw new ConfigException("Unbalanced quotes in configuration line");
        }
        if (!words.isEmpty()) {
          directive(words, depth);
        }
      } catch (ConfigException refused) {
        throw ConfigFileException.at(product, i + 1, line, refused.text());
      }
    }
  }

  static String trim(String line) {
    int from = 0;
    int to = line.length();
    while (from < to && " \t\r\n".indexOf(line.charAt(from)) >= 0) {
      from++;
    }
    while (to > from && " \t\r\n".indexOf(line.charAt(to - 1)) >= 0) {
      to--;
    }
    return line.substring(from, to);
  }

  private void directive(List<String> words, int depth)
      throws ConfigException, ConfigFileException {
    String name = words.get(0).toLowerCase(Locale.ROOT);
    List<String> arguments = words.subList(1, words.size());
    Directive directive = config.find(name);
    if (directive != null) {
      boolean oneText = directive.takesManyArguments() && arguments.size() == 1;
      if (oneText && !arguments.get(0).isEmpty()) {
        arguments = Arrays.asList(arguments.get(0).split(" ", -1));
      }
      directive.set(arguments);
      return;
    }
    switch (name) {
      case "include" -> {
        if (arguments.size() != 1) {
          throw badLine();
        }
        include(arguments.get(0), depth);
      }
      case "loadmodule" ->
          throw new ConfigException("Modules are not supported: there is nothing that loads them");
      case "sentinel" -> throw new ConfigException("sentinel directive while not in sentinel mode");
      case "user" -> {
        if (words.size() < 2) {
          throw badLine();
        }
        config.addUserLine(words);
      }
      case "rename-command" -> {
        if (words.size() != 3) {
          throw badLine();
        }
        config.addRenameLine(words);
      }
      case "list-max-ziplist-entries", "list-max-ziplist-value" -> {
        // Redis ignores these since 3.2, whatever their value.
        if (arguments.size() != 1) {
          throw badLine();
        }
      }
      default -> throw badLine();
    }
  }

  private static ConfigException badLine() {
    return new ConfigException("Bad directive or wrong number of arguments");
  }

  private void include(String pattern, int depth) throws ConfigFileException, ConfigException {
    if (depth >= INCLUDE_DEPTH_MAX) {
      throw new ConfigException("Too many nested includes");
    }
    String path = new String(pattern.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    for (Path file : expand(path)) {
      load(read(file.toAbsolutePath(), file.toString()), depth + 1);
    }
  }

  /** The files that fit a glob in its last part, in order; a plain path is itself. */
  private static List<Path> expand(String pattern) throws ConfigException {
    Path path = Path.of(pattern);
    Path name = path.getFileName();
    if (name == null || !GlobPattern.isPattern(name.toString())) {
      return List.of(path);
    }
    Path parent = path.getParent();
    List<Path> files = new ArrayList<>();
    Path directory = parent == null ? Path.of("") : parent;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, name.toString())) {
      found.forEach(files::add);
    } catch (NoSuchFileException nothingFits) {
      return files;
    } catch (IOException unreadable) {
      throw new ConfigException("Can't list '" + pattern + "': " + unreadable.getMessage());
    }
    files.sort(null);
    return files;
  }

  private static String read(Path file, String shown) throws ConfigFileException {
    String why;
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException missing) {
      why = "No such file or directory";
    } catch (java.nio.file.AccessDeniedException denied) {
      why = "Permission denied";
    } catch (IOException unreadable) {
      why = String.valueOf(unreadable.getMessage());
    }
    throw new ConfigFileException(
        "Fatal error, can't open config file '" + shown + "': " + why + "\n");
  }
}
