package dev.millrace.engine.admin;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Collects the lines of INFO.
 *
 * <p>Owned by: executor thread.
 */
public final class InfoWriter {
  private final StringBuilder text = new StringBuilder();

  void section(InfoSection section) {
    if (!text.isEmpty()) {
      text.append("\r\n");
    }
    text.append("# ").append(section.heading()).append("\r\n");
    section.write(this);
  }

  /** A number. */
  public void field(String name, long value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  /** A text; its chars are bytes. */
  public void field(String name, String value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  /** A yes or no as 1 or 0. */
  public void field(String name, boolean value) {
    field(name, value ? 1 : 0);
  }

  /** A number with two digits after the point. */
  public void decimal(String name, double value) {
    field(name, String.format(Locale.ROOT, "%.2f", value));
  }

  /** A percentage with two digits after the point. */
  public void percent(String name, long part, long whole) {
    field(name, String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 0 : part * 100.0 / whole));
  }

  /** Bytes, and in a second field the same for people. */
  public void memory(String name, long bytes) {
    field(name, bytes);
    field(name + "_human", human(bytes));
  }

  /** Bytes as people read them: {@code 943.32K}. */
  public static String human(long bytes) {
    String units = "KMGTP";
    if (bytes < 1024) {
      return bytes + "B";
    }
    double amount = bytes;
    int unit = -1;
    while (amount >= 1024 && unit < units.length() - 1) {
      amount /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f%c", amount, units.charAt(unit));
  }

  byte[] bytes() {
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
