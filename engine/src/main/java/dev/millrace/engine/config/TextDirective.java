package dev.millrace.engine.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directive that is a text: a path, a name, a password. Empty means not set. */
public final class TextDirective extends Directive {
  /** Looks at a new value before it is taken. */
  @FunctionalInterface
  interface Validator {
    /** The text to store for {@code text}. */
    String accept(String text) throws ConfigException;
  }

  private final String initial;
  private final @Nullable Validator validator;
  private volatile String raw;
  private volatile String value;

  TextDirective(
      String name, @Nullable String alias, String initial, @Nullable Validator validator) {
    super(name, alias);
    this.initial = initial;
    this.validator = validator;
    this.raw = initial;
    this.value = decode(initial);
  }

  private static String decode(String latin) {
    return new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** The present value, its bytes read as UTF-8; empty when not set. */
  public String value() {
    return value;
  }

  /** The present value's bytes. */
  public byte[] bytes() {
    return raw.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** True when it has a value. */
  public boolean isSet() {
    return !raw.isEmpty();
  }

  @Override
  void parse(List<String> arguments) throws ConfigException {
    String text = arguments.get(0);
    store(validator == null ? text : validator.accept(text));
  }

  private void store(String text) {
    raw = text;
    value = decode(text);
  }

  @Override
  public String text() {
    return raw;
  }

  @Override
  List<FileLine> fileLines() {
    // A text that is not set can only be told by having no line at all.
    return isSet() ? super.fileLines() : List.of();
  }

  @Override
  String fileText() {
    return Words.quote(raw);
  }

  @Override
  Object snapshot() {
    return raw;
  }

  @Override
  void restore(Object snapshot) {
    store((String) snapshot);
  }

  @Override
  Object defaultSnapshot() {
    return initial;
  }
}
