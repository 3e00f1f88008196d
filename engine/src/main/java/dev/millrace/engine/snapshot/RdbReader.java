package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.ValueFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Reads an RDB stream, versions 1 to 12, as its bytes arrive.
 *
 * <p>The source is a blocking channel: a file, a socket, or {@code Channels.newChannel(stream)}.
 * The memory used is one buffer plus the largest string, and grows only with bytes that really
 * came, so a damaged length cannot exhaust it. Whatever is damaged ends in an {@link
 * RdbFormatException} with the offset; what the source throws passes through as it is.
 *
 * <p>The buffer may hold bytes that follow the RDB in the source (an append-only file that begins
 * with one, a replication stream): {@link #following} gives them.
 *
 * <p>Owned by: one thread.
 */
public final class RdbReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int KEY_SHOWN_BYTES = 64;
  private static final String MAGIC = "REDIS";

  private final RdbInput in;
  private final int databases;
  private final boolean checksum;
  private final RdbEntry entry = new RdbEntry();
  private final GrowingBuffer key = new GrowingBuffer(4 << 10);
  private final GrowingBuffer value = new GrowingBuffer(64 << 10);
  private final RdbValueSource values;
  private int version;

  /**
   * @param source a blocking channel; not closed here
   * @param databases how many databases there are: a key in a later one is refused
   * @param checksum verify the checksum at the end (setting {@code rdbchecksum})
   */
  public RdbReader(ReadableByteChannel source, int databases, boolean checksum) {
    this(source, databases, checksum, BUFFER_BYTES);
  }

  /**
   * Reads what another thread reads ahead, and its checksum with it.
   *
   * @param ahead not closed here
   */
  public RdbReader(RdbReadAhead ahead, int databases, boolean checksum) {
    this(new RdbInput(ahead, checksum), databases, checksum);
  }

  RdbReader(ReadableByteChannel source, int databases, boolean checksum, int bufferBytes) {
    this(new RdbInput(source, bufferBytes, checksum), databases, checksum);
  }

  private RdbReader(RdbInput in, int databases, boolean checksum) {
    this.in = in;
    this.values = new RdbValueSource(in, value, false);
    this.databases = databases;
    this.checksum = checksum;
  }

  /**
   * Reads everything to the end of the RDB, checksum included.
   *
   * @throws RdbFormatException when the bytes are not a whole and sound RDB this server can hold
   * @throws IOException when the source fails
   */
  public void read(RdbVisitor visitor) throws IOException {
    readVersion();
    while (true) {
      long at = in.offset();
      int opcode = in.readByte("an opcode");
      switch (opcode) {
        case RdbFormat.OPCODE_EOF -> {
          verifyChecksum();
          return;
        }
        case RdbFormat.OPCODE_AUX -> readAux(visitor::aux);
        case RdbFormat.OPCODE_SELECT_DATABASE -> selectDatabase(at);
        case RdbFormat.OPCODE_RESIZE_DATABASE ->
            visitor.sizes(
                entry.database(), in.readLength("a table size"), in.readLength("a table size"));
        case RdbFormat.OPCODE_EXPIRY_MILLIS -> entry.expireAtMillis(in.readLong("an expiry"));
        case RdbFormat.OPCODE_EXPIRY_SECONDS ->
            entry.expireAtMillis(in.readInt("an expiry") * 1000L);
        case RdbFormat.OPCODE_IDLE -> entry.idleSeconds(in.readLength("an idle time"));
        case RdbFormat.OPCODE_FREQUENCY -> entry.frequency(in.readByte("an LFU counter"));
        case RdbFormat.OPCODE_FUNCTION -> {
          in.readText(value, "a function library");
          visitor.functionLibrary(in.stringAddress(), in.stringLength());
          value.clear();
        }
        case RdbFormat.OPCODE_FUNCTION_PRE_RELEASE ->
            throw new RdbFormatException("functions in a pre-release format", at);
        case RdbFormat.OPCODE_MODULE_AUX -> skipModuleAux();
        case RdbFormat.OPCODE_SLOT_INFO -> {
          in.readLength("a slot");
          in.readLength("a slot's size");
          in.readLength("a slot's size");
        }
        default -> readKey(opcode, at, visitor);
      }
    }
  }

  /**
   * Reads what the RDB says of itself before its first key, and no further.
   *
   * @throws RdbFormatException when it does not begin as an RDB does
   */
  public Map<String, String> readHeader() throws IOException {
    Map<String, String> told = new HashMap<>();
    readVersion();
    while (in.readByte("an opcode") == RdbFormat.OPCODE_AUX) {
      readAux(told::put);
    }
    return told;
  }

  /** The version in the header, once {@link #read} has begun; 0 before. */
  public int version() {
    return version;
  }

  /** Bytes consumed so far: after {@link #read} the length of the RDB, checksum included. */
  public long offset() {
    return in.offset();
  }

  /** Bytes already taken from the source that follow the RDB; valid until {@link #close}. */
  public ByteBuffer following() {
    return Memory.view(in.bufferedAddress(), (int) in.buffered());
  }

  private void readVersion() throws IOException {
    for (int i = 0; i < MAGIC.length(); i++) {
      if (in.readByte("the header") != MAGIC.charAt(i)) {
        throw new RdbFormatException("not an RDB: it does not begin with REDIS", i);
      }
    }
    int number = 0;
    for (int i = 0; i < 4; i++) {
      int digit = in.readByte("the header") - '0';
      if (digit < 0 || digit > 9) {
        throw new RdbFormatException("the RDB version is not a number", MAGIC.length() + i);
      }
      number = number * 10 + digit;
    }
    if (number < 1 || number > RdbFormat.VERSION_NEWEST) {
      throw new RdbFormatException(
          "RDB version %d; versions 1 to %d are known".formatted(number, RdbFormat.VERSION_NEWEST),
          MAGIC.length());
    }
    version = number;
  }

  private void readAux(BiConsumer<String, String> listener) throws IOException {
    in.readText(key, "the name of an aux field");
    String name = text(in.stringAddress(), in.stringLength());
    in.readText(value, "an aux field");
    listener.accept(name, text(in.stringAddress(), in.stringLength()));
    value.clear();
  }

  private void selectDatabase(long at) throws IOException {
    long index = in.readLength("a database number");
    if (index >= databases) {
      throw new RdbFormatException(
          "database %d is beyond the %d there are".formatted(index, databases), at);
    }
    entry.database((int) index);
  }

  private void readKey(int type, long at, RdbVisitor visitor) throws IOException {
    if (RdbFormat.typeName(type).equals("unknown")) {
      throw new RdbFormatException("unknown value type or opcode " + type, at);
    }
    in.readText(key, "a key");
    entry.key(in.stringAddress(), (int) in.stringLength());
    if (type != RdbFormat.TYPE_STRING) {
      readValue(type, at, visitor);
    } else if (in.readString(value, "a string value")) {
      visitor.integer(entry, in.integer());
    } else {
      visitor.string(entry, in.stringAddress(), in.stringLength());
      value.clear();
    }
    entry.clearAttributes();
  }

  private void readValue(int type, long at, RdbVisitor visitor) throws IOException {
    try {
      visitor.value(entry, type, values);
      value.clear();
    } catch (ValueFormatException e) {
      RdbFormatException located =
          new RdbFormatException(
              "%s, in key \"%s\" (%s, type %d)"
                  .formatted(e.getMessage(), shownKey(), RdbFormat.typeName(type), type),
              at);
      located.initCause(e);
      throw located;
    }
  }

  private void skipModuleAux() throws IOException {
    in.skipLength("a module's identity");
    while (true) {
      long at = in.offset();
      long opcode = in.readLength("module data");
      if (opcode == RdbFormat.MODULE_EOF) {
        return;
      } else if (opcode == RdbFormat.MODULE_SIGNED || opcode == RdbFormat.MODULE_UNSIGNED) {
        in.skipLength("module data");
      } else if (opcode == RdbFormat.MODULE_FLOAT) {
        in.skip(Float.BYTES, "module data");
      } else if (opcode == RdbFormat.MODULE_DOUBLE) {
        in.skip(Double.BYTES, "module data");
      } else if (opcode == RdbFormat.MODULE_STRING) {
        in.skipString("module data");
      } else {
        throw new RdbFormatException("unknown module opcode " + opcode, at);
      }
    }
  }

  private void verifyChecksum() throws IOException {
    if (version < RdbFormat.VERSION_WITH_CHECKSUM) {
      return;
    }
    long computed = in.crc();
    long at = in.offset();
    long stored = in.readLong("the checksum");
    if (checksum && stored != 0 && stored != computed) {
      throw new RdbFormatException(
          "the checksum is %016x, the bytes have %016x".formatted(stored, computed), at);
    }
  }

  private String shownKey() {
    int shown = Math.min(entry.keyLength(), KEY_SHOWN_BYTES);
    StringBuilder text = new StringBuilder();
    for (byte octet : Memory.bytes(entry.keyAddress(), shown)) {
      text.append(octet >= ' ' && octet < 0x7f ? (char) octet : '.');
    }
    return shown < entry.keyLength() ? text.append("...").toString() : text.toString();
  }

  private static String text(long address, long bytes) {
    return new String(Memory.bytes(address, (int) bytes), StandardCharsets.UTF_8);
  }

  /** Gives the buffers back; the source stays open. */
  @Override
  public void close() {
    in.close();
    key.close();
    value.close();
  }
}
