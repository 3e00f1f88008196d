package dev.millrace.engine.snapshot;

import dev.millrace.engine.snapshot.RdbHeader.ReplicationPoint;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes an RDB file, version 10, to a channel, through one buffer of 256 KiB whatever the size of
 * the dataset or of a value.
 *
 * <p>Order of the calls: {@link #header}, then per database {@link #database} and its keys; per key
 * {@link #expiry} and {@link #idle} or {@link #frequency} where they apply, then {@link #string} or
 * {@link #integer}; at the end {@link #finish}. A database may be selected any number of times.
 *
 * <p>The channel must be a blocking one; it is not closed here. After an {@link IOException} the
 * file is worthless and only {@link #close} may follow.
 *
 * <p>Owned by: one thread.
 */
public final class RdbWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final RdbOutput out;
  private final StringEncoder strings;
  private final boolean checksum;

  /**
   * @param channel where the bytes go
   * @param compress compress strings of more than 20 bytes (setting {@code rdbcompression})
   * @param checksum compute the checksum (setting {@code rdbchecksum}); zeros stand for it
   *     otherwise
   */
  public RdbWriter(WritableByteChannel channel, boolean compress, boolean checksum) {
    this.out = new RdbOutput(channel, BUFFER_BYTES, checksum);
    this.strings = new StringEncoder(out, compress);
    this.checksum = checksum;
  }

  /** Number of bytes written so far, those still in the buffer included. */
  public long bytes() {
    return out.bytes();
  }

  /** Begins the file. */
  public void header(RdbHeader header) throws IOException {
    byte[] magic =
        "REDIS%04d".formatted(RdbFormat.VERSION_WRITTEN).getBytes(StandardCharsets.US_ASCII);
    out.putBytes(magic, 0, magic.length);
    aux("redis-ver", header.redisVersion());
    aux("redis-bits", "64");
    aux("ctime", Long.toString(header.createdSeconds()));
    aux("used-mem", Long.toString(header.usedMemoryBytes()));
    ReplicationPoint replication = header.replication();
    if (replication != null) {
      aux("repl-stream-db", Integer.toString(replication.selectedDatabase()));
      aux("repl-id", replication.id());
      aux("repl-offset", Long.toString(replication.offset()));
    }
    aux("aof-base", header.aofBase() ? "1" : "0");
  }

  /** An aux field; readers ignore names they do not know. */
  public void aux(String name, String value) throws IOException {
    out.putByte(RdbFormat.OPCODE_AUX);
    strings.put(name.getBytes(StandardCharsets.UTF_8));
    strings.put(value.getBytes(StandardCharsets.UTF_8));
  }

  /** The source of a function library. */
  public void functionLibrary(long address, long bytes) throws IOException {
    out.putByte(RdbFormat.OPCODE_FUNCTION);
    strings.put(address, bytes);
  }

  /** The keys that follow belong to database {@code index}. */
  public void database(int index) throws IOException {
    out.putByte(RdbFormat.OPCODE_SELECT_DATABASE);
    out.putLength(index);
  }

  /**
   * A hint for the reader: how many keys the selected database has, and how many with an expiry.
   */
  public void sizes(long keys, long expiring) throws IOException {
    out.putByte(RdbFormat.OPCODE_RESIZE_DATABASE);
    out.putLength(keys);
    out.putLength(expiring);
  }

  /** The next key expires at this time, in milliseconds since 1970. */
  public void expiry(long atMillis) throws IOException {
    out.putByte(RdbFormat.OPCODE_EXPIRY_MILLIS);
    out.putLong(atMillis);
  }

  /** The next key was last used this long ago. */
  public void idle(long seconds) throws IOException {
    out.putByte(RdbFormat.OPCODE_IDLE);
    out.putLength(seconds);
  }

  /** The next key has this LFU counter, 0 to 255. */
  public void frequency(int counter) throws IOException {
    out.putByte(RdbFormat.OPCODE_FREQUENCY);
    out.putByte(counter);
  }

  /** A key with a string value. */
  public void string(long keyAddress, int keyLength, long valueAddress, long valueLength)
      throws IOException {
    stringKey(keyAddress, keyLength);
    strings.put(valueAddress, valueLength);
  }

  /** A key with a string value that is the decimal form of a number. */
  public void integer(long keyAddress, int keyLength, long value) throws IOException {
    stringKey(keyAddress, keyLength);
    strings.integer(value);
  }

  /** Begins a string of which only the length is known: the value's type, then its key. */
  void beginKey(int type, int keyLength) throws IOException {
    out.putByte(type);
    strings.begin(keyLength);
  }

  /** Begins a string of {@code bytes} bytes. */
  void beginString(long bytes) throws IOException {
    strings.begin(bytes);
  }

  void piece(long address, long bytes) throws IOException {
    strings.piece(address, bytes);
  }

  void endString() throws IOException {
    strings.end();
  }

  void integer(long value) throws IOException {
    strings.integer(value);
  }

  void length(long value) throws IOException {
    out.putLength(value);
  }

  void eightBytes(long bits) throws IOException {
    out.putLong(bits);
  }

  void raw(long address, long bytes) throws IOException {
    out.putBytes(address, bytes);
  }

  /** Ends the file with its checksum and hands everything to the channel. */
  public void finish() throws IOException {
    out.putByte(RdbFormat.OPCODE_EOF);
    out.putLong(checksum ? out.crc() : 0);
    out.flush();
  }

  private void stringKey(long keyAddress, int keyLength) throws IOException {
    out.putByte(RdbFormat.TYPE_STRING);
    strings.put(keyAddress, keyLength);
  }

  /** Gives the buffers back. */
  @Override
  public void close() {
    strings.close();
    out.close();
  }
}
