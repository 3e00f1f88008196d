package dev.millrace.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The master this server replicates ({@code replicaof}); the empty host means it is a master
 * itself.
 *
 * @param host name or address, or empty
 * @param port 0 without a host
 */
public record ReplicaOf(String host, int port) {
  /** No master. */
  public static final ReplicaOf NO_ONE = new ReplicaOf("", 0);

  /** True when there is a master to replicate. */
  public boolean isSet() {
    return !host.isEmpty();
  }

  /** Two words: host and port, or {@code no one}. */
  static final class Format implements ValueDirective.Format<ReplicaOf> {
    @Override
    public ReplicaOf parse(List<String> words, @Nullable ReplicaOf before, ReplicaOf now)
        throws ConfigException {
      if (words.size() != 2) {
        throw new ConfigException("wrong number of arguments");
      }
      if (words.get(0).equalsIgnoreCase("no") && words.get(1).equalsIgnoreCase("one")) {
        return NO_ONE;
      }
      try {
        int port = Integer.parseInt(words.get(1));
        if (port >= 0 && port <= 65535) {
          return new ReplicaOf(words.get(0), port);
        }
      } catch (NumberFormatException notANumber) {
        // Falls through to the error below.
      }
      throw new ConfigException("Invalid master port");
    }

    @Override
    public String text(ReplicaOf value) {
      return value.isSet() ? value.host + " " + value.port : "";
    }

    @Override
    public List<Directive.FileLine> lines(String name, ReplicaOf value, ReplicaOf initial) {
      if (!value.isSet()) {
        return List.of();
      }
      return List.of(new Directive.FileLine(name + " " + text(value), true));
    }
  }
}
