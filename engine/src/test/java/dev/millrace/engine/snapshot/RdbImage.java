package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.ValueFormatException;
import dev.millrace.engine.value.ValueSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an RDB holds, as a model on the heap that tests compare; and its way to bytes and back. */
final class RdbImage implements RdbVisitor {
  /** One key; texts hold one byte per char. */
  record Item(String value, boolean stored, long expireAtMillis, long idleSeconds, int frequency) {}

  final Map<String, String> aux = new LinkedHashMap<>();
  final Map<Integer, Map<String, Item>> databases = new LinkedHashMap<>();
  final Map<Integer, List<Long>> sizes = new LinkedHashMap<>();
  String functions = "";

  static RdbImage read(byte[] rdb) throws IOException {
    return readAhead(Channels.newChannel(new ByteArrayInputStream(rdb)));
  }

  /** As a start reads, with another thread that reads ahead. */
  static RdbImage readAhead(ReadableByteChannel source) throws IOException {
    RdbImage image = new RdbImage();
    try (RdbReadAhead ahead = new RdbReadAhead(source, true, taken -> {});
        RdbReader reader = new RdbReader(ahead, 16, true)) {
      reader.read(image);
    }
    return image;
  }

  static RdbImage read(InputStream source, int bufferBytes) throws IOException {
    RdbImage image = new RdbImage();
    try (RdbReader reader = new RdbReader(Channels.newChannel(source), 16, true, bufferBytes)) {
      reader.read(image);
    }
    return image;
  }

  /** Writes string keys into database 0. */
  static byte[] write(Map<String, byte[]> keys, boolean compress) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (RdbWriter writer = new RdbWriter(Channels.newChannel(file), compress, true)) {
      writer.header(new RdbHeader("7.0.15", 1_700_000_000, 1 << 20, null, false));
      writer.database(0);
      writer.sizes(keys.size(), 0);
      for (Map.Entry<String, byte[]> entry : keys.entrySet()) {
        try (Bytes key = Bytes.of(entry.getKey());
            Bytes value = Bytes.of(entry.getValue())) {
          writer.string(key.address(), key.length(), value.address(), value.length());
        }
      }
      writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  Item item(int database, String key) {
    Item item = databases.getOrDefault(database, Map.of()).get(key);
    if (item == null) {
      throw new AssertionError("no key " + key + " in database " + database);
    }
    return item;
  }

  @Override
  public void aux(String name, String value) {
    aux.put(name, value);
  }

  @Override
  public void sizes(int database, long keys, long expiring) {
    sizes.put(database, List.of(keys, expiring));
  }

  @Override
  public void functionLibrary(long address, long bytes) {
    functions = latin(Memory.bytes(address, (int) bytes));
  }

  @Override
  public void string(RdbEntry entry, long valueAddress, long valueLength) {
    put(entry, latin(Memory.bytes(valueAddress, (int) valueLength)), false);
  }

  @Override
  public void integer(RdbEntry entry, long value) {
    put(entry, Long.toString(value), true);
  }

  @Override
  public void value(RdbEntry entry, int rdbType, ValueSource from) throws IOException {
    throw new ValueFormatException("a value that cannot be held");
  }

  private void put(RdbEntry entry, String value, boolean integer) {
    databases
        .computeIfAbsent(entry.database(), index -> new LinkedHashMap<>())
        .put(
            latin(entry.key()),
            new Item(
                value, integer, entry.expireAtMillis(), entry.idleSeconds(), entry.frequency()));
  }
}
