package dev.millrace.engine.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects directives as they are declared. A name may be followed by a bar and an older alias. */
final class Declarations {
  static final long INT_MAX = Integer.MAX_VALUE;
  static final long INT_MIN = Integer.MIN_VALUE;
  static final long LONG_MAX = Long.MAX_VALUE;
  static final long MEGA = 1024L * 1024;

  /** What else is to be said of a directive. */
  enum Trait {
    IMMUTABLE,
    HIDDEN,
    PROTECTED,
    SENSITIVE,
    MANY_ARGUMENTS
  }

  private final List<Directive> all = new ArrayList<>();

  List<Directive> all() {
    return all;
  }

  BooleanDirective bool(String names, boolean initial, Trait... traits) {
    return add(new BooleanDirective(name(names), alias(names), initial), traits);
  }

  NumberDirective integer(String names, long initial, long min, long max, Trait... traits) {
    return number(names, NumberDirective.Form.INTEGER, initial, min, max, traits);
  }

  NumberDirective memory(String names, long initial, long min, long max, Trait... traits) {
    return number(names, NumberDirective.Form.MEMORY, initial, min, max, traits);
  }

  NumberDirective number(
      String names, NumberDirective.Form form, long initial, long min, long max, Trait... traits) {
    return add(new NumberDirective(name(names), alias(names), form, initial, min, max), traits);
  }

  <E extends Enum<E>> ChoiceDirective<E> choice(String names, E initial, Trait... traits) {
    return add(new ChoiceDirective<>(name(names), alias(names), initial), traits);
  }

  TextDirective text(String names, String initial, Trait... traits) {
    return add(new TextDirective(name(names), alias(names), initial, null), traits);
  }

  TextDirective text(
      String names, String initial, TextDirective.Validator validator, Trait... traits) {
    return add(new TextDirective(name(names), alias(names), initial, validator), traits);
  }

  <T> ValueDirective<T> value(
      String names, ValueDirective.Format<T> format, T initial, Trait... traits) {
    return add(new ValueDirective<>(name(names), alias(names), format, initial), traits);
  }

  private <D extends Directive> D add(D directive, Trait... traits) {
    for (Trait trait : traits) {
      switch (trait) {
        case IMMUTABLE -> directive.markImmutable();
        case HIDDEN -> directive.markHidden();
        case PROTECTED -> directive.markProtected();
        case SENSITIVE -> directive.markSensitive();
        case MANY_ARGUMENTS -> directive.markManyArguments();
      }
    }
    all.add(directive);
    return directive;
  }

  private static String name(String names) {
    int bar = names.indexOf('|');
    return bar < 0 ? names : names.substring(0, bar);
  }

  private static @Nullable String alias(String names) {
    int bar = names.indexOf('|');
    return bar < 0 ? null : names.substring(bar + 1);
  }
}
