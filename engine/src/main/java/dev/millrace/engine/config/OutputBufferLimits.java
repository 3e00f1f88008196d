package dev.millrace.engine.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much output may wait for a client of each kind ({@code client-output-buffer-limit}).
 *
 * <p>For replicas the limit is accepted and kept, but a slow replica is never disconnected by it:
 * it is served from the log on disk (law L4).
 */
public record OutputBufferLimits(Limit normal, Limit replica, Limit pubsub) {
  /**
   * One kind's limit; 0 means none.
   *
   * @param hardBytes a client over this is closed at once
   * @param softBytes a client over this for {@code softSeconds} is closed
   */
  public record Limit(long hardBytes, long softBytes, long softSeconds) {
    private String text() {
      return hardBytes + " " + softBytes + " " + softSeconds;
    }

    private String fileText() {
      return MemoryText.format(hardBytes) + " " + MemoryText.format(softBytes) + " " + softSeconds;
    }
  }

  private static final long MEGA = 1024L * 1024;

  static final OutputBufferLimits DEFAULT =
      new OutputBufferLimits(
          new Limit(0, 0, 0),
          new Limit(256 * MEGA, 64 * MEGA, 60),
          new Limit(32 * MEGA, 8 * MEGA, 60));

  /** Groups of four words: class, hard limit, soft limit, seconds. */
  static final class Format implements ValueDirective.Format<OutputBufferLimits> {
    @Override
    public OutputBufferLimits parse(
        List<String> words, @Nullable OutputBufferLimits before, OutputBufferLimits now)
        throws ConfigException {
      if (words.size() % 4 != 0) {
        throw new ConfigException("Wrong number of arguments in buffer limit configuration.");
      }
      OutputBufferLimits result = now;
      for (int i = 0; i < words.size(); i += 4) {
        String kind = words.get(i).toLowerCase(Locale.ROOT);
        if (!kind.equals("normal")
            && !kind.equals("slave")
            && !kind.equals("replica")
            && !kind.equals("pubsub")) {
          throw new ConfigException(
              "Invalid client class specified in buffer limit configuration.");
        }
        Limit limit = limit(words.get(i + 1), words.get(i + 2), words.get(i + 3));
        result =
            switch (kind) {
              case "normal" -> new OutputBufferLimits(limit, result.replica, result.pubsub);
              case "pubsub" -> new OutputBufferLimits(result.normal, result.replica, limit);
              default -> new OutputBufferLimits(result.normal, limit, result.pubsub);
            };
      }
      return result;
    }

    private static Limit limit(String hard, String soft, String seconds) throws ConfigException {
      try {
        Limit limit =
            new Limit(MemoryText.parse(hard), MemoryText.parse(soft), Long.parseLong(seconds));
        if (limit.hardBytes >= 0 && limit.softBytes >= 0 && limit.softSeconds >= 0) {
          return limit;
        }
      } catch (NumberFormatException notANumber) {
        // Falls through to the error below.
      }
      throw new ConfigException(
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }

    @Override
    public String text(OutputBufferLimits limits) {
      return "normal "
          + limits.normal.text()
          + " slave "
          + limits.replica.text()
          + " pubsub "
          + limits.pubsub.text();
    }

    @Override
    public List<Directive.FileLine> lines(
        String name, OutputBufferLimits value, OutputBufferLimits initial) {
      List<Directive.FileLine> lines = new ArrayList<>();
      lines.add(line(name + " normal ", value.normal, initial.normal));
      lines.add(line(name + " replica ", value.replica, initial.replica));
      lines.add(line(name + " pubsub ", value.pubsub, initial.pubsub));
      return lines;
    }

    private static Directive.FileLine line(String start, Limit value, Limit initial) {
      return new Directive.FileLine(start + value.fileText(), !value.equals(initial));
    }
  }
}
