package dev.millrace.engine.snapshot;

import dev.millrace.engine.snapshot.SnapshotFile.DatabaseSize;
import java.io.IOException;
import java.util.List;

/**
 * Turns a snapshot's chunks into RDB; an entry may go on from one chunk into the next.
 *
 * <p>Owned by: snapshot thread.
 */
final class SnapshotEncoding {
  private enum At {
    /** Where an entry's head begins. */
    HEAD,
    KEY,
    /** In the bytes of a string value. */
    STRING_VALUE,
    /** Where a part of a value begins. */
    PART,
    PART_STRING,
    PART_RAW
  }

  private final RdbWriter writer;
  private final List<DatabaseSize> sizes;
  private final boolean[] introduced;
  private int selected = -1;
  private At at = At.HEAD;
  private int kind;
  private long value;
  private long left;
  private long keys;

  SnapshotEncoding(RdbWriter writer, List<DatabaseSize> sizes) {
    this.writer = writer;
    this.sizes = sizes;
    this.introduced = new boolean[sizes.size()];
  }

  /** Number of keys begun. */
  long keys() {
    return keys;
  }

  /** Whether the last entry is complete. */
  boolean isBetweenEntries() {
    return at == At.HEAD;
  }

  /** What a chunk holds: whole heads and parts, and pieces of keys and strings. */
  void encode(long address, int bytes) throws IOException {
    long position = address;
    long end = position + bytes;
    while (true) {
      switch (at) {
        case HEAD -> {
          if (position == end) {
            return;
          }
          head(position);
          position += SnapshotChunk.HEAD_BYTES;
        }
        case PART -> {
          if (position == end) {
            return;
          }
          part(position);
          position += SnapshotChunk.PART_BYTES;
        }
        default -> {
          long piece = Math.min(left, end - position);
          if (at == At.PART_RAW) {
            writer.raw(position, piece);
          } else {
            writer.piece(position, piece);
          }
          position += piece;
          left -= piece;
          if (left > 0) {
            return;
          }
          endBytes();
        }
      }
    }
  }

  void requireComplete() {
    if (at != At.HEAD) {
      throw new IllegalStateException("the snapshot was finished inside an entry");
    }
  }

  private void head(long head) throws IOException {
    select(SnapshotChunk.database(head));
    long expireAtMillis = SnapshotChunk.expireAtMillis(head);
    if (expireAtMillis != RdbEntry.NONE) {
      writer.expiry(expireAtMillis);
    }
    long idleSeconds = SnapshotChunk.idleSeconds(head);
    if (idleSeconds != RdbEntry.NONE) {
      writer.idle(idleSeconds);
    }
    int frequency = SnapshotChunk.frequency(head);
    if (frequency != RdbEntry.NONE) {
      writer.frequency(frequency);
    }
    kind = SnapshotChunk.kind(head);
    value = SnapshotChunk.value(head);
    left = SnapshotChunk.keyLength(head);
    at = At.KEY;
    int type = kind == SnapshotChunk.KIND_PARTS ? (int) value : RdbFormat.TYPE_STRING;
    writer.beginKey(type, (int) left);
    keys++;
  }

  private void part(long part) throws IOException {
    long number = SnapshotChunk.partValue(part);
    switch (SnapshotChunk.partTag(part)) {
      case SnapshotChunk.PART_END -> at = At.HEAD;
      case SnapshotChunk.PART_LENGTH -> writer.length(number);
      case SnapshotChunk.PART_INTEGER -> writer.integer(number);
      case SnapshotChunk.PART_EIGHT_BYTES -> writer.eightBytes(number);
      case SnapshotChunk.PART_STRING -> {
        writer.beginString(number);
        left = number;
        at = At.PART_STRING;
      }
      case SnapshotChunk.PART_RAW -> {
        left = number;
        at = At.PART_RAW;
      }
      default -> throw new IllegalStateException("no part of a value");
    }
  }

  private void endBytes() throws IOException {
    switch (at) {
      case KEY -> endKey();
      case STRING_VALUE -> {
        writer.endString();
        at = At.HEAD;
      }
      case PART_STRING -> {
        writer.endString();
        at = At.PART;
      }
      default -> at = At.PART;
    }
  }

  private void endKey() throws IOException {
    writer.endString();
    switch (kind) {
      case SnapshotChunk.KIND_INTEGER -> {
        writer.integer(value);
        at = At.HEAD;
      }
      case SnapshotChunk.KIND_STRING -> {
        writer.beginString(value);
        left = value;
        at = At.STRING_VALUE;
      }
      default -> at = At.PART;
    }
  }

  private void select(int database) throws IOException {
    if (database == selected) {
      return;
    }
    selected = database;
    writer.database(database);
    if (!introduced[database]) {
      introduced[database] = true;
      writer.sizes(sizes.get(database).keys(), sizes.get(database).expiring());
    }
  }
}
