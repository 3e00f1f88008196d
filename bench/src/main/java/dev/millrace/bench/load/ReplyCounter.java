package dev.millrace.bench.load;

import java.nio.ByteBuffer;

/**
 * Counts whole RESP2 replies in what a connection reads, however it is cut; bulk strings are
 * skipped over. An error reply ends the run: a figure of refused requests would mean nothing.
 *
 * <p>Owned by: one generator thread.
 */
final class ReplyCounter {
  private static final int LINE_MAX = 1 << 16;

  /** Bytes of a bulk string, its line end included, that are still to come. */
  private long skip;

  /** Replies still to come within the outermost array, plus the array itself. */
  private long nested = 1;

  private final StringBuilder line = new StringBuilder();

  /**
   * Takes all that the buffer holds.
   *
   * @return how many replies were completed
   * @throws IllegalStateException at an error reply, with its text
   */
  int count(ByteBuffer in) {
    int whole = 0;
    while (in.hasRemaining()) {
      if (skip > 0) {
        int step = (int) Math.min(skip, in.remaining());
        in.position(in.position() + step);
        skip -= step;
        if (skip == 0) {
          whole += end();
        }
      } else {
        whole += headLine(in);
      }
    }
    return whole;
  }

  private int headLine(ByteBuffer in) {
    // Nearly every reply lies whole in the buffer and is short.
    if (line.isEmpty()
        && in.remaining() >= 5
        && in.get(in.position()) == '+'
        && in.get(in.position() + 4) == '\n') {
      in.position(in.position() + 5);
      return end();
    }
    while (in.hasRemaining()) {
      char next = (char) in.get();
      if (next == '\n') {
        return endOfLine();
      }
      if (line.length() == LINE_MAX) {
        throw new IllegalStateException(
            "a reply's first line has no end: " + line.substring(0, 80));
      }
      line.append(next);
    }
    return 0;
  }

  private int endOfLine() {
    char type = line.charAt(0);
    if (type == '-') {
      throw new IllegalStateException("the server said: " + line);
    }
    if (type == '$' || type == '*') {
      long length = Long.parseLong(line, 1, line.length() - 1, 10);
      line.setLength(0);
      if (type == '*' && length > 0) {
        nested += length - 1;
        return 0;
      }
      if (type == '$' && length >= 0) {
        skip = length + 2;
        return 0;
      }
      return end();
    }
    if (type != '+' && type != ':') {
      throw new IllegalStateException("not a reply of RESP2: " + line);
    }
    line.setLength(0);
    return end();
  }

  private int end() {
    nested--;
    if (nested > 0) {
      return 0;
    }
    nested = 1;
    return 1;
  }
}
