package dev.millrace.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directive whose value has parts, as one immutable object.
 *
 * @param <T> type of the object; equal values must be {@code equal}
 */
public final class ValueDirective<T> extends Directive {
  /** How the value is read and written. */
  interface Format<T> {
    /**
     * The value for some arguments.
     *
     * @param before the value so far, for a directive that may stand on several lines; null when it
     *     is to be replaced whole
     * @param now the present value
     */
    T parse(List<String> arguments, @Nullable T before, T now) throws ConfigException;

    /** As CONFIG GET answers it. */
    String text(T value);

    /** The lines of the file. */
    default List<FileLine> lines(String name, T value, T initial) {
      return List.of(new FileLine(name + " " + text(value), !value.equals(initial)));
    }
  }

  private final Format<T> format;
  private final T initial;
  private volatile T value;
  private boolean loading;
  private boolean loaded;

  ValueDirective(String name, @Nullable String alias, Format<T> format, T initial) {
    super(name, alias);
    this.format = format;
    this.initial = initial;
    this.value = initial;
  }

  /** The present value. */
  public T value() {
    return value;
  }

  /** Sets it from within the server. */
  public void value(T object) {
    this.value = object;
  }

  /** While files are read, a second line adds to the first; later a new value replaces the old. */
  @Override
  void loading(boolean on) {
    loading = on;
  }

  @Override
  void parse(List<String> arguments) throws ConfigException {
    value = format.parse(arguments, loading && loaded ? value : null, value);
    loaded |= loading;
  }

  @Override
  public String text() {
    return format.text(value);
  }

  @Override
  List<FileLine> fileLines() {
    return format.lines(name(), value, initial);
  }

  @Override
  Object snapshot() {
    return value;
  }

  @Override
  @SuppressWarnings("unchecked") // Only objects that snapshot() gave come back.
  void restore(Object snapshot) {
    value = (T) snapshot;
  }

  @Override
  Object defaultSnapshot() {
    return initial;
  }
}
