package dev.millrace.bench.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * As many requests as one connection sends at once, encoded before the clock starts; before each
 * sending only the digits of the keys are written over. Owned by: one generator thread.
 */
final class RequestBatch {
  private static final int DIGITS = 12;
  private static final int GROUP = 10_000;

  /** Four decimal digits as they lie in memory. */
  private static final int[] FOUR_DIGITS = new int[GROUP];

  static {
    for (int i = 0; i < GROUP; i++) {
      int text = 0;
      for (int digit = 0, rest = i; digit < 4; digit++, rest /= 10) {
        text = text << 8 | '0' + rest % 10;
      }
      FOUR_DIGITS[i] = text;
    }
  }

  private final ByteBuffer bytes;
  private final int[] numbersAt;
  private final KeyDraw keys;

  /** A batch of that many requests of one form, with values of that many bytes. */
  RequestBatch(Form form, int requests, int valueBytes, KeyDraw keys) {
    this(form, requests, "x".repeat(valueBytes), keys);
  }

  /** A batch of that many requests of one form, all with this value, which is ASCII. */
  RequestBatch(Form form, int requests, String value, KeyDraw keys) {
    StringBuilder text = new StringBuilder();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      text.append('*').append(form.words().size()).append("\r\n");
      for (String word : form.words()) {
        String argument = word.equals("$") ? value : word.replace("#", "0".repeat(DIGITS));
        text.append('$').append(argument.length()).append("\r\n");
        if (word.endsWith("#")) {
          numbers.add(text.length() + argument.length() - DIGITS);
        }
        text.append(argument).append("\r\n");
      }
    }
    byte[] encoded = text.toString().getBytes(StandardCharsets.US_ASCII);
    this.bytes = ByteBuffer.allocateDirect(encoded.length).order(ByteOrder.LITTLE_ENDIAN);
    this.bytes.put(encoded).flip();
    this.numbersAt = numbers.stream().mapToInt(Integer::intValue).toArray();
    this.keys = keys;
  }

  /** The batch with new keys, from its first byte; to be written by the caller. */
  ByteBuffer drawn() {
    for (int at : numbersAt) {
      long key = keys.next();
      int low = (int) (key % ((long) GROUP * GROUP));
      bytes.putInt(at, FOUR_DIGITS[(int) (key / ((long) GROUP * GROUP))]);
      bytes.putInt(at + 4, FOUR_DIGITS[low / GROUP]);
      bytes.putInt(at + 8, FOUR_DIGITS[low % GROUP]);
    }
    return bytes.rewind();
  }

  /** What is not yet written of it. */
  ByteBuffer rest() {
    return bytes;
  }
}
