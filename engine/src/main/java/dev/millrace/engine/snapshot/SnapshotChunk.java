package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.ByteBuffer;

/**
 * A stretch of raw entries on its way from the executor to the snapshot thread.
 *
 * <p>Each entry is a head, the key's bytes, the value's bytes. A head lies whole in one chunk; key
 * and value go on in the next chunk where one ends. A value that is not a string is a sequence of
 * parts instead, up to an end: each is a tag (1 byte) and a number (8 bytes), whole in one chunk,
 * and for strings and raw bytes as many bytes as the number says. Its RDB type is in the head, in
 * the place of the value's length.
 *
 * <pre>
 *   0       4       8          16                  24            32      36     37    40
 *   +-------+-------+----------+-------------------+-------------+-------+------+-----+
 *   | data- | key   | expire   | value length,     | idle        | LFU   | kind | 0   |
 *   | base  | bytes | at ms    | or the number     | seconds     | count |      |     |
 *   +-------+-------+----------+-------------------+-------------+-------+------+-----+
 *                     -1: none                       -1: none     -1: none
 * </pre>
 *
 * <p>Owned by: the executor while it fills it, then the snapshot thread; the queue publishes it.
 */
final class SnapshotChunk {
  static final int HEAD_BYTES = 40;
  static final int KIND_STRING = 0;
  static final int KIND_INTEGER = 1;
  static final int KIND_PARTS = 2;

  /** Tag and number of a part. */
  static final int PART_BYTES = 9;

  static final int PART_END = 0;
  static final int PART_LENGTH = 1;
  static final int PART_STRING = 2;
  static final int PART_INTEGER = 3;
  static final int PART_EIGHT_BYTES = 4;
  static final int PART_RAW = 5;

  private static final int KEY_LENGTH = 4;
  private static final int EXPIRE_AT = 8;
  private static final int VALUE = 16;
  private static final int IDLE = 24;
  private static final int FREQUENCY = 32;
  private static final int KIND = 36;

  private final Region region;
  private int fill;
  private int lane;
  private boolean last;

  SnapshotChunk(long bytes) {
    region = new Region(bytes);
  }

  long capacity() {
    return region.bytes();
  }

  /** Where its bytes begin, {@link #fill} of them. */
  long address() {
    return region.address();
  }

  int fill() {
    return fill;
  }

  /** The bytes it holds. */
  ByteBuffer view() {
    return region.view().limit(fill);
  }

  int room() {
    return (int) region.bytes() - fill;
  }

  void clear() {
    fill = 0;
  }

  /** Says which lane it belongs to, and whether it ends that lane. */
  void of(int laneNumber, boolean isLast) {
    lane = laneNumber;
    last = isLast;
  }

  int lane() {
    return lane;
  }

  boolean isLast() {
    return last;
  }

  void head(
      int database,
      int keyLength,
      long expireAtMillis,
      long idleSeconds,
      int frequency,
      int kind,
      long value) {
    assert room() >= HEAD_BYTES;
    long at = region.address() + fill;
    Memory.putInt(at, database);
    Memory.putInt(at + KEY_LENGTH, keyLength);
    Memory.putLong(at + EXPIRE_AT, expireAtMillis);
    Memory.putLong(at + VALUE, value);
    Memory.putLong(at + IDLE, idleSeconds);
    Memory.putInt(at + FREQUENCY, frequency);
    Memory.putInt(at + KIND, kind);
    fill += HEAD_BYTES;
  }

  void part(int tag, long value) {
    assert room() >= PART_BYTES;
    long at = region.address() + fill;
    Memory.putByte(at, (byte) tag);
    Memory.putLong(at + 1, value);
    fill += PART_BYTES;
  }

  /** Takes what fits of these bytes and returns how many that are. */
  long take(long address, long bytes) {
    int taken = (int) Math.min(bytes, room());
    if (taken > 0) {
      Memory.copy(address, region.address() + fill, taken);
      fill += taken;
    }
    return taken;
  }

  static int database(long head) {
    return Memory.getInt(head);
  }

  static int keyLength(long head) {
    return Memory.getInt(head + KEY_LENGTH);
  }

  static long expireAtMillis(long head) {
    return Memory.getLong(head + EXPIRE_AT);
  }

  static long value(long head) {
    return Memory.getLong(head + VALUE);
  }

  static long idleSeconds(long head) {
    return Memory.getLong(head + IDLE);
  }

  static int frequency(long head) {
    return Memory.getInt(head + FREQUENCY);
  }

  static int kind(long head) {
    return Memory.getInt(head + KIND);
  }

  static int partTag(long part) {
    return Memory.getByte(part);
  }

  static long partValue(long part) {
    return Memory.getLong(part + 1);
  }

  void close() {
    region.close();
  }
}
