package dev.millrace.engine.config;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One configuration directive: its names, how its value is read and written, who is told when it
 * changes. Subclasses hold the value in a volatile field of its own type, so that reading it costs
 * one load and no lookup.
 *
 * <p>Texts hold one byte per char (ISO-8859-1), for a password may be any bytes.
 *
 * <p>Set by: the thread that starts the server, then the executor thread. Read by: any thread.
 */
public abstract class Directive {
  /** Puts a new value into effect. */
  @FunctionalInterface
  public interface Applier {
    /**
     * Called after the value was set by CONFIG SET, and again after it was set back.
     *
     * @throws ConfigException when it cannot be put into effect: the old value is restored
     */
    void apply() throws ConfigException;
  }

  private final String name;
  private final @Nullable String alias;
  private boolean immutable;
  private boolean hidden;
  private boolean guarded;
  private boolean sensitive;
  private boolean manyArguments;
  private @Nullable Applier applier;

  Directive(String name, @Nullable String alias) {
    this.name = name;
    this.alias = alias;
  }

  /** The name under which it is written to the file. */
  public final String name() {
    return name;
  }

  /** An older name that is understood too, or null. */
  public final @Nullable String alias() {
    return alias;
  }

  /** True when only the file and the command line may set it. */
  public final boolean isImmutable() {
    return immutable;
  }

  /** True when CONFIG GET shows it only if asked by its exact name. */
  public final boolean isHidden() {
    return hidden;
  }

  /** True when CONFIG SET needs {@code enable-protected-configs}. */
  public final boolean isProtected() {
    return guarded;
  }

  /** True when its value is a secret that no log may show. */
  public final boolean isSensitive() {
    return sensitive;
  }

  /** True when it takes several arguments, which CONFIG SET gets as one text. */
  public final boolean takesManyArguments() {
    return manyArguments;
  }

  /** Says who puts new values into effect. Only while the server starts. */
  public final void onChange(Applier value) {
    this.applier = value;
  }

  final @Nullable Applier applier() {
    return applier;
  }

  final void markImmutable() {
    immutable = true;
  }

  final void markHidden() {
    hidden = true;
  }

  final void markProtected() {
    guarded = true;
  }

  final void markSensitive() {
    sensitive = true;
  }

  final void markManyArguments() {
    manyArguments = true;
  }

  /** Sets the value from its arguments; nothing changes when it throws. */
  final void set(List<String> arguments) throws ConfigException {
    if (!manyArguments && arguments.size() != 1) {
      throw new ConfigException("wrong number of arguments");
    }
    parse(arguments);
  }

  /** Tells whether the file and the command line are being read. */
  void loading(boolean on) {}

  abstract void parse(List<String> arguments) throws ConfigException;

  /** The value as CONFIG GET answers it. */
  public abstract String text();

  /** The value as an immutable object, for {@link #restore}. */
  abstract Object snapshot();

  abstract void restore(Object snapshot);

  /** The value it has when nobody sets it. */
  abstract Object defaultSnapshot();

  /** True while it has the value that nobody set. */
  public final boolean isDefault() {
    return Objects.equals(snapshot(), defaultSnapshot());
  }

  /** The lines that CONFIG REWRITE writes for the present value. */
  List<FileLine> fileLines() {
    return List.of(new FileLine(name + " " + fileText(), !isDefault()));
  }

  /** The value as it stands in a line of the file. */
  String fileText() {
    return text();
  }

  /**
   * A line for the file.
   *
   * @param force whether it is added when the file has no such line yet
   */
  record FileLine(String text, boolean force) {}
}
