package dev.millrace.engine.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a RESP2 reply from its text: arrays as lists, all else as text, nulls as null. */
final class Wire {
  private final String text;
  private int at;

  private Wire(String text) {
    this.text = text;
  }

  static @Nullable Object read(String text) {
    Wire wire = new Wire(text);
    Object value = wire.value();
    if (wire.at != text.length()) {
      throw new AssertionError("more than one reply: " + text);
    }
    return value;
  }

  static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  /** A flat list of names and values. */
  static Map<String, Object> map(@Nullable Object value) {
    List<?> flat = list(value);
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      map.put((String) flat.get(i), flat.get(i + 1));
    }
    return map;
  }

  private String line() {
    int end = text.indexOf("\r\n", at);
    String line = text.substring(at, end);
    at = end + 2;
    return line;
  }

  private @Nullable Object value() {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', '-', ':' -> rest;
      case '$' -> {
        int length = Integer.parseInt(rest);
        if (length < 0) {
          yield null;
        }
        String value = text.substring(at, at + length);
        at += length + 2;
        yield value;
      }
      case '*' -> {
        int length = Integer.parseInt(rest);
        if (length < 0) {
          yield null;
        }
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < length; i++) {
          values.add(value());
        }
        yield values;
      }
      default -> throw new AssertionError("not RESP2: " + line);
    };
  }
}
