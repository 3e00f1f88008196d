package dev.millrace.engine.config;

import java.util.Locale;

/**
 * A pattern for names: {@code *}, {@code ?}, {@code [a-c]}, {@code [^x]}, and a backslash before a
 * char that stands for itself. Compares without regard to case. Linear in practice: a star is
 * retried only from the last one seen.
 */
public final class GlobPattern {
  private final String pattern;

  private GlobPattern(String pattern) {
    this.pattern = pattern.toLowerCase(Locale.ROOT);
  }

  /** A pattern that ignores case. */
  public static GlobPattern ignoringCase(String pattern) {
    return new GlobPattern(pattern);
  }

  /** True when {@code text} has a char that makes it more than a plain name. */
  public static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
  }

  /** True when all of {@code name} fits the pattern. */
  public boolean matches(String name) {
    String text = name.toLowerCase(Locale.ROOT);
    int p = 0;
    int t = 0;
    int starPattern = -1;
    int starText = 0;
    while (true) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        starPattern = ++p;
        starText = t;
        continue;
      }
      if (t == text.length() && p == pattern.length()) {
        return true;
      }
      int next = t < text.length() && p < pattern.length() ? one(p, text.charAt(t)) : -1;
      if (next >= 0) {
        p = next;
        t++;
      } else if (starPattern >= 0 && starText < text.length()) {
        p = starPattern;
        t = ++starText;
      } else {
        return false;
      }
    }
  }

  /** Matches one char against the element at {@code p}: the position after it, or -1. */
  private int one(int p, char c) {
    char element = pattern.charAt(p);
    if (element == '?') {
      return p + 1;
    }
    if (element == '[') {
      return set(p + 1, c);
    }
    if (element == '\\' && p + 1 < pattern.length()) {
      return pattern.charAt(p + 1) == c ? p + 2 : -1;
    }
    return element == c ? p + 1 : -1;
  }

  private int set(int start, char c) {
    int p = start;
    boolean negated = p < pattern.length() && pattern.charAt(p) == '^';
    if (negated) {
      p++;
    }
    boolean found = false;
    while (p < pattern.length() && pattern.charAt(p) != ']') {
      char low = pattern.charAt(p);
      if (low == '\\' && p + 1 < pattern.length()) {
        found |= pattern.charAt(p + 1) == c;
        p += 2;
      } else if (p + 2 < pattern.length() && pattern.charAt(p + 1) == '-') {
        char high = pattern.charAt(p + 2);
        found |= c >= Math.min(low, high) && c <= Math.max(low, high);
        p += 3;
      } else {
        found |= low == c;
        p++;
      }
    }
    // A set that is never closed ends with the pattern.
    int after = Math.min(p + 1, pattern.length());
    return found != negated ? after : -1;
  }
}
