package dev.millrace.engine.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How directives that are lists of words or numbers are read and written. */
final class ListFormats {
  private static final int BIND_ADDRESSES_MAX = 16;
  private static final int OOM_VALUES = 3;
  private static final int OOM_ADJUSTMENT_MAX = 2000;

  private ListFormats() {}

  /** Addresses to listen on; a minus before one makes its absence no error. */
  static final class Bind implements ValueDirective.Format<List<String>> {
    @Override
    public List<String> parse(List<String> words, @Nullable List<String> before, List<String> now)
        throws ConfigException {
      if (words.size() > BIND_ADDRESSES_MAX) {
        throw new ConfigException("Too many bind addresses specified.");
      }
      boolean none = words.size() == 1 && words.get(0).isEmpty();
      return none ? List.of() : List.copyOf(words);
    }

    @Override
    public String text(List<String> value) {
      return String.join(" ", value);
    }

    @Override
    public List<Directive.FileLine> lines(String name, List<String> value, List<String> initial) {
      String text = value.isEmpty() ? "\"\"" : text(value);
      return List.of(new Directive.FileLine(name + " " + text, !value.equals(initial)));
    }
  }

  /** Percentiles from 0 to 100. */
  static final class Percentiles implements ValueDirective.Format<List<Double>> {
    @Override
    public List<Double> parse(List<String> words, @Nullable List<Double> before, List<Double> now)
        throws ConfigException {
      List<Double> result = new ArrayList<>();
      if (words.size() == 1 && words.get(0).isEmpty()) {
        return List.of();
      }
      for (String word : words) {
        double percentile;
        try {
          percentile = Double.parseDouble(word);
        } catch (NumberFormatException notANumber) {
          throw new ConfigException("Invalid latency-tracking-info-percentiles parameters");
        }
        if (!(percentile >= 0 && percentile <= 100)) {
          throw new ConfigException(
              "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        result.add(percentile);
      }
      return List.copyOf(result);
    }

    @Override
    public String text(List<Double> value) {
      List<String> words = new ArrayList<>();
      for (double percentile : value) {
        words.add(BigDecimal.valueOf(percentile).stripTrailingZeros().toPlainString());
      }
      return String.join(" ", words);
    }

    @Override
    public List<Directive.FileLine> lines(String name, List<Double> value, List<Double> initial) {
      String text = value.isEmpty() ? "\"\"" : text(value);
      return List.of(new Directive.FileLine(name + " " + text, !value.equals(initial)));
    }
  }

  /** Three numbers for /proc/self/oom_score_adj: master, replica, background child. */
  static final class OomScores implements ValueDirective.Format<List<Integer>> {
    @Override
    public List<Integer> parse(
        List<String> words, @Nullable List<Integer> before, List<Integer> now)
        throws ConfigException {
      if (words.size() != OOM_VALUES) {
        throw new ConfigException("wrong number of arguments");
      }
      List<Integer> result = new ArrayList<>();
      for (String word : words) {
        int adjustment = Integer.MAX_VALUE;
        try {
          adjustment = Integer.parseInt(word);
        } catch (NumberFormatException notANumber) {
          // Out of range like any other.
        }
        if (Math.abs((long) adjustment) > OOM_ADJUSTMENT_MAX) {
          throw new ConfigException(
              "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
        result.add(adjustment);
      }
      return List.copyOf(result);
    }

    @Override
    public String text(List<Integer> value) {
      return String.join(" ", value.stream().map(String::valueOf).toList());
    }
  }

  /** How to shut down on a signal: words that may be combined. */
  static final class ShutdownWords implements ValueDirective.Format<Set<ShutdownMode>> {
    @Override
    public Set<ShutdownMode> parse(
        List<String> words, @Nullable Set<ShutdownMode> before, Set<ShutdownMode> now)
        throws ConfigException {
      if (words.isEmpty()) {
        throw ChoiceDirective.oneOf(ShutdownMode.values());
      }
      Set<ShutdownMode> modes = EnumSet.noneOf(ShutdownMode.class);
      for (String word : words) {
        ShutdownMode mode = null;
        for (ShutdownMode known : ShutdownMode.values()) {
          if (ChoiceDirective.word(known).equalsIgnoreCase(word)) {
            mode = known;
          }
        }
        if (mode == null) {
          throw ChoiceDirective.oneOf(ShutdownMode.values());
        }
        modes.add(mode);
      }
      if (modes.size() > 1) {
        modes.remove(ShutdownMode.DEFAULT);
      }
      if (modes.contains(ShutdownMode.SAVE) && modes.contains(ShutdownMode.NOSAVE)) {
        throw new ConfigException("shutdown options SAVE and NOSAVE can't be used simultaneously");
      }
      return Set.copyOf(modes);
    }

    @Override
    public String text(Set<ShutdownMode> value) {
      List<String> words = new ArrayList<>();
      for (ShutdownMode mode : ShutdownMode.values()) {
        if (value.contains(mode)) {
          words.add(ChoiceDirective.word(mode));
        }
      }
      return String.join(" ", words);
    }
  }
}
