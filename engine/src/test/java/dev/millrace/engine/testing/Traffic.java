package dev.millrace.engine.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Many SETs, pipelined: the fast way to fill a server or to move its stream forward.
 *
 * <p>The values are random bytes, so that nothing on the way can compress them.
 */
public final class Traffic {
  private static final int BATCH = 200;

  private Traffic() {}

  /**
   * Sets keys {@code prefix:0}… one after the other, starting over after {@code keys} of them,
   * until this many bytes of values are written; every reply is checked.
   *
   * @return how many writes were acknowledged
   */
  public static long set(int port, String prefix, int keys, int valueBytes, long totalBytes) {
    SplittableRandom random = new SplittableRandom(prefix.hashCode());
    byte[] value = new byte[valueBytes];
    long writes = (totalBytes + valueBytes - 1) / valueBytes;
    try (RespClient client = RespClient.connect(port)) {
      for (long done = 0; done < writes; done += BATCH) {
        int batch = (int) Math.min(BATCH, writes - done);
        ByteArrayOutputStream request = new ByteArrayOutputStream(batch * (valueBytes + 64));
        for (int i = 0; i < batch; i++) {
          random.nextBytes(value);
          appendSet(request, prefix + ":" + (done + i) % keys, value);
        }
        client.sendRaw(request.toByteArray());
        for (int i = 0; i < batch; i++) {
          Object reply = client.read();
          if (!"OK".equals(reply)) {
            throw new IllegalStateException("SET was answered with " + RespClient.render(reply));
          }
        }
      }
    }
    return writes;
  }

  private static void appendSet(ByteArrayOutputStream out, String key, byte[] value) {
    out.writeBytes(
        ("*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$" + value.length + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(value);
    out.write('\r');
    out.write('\n');
  }
}
