package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.RealText;

/** Doubles as text, as C prints them. */
public final class DoubleText {
  private DoubleText() {}

  /** A finite double as {@code printf("%.17g")} prints it. Allocates. */
  public static String percent17g(double value) {
    return RealText.text(value);
  }
}
