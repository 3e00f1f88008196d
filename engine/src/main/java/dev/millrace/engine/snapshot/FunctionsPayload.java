package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What FUNCTION DUMP answers and FUNCTION RESTORE takes: the sources of libraries as RDB has them,
 * then the RDB version and the checksum of all that.
 *
 * <pre>
 * { 245 (1 byte)  source (a string) }  version (2 bytes, little-endian)  crc64 (8 bytes)
 * </pre>
 *
 * <p>Stateless; any thread.
 */
public final class FunctionsPayload {
  private static final int VERSION_BYTES = 2;
  private static final int FOOTER_BYTES = VERSION_BYTES + Long.BYTES;
  private static final int BUFFER_BYTES = 16 << 10;

  private FunctionsPayload() {}

  /** A payload that cannot be taken; the message is what is answered, without its code. */
  public static final class BadPayloadException extends Exception {
    private static final long serialVersionUID = 1L;

    BadPayloadException(String message) {
      super(message);
    }

    /** What is answered. */
    public String text() {
      String text = getMessage();
      return text == null ? "" : text;
    }
  }

  /** The payload of some libraries. */
  public static byte[] encode(List<byte[]> sources, boolean compress) {
    try (RdbOutput out = new RdbOutput(null, BUFFER_BYTES, true);
        StringEncoder strings = new StringEncoder(out, compress)) {
      for (byte[] source : sources) {
        out.putByte(RdbFormat.OPCODE_FUNCTION);
        try (Region copy = new Region(Math.max(1, source.length))) {
          Memory.put(copy.address(), source, 0, source.length);
          strings.put(copy.address(), source.length);
        }
      }
      out.putShort(RdbFormat.VERSION_WRITTEN);
      out.putLong(out.crc());
      return Memory.bytes(out.address(), Math.toIntExact(out.bytes()));
    } catch (IOException e) {
      throw new IllegalStateException("memory is no channel", e);
    }
  }

  /**
   * The sources of the libraries in a payload.
   *
   * @throws BadPayloadException when it is damaged, or holds something else
   */
  public static List<byte[]> decode(long address, long bytes) throws BadPayloadException {
    if (bytes < FOOTER_BYTES || !footerHolds(address, bytes)) {
      throw new BadPayloadException("DUMP payload version or checksum are wrong");
    }
    List<byte[]> sources = new ArrayList<>();
    try (RdbInput in = new RdbInput();
        GrowingBuffer text = new GrowingBuffer(BUFFER_BYTES)) {
      in.wrap(address, bytes - FOOTER_BYTES);
      while (in.buffered() > 0) {
        int type = in.readByte("a type");
        if (type == RdbFormat.OPCODE_FUNCTION_PRE_RELEASE) {
          throw new BadPayloadException("Pre-GA function format not supported");
        }
        if (type != RdbFormat.OPCODE_FUNCTION) {
          throw new BadPayloadException("given type is not a function");
        }
        text.clear();
        in.readText(text, "a function library");
        sources.add(Memory.bytes(in.stringAddress(), Math.toIntExact(in.stringLength())));
      }
    } catch (IOException damaged) {
      throw new BadPayloadException("failed loading the given functions payload");
    }
    return sources;
  }

  private static boolean footerHolds(long address, long bytes) {
    long summed = bytes - Long.BYTES;
    int version = Memory.getShort(address + summed - VERSION_BYTES) & 0xffff;
    return version <= RdbFormat.VERSION_NEWEST
        && Crc64.update(Crc64.EMPTY, Memory.segment(address, summed), 0, summed)
            == Memory.getLong(address + summed);
  }
}
