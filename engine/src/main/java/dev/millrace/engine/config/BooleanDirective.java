package dev.millrace.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directive that is yes or no. */
public final class BooleanDirective extends Directive {
  private final boolean initial;
  private volatile boolean value;

  BooleanDirective(String name, @Nullable String alias, boolean initial) {
    super(name, alias);
    this.initial = initial;
    this.value = initial;
  }

  /** The present value. */
  public boolean value() {
    return value;
  }

  /** Sets it from within the server. */
  public void value(boolean on) {
    this.value = on;
  }

  @Override
  void parse(List<String> arguments) throws ConfigException {
    String word = arguments.get(0);
    if (word.equalsIgnoreCase("yes")) {
      value = true;
    } else if (word.equalsIgnoreCase("no")) {
      value = false;
    } else {
      throw new ConfigException("argument must be 'yes' or 'no'");
    }
  }

  @Override
  public String text() {
    return value ? "yes" : "no";
  }

  @Override
  Object snapshot() {
    return value;
  }

  @Override
  void restore(Object snapshot) {
    value = (Boolean) snapshot;
  }

  @Override
  Object defaultSnapshot() {
    return initial;
  }
}
