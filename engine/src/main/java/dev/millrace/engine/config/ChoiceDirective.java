package dev.millrace.engine.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A directive that is one of a few words. The words are the names of an enum's constants in lower
 * case, underscores written as hyphens, unless the enum says otherwise by implementing {@link
 * Worded}.
 *
 * @param <E> the enum
 */
public final class ChoiceDirective<E extends Enum<E>> extends Directive {
  /** An enum whose words are not simply its names. */
  public interface Worded {
    /** The word that stands in the file. */
    String word();
  }

  private final E[] choices;
  private final E initial;
  private volatile E value;

  ChoiceDirective(String name, @Nullable String alias, E initial) {
    super(name, alias);
    this.choices = initial.getDeclaringClass().getEnumConstants();
    this.initial = initial;
    this.value = initial;
  }

  /** The present value. */
  public E value() {
    return value;
  }

  /** Sets it from within the server. */
  public void value(E choice) {
    this.value = choice;
  }

  static String word(Enum<?> choice) {
    if (choice instanceof Worded worded) {
      return worded.word();
    }
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  void parse(List<String> arguments) throws ConfigException {
    for (E choice : choices) {
      if (word(choice).equalsIgnoreCase(arguments.get(0))) {
        value = choice;
        return;
      }
    }
    throw oneOf(choices);
  }

  static ConfigException oneOf(Enum<?>[] choices) {
    return new ConfigException(
        Arrays.stream(choices)
            .map(ChoiceDirective::word)
            .collect(Collectors.joining(", ", "argument(s) must be one of the following: ", "")));
  }

  @Override
  public String text() {
    return word(value);
  }

  @Override
  Object snapshot() {
    return value;
  }

  @Override
  void restore(Object snapshot) {
    value = initial.getDeclaringClass().cast(snapshot);
  }

  @Override
  Object defaultSnapshot() {
    return initial;
  }
}
