package dev.millrace.engine.integration;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts what a server sends into whole replies, without looking deeper than that takes.
 *
 * <p>Owned by: the test's thread.
 */
final class ReplyFrames {
  private final InputStream in;
  private byte[] buffer = new byte[1 << 16];
  private int start;
  private int position;
  private int end;

  ReplyFrames(InputStream in) {
    this.in = in;
  }

  /** The bytes of the next reply. */
  byte[] next() throws IOException {
    start = position;
    skipReply();
    return Arrays.copyOfRange(buffer, start, position);
  }

  private void skipReply() throws IOException {
    long replies = 1;
    while (replies > 0) {
      replies--;
      int kind = oneByte();
      switch (kind) {
        case '+', '-', ':', ',', '#', '_', '(' -> skipLine();
        case '$', '=', '!' -> {
          long length = number();
          if (length >= 0) {
            need(Math.toIntExact(length) + 2);
            position += (int) length + 2;
          }
        }
        case '*', '~', '>' -> replies += Math.max(0, number());
        case '%' -> replies += 2 * number();
        case '|' -> replies += 2 * number() + 1;
        default -> throw new IOException("not a reply: byte " + kind);
      }
    }
  }

  private void skipLine() throws IOException {
    while (oneByte() != '\n') {
      // up to the end of the line
    }
  }

  private long number() throws IOException {
    long value = 0;
    boolean negative = false;
    while (true) {
      int next = oneByte();
      switch (next) {
        case '-' -> negative = true;
        case '\r' -> {
          oneByte();
          return negative ? -value : value;
        }
        default -> value = 10 * value + (next - '0');
      }
    }
  }

  private int oneByte() throws IOException {
    need(1);
    return buffer[position++] & 0xff;
  }

  private void need(int bytes) throws IOException {
    while (end - position < bytes) {
      if (start > 0) {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        position -= start;
        end -= start;
        start = 0;
      }
      if (buffer.length - position < bytes || end == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, position + bytes));
      }
      int read = in.read(buffer, end, buffer.length - end);
      if (read < 0) {
        throw new EOFException("the server closed the connection");
      }
      end += read;
    }
  }
}
