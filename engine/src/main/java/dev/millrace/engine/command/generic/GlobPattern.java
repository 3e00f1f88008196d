package dev.millrace.engine.command.generic;

import dev.millrace.engine.memory.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Redis's glob patterns over bytes: {@code *} any run, {@code ?} any byte, {@code [a-z]} and {@code
 * [^a-z]} classes, {@code \} to take the next byte as it is. An unclosed class ends with the
 * pattern.
 *
 * <p>Instead of recursing at every star, a mismatch goes back to the last star only, which is
 * enough for globs and bounds the work by the product of the two lengths, whatever the pattern. Two
 * habits of Redis are kept because clients can see them: a pattern of stars only does not match the
 * empty string (its callers treat a single star as "everything" beforehand), and nothing matches
 * beyond {@link #STARS_MAX} stars.
 *
 * <p>Stateless; any thread.
 */
public final class GlobPattern {
  /** Redis gives up at this depth of nested stars. */
  static final int STARS_MAX = 1000;

  private GlobPattern() {}

  /** Whether the bytes at {@code string} match the pattern at {@code pattern}. */
  public static boolean matches(long pattern, int patternLength, long string, int stringLength) {
    return matches(pattern, patternLength, null, string, stringLength, false);
  }

  /** Whether {@code string} matches the pattern, ASCII letters being equal in either case. */
  public static boolean matchesIgnoringCase(long pattern, int patternLength, byte[] string) {
    return matches(pattern, patternLength, string, 0, string.length, true);
  }

  /** Whether {@code string} matches the pattern. */
  public static boolean matches(long pattern, int patternLength, byte[] string) {
    return matches(pattern, patternLength, string, 0, string.length, false);
  }

  /** Whether the pattern is the single star, which stands for everything, the empty key too. */
  public static boolean isEverything(long pattern, int patternLength) {
    return patternLength == 1 && Memory.getByte(pattern) == '*';
  }

  private static boolean matches(
      long pattern,
      int patternLength,
      byte @Nullable [] heap,
      long string,
      int stringLength,
      boolean ignoreCase) {
    if (stringLength == 0) {
      return patternLength == 0;
    }
    int p = 0;
    int s = 0;
    int stars = 0;
    int afterStar = -1; // where the pattern goes on after the last star
    int starFrom = 0; // where in the string that star's run is tried to end next
    while (s < stringLength) {
      byte next = p < patternLength ? Memory.getByte(pattern + p) : 0;
      if (p < patternLength && next == '*') {
        p = skipStars(pattern, patternLength, p);
        if (p == patternLength) {
          return true;
        }
        if (++stars > STARS_MAX) {
          return false;
        }
        afterStar = p;
        starFrom = s;
        continue;
      }
      int matched =
          p == patternLength
              ? -1
              : element(pattern, patternLength, p, next, byteAt(heap, string, s), ignoreCase);
      if (matched >= 0) {
        p = matched;
        s++;
      } else if (afterStar >= 0) {
        p = afterStar;
        s = ++starFrom;
      } else {
        return false;
      }
    }
    return skipStars(pattern, patternLength, p) == patternLength;
  }

  private static int skipStars(long pattern, int patternLength, int from) {
    int p = from;
    while (p < patternLength && Memory.getByte(pattern + p) == '*') {
      p++;
    }
    return p;
  }

  /** Matches one byte with the element at {@code p}: where the pattern goes on, or -1. */
  private static int element(
      long pattern, int patternLength, int p, byte first, byte value, boolean ignoreCase) {
    switch (first) {
      case '?':
        return p + 1;
      case '[':
        return inClass(pattern, patternLength, p + 1, value, ignoreCase);
      case '\\':
        if (p + 1 < patternLength) {
          return same(Memory.getByte(pattern + p + 1), value, ignoreCase) ? p + 2 : -1;
        }
        break;
      default:
        break;
    }
    return same(first, value, ignoreCase) ? p + 1 : -1;
  }

  /** Matches with the class whose inside begins at {@code from}; escaped bytes keep their case. */
  private static int inClass(
      long pattern, int patternLength, int from, byte value, boolean ignoreCase) {
    int p = from;
    boolean inverted = p < patternLength && Memory.getByte(pattern + p) == '^';
    if (inverted) {
      p++;
    }
    boolean found = false;
    while (p < patternLength) {
      byte b = Memory.getByte(pattern + p);
      int left = patternLength - p;
      if (b == '\\' && left >= 2) {
        found |= Memory.getByte(pattern + p + 1) == value;
        p += 2;
      } else if (b == ']') {
        p++;
        break;
      } else if (left >= 3 && Memory.getByte(pattern + p + 1) == '-') {
        found |= inRange(b, Memory.getByte(pattern + p + 2), value, ignoreCase);
        p += 3;
      } else {
        found |= same(b, value, ignoreCase);
        p++;
      }
    }
    return found == inverted ? -1 : p;
  }

  /** Bytes are compared as signed ones, as the C compilers on the machines Redis runs on do. */
  private static boolean inRange(byte a, byte b, byte value, boolean ignoreCase) {
    byte low = (byte) Math.min(a, b);
    byte high = (byte) Math.max(a, b);
    if (ignoreCase) {
      byte folded = lower(value);
      return folded >= lower(low) && folded <= lower(high);
    }
    return value >= low && value <= high;
  }

  private static boolean same(byte a, byte b, boolean ignoreCase) {
    return a == b || (ignoreCase && lower(a) == lower(b));
  }

  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }

  private static byte byteAt(byte @Nullable [] heap, long string, int index) {
    return heap != null ? heap[index] : Memory.getByte(string + index);
  }
}
