package dev.millrace.engine.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule of {@code save}: take a snapshot when so many changes happened in so many seconds.
 *
 * @param seconds at least 1
 * @param changes at least 0
 */
public record SavePoint(long seconds, long changes) {
  static final List<SavePoint> DEFAULT =
      List.of(new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10000));

  /** Lines add up; an empty text takes all rules away. */
  static final class Format implements ValueDirective.Format<List<SavePoint>> {
    @Override
    public List<SavePoint> parse(
        List<String> arguments, @Nullable List<SavePoint> before, List<SavePoint> now)
        throws ConfigException {
      if (arguments.isEmpty() || (arguments.size() == 1 && arguments.get(0).isEmpty())) {
        return List.of();
      }
      List<SavePoint> points = new ArrayList<>();
      if (before != null) {
        points.addAll(before);
      }
      if (arguments.size() % 2 != 0) {
        throw new ConfigException("Invalid save parameters");
      }
      for (int i = 0; i < arguments.size(); i += 2) {
        long seconds = number(arguments.get(i));
        long changes = number(arguments.get(i + 1));
        if (seconds < 1 || changes < 0) {
          throw new ConfigException("Invalid save parameters");
        }
        points.add(new SavePoint(seconds, changes));
      }
      return List.copyOf(points);
    }

    private static long number(String text) throws ConfigException {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException notANumber) {
        throw new ConfigException("Invalid save parameters");
      }
    }

    @Override
    public String text(List<SavePoint> points) {
      List<String> words = new ArrayList<>();
      for (SavePoint point : points) {
        words.add(point.seconds + " " + point.changes);
      }
      return String.join(" ", words);
    }

    @Override
    public List<Directive.FileLine> lines(
        String name, List<SavePoint> points, List<SavePoint> initial) {
      if (points.isEmpty()) {
        return List.of(new Directive.FileLine(name + " \"\"", true));
      }
      List<Directive.FileLine> lines = new ArrayList<>();
      // Every one of them, or the ones left out would be lost to those that are written.
      for (SavePoint point : points) {
        String line = name + " " + point.seconds + " " + point.changes;
        lines.add(new Directive.FileLine(line, true));
      }
      return lines;
    }
  }
}
