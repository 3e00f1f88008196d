package dev.millrace.engine.snapshot;

/**
 * The numbers of the RDB format, after Redis's published description of it.
 *
 * <pre>
 * "REDIS" version(4 digits)  { opcode ... | expiry? idle-or-frequency? type key value }*  EOF crc64
 *
 * length, first byte   00nnnnnn                 6 bits
 *                      01nnnnnn nnnnnnnn        14 bits
 *                      10000000 + 4 bytes       32 bits, big-endian
 *                      10000001 + 8 bytes       64 bits, big-endian
 * string               length bytes
 *                      11000000 + 1 byte        a number written as text, little-endian, signed
 *                      11000001 + 2 bytes
 *                      11000010 + 4 bytes
 *                      11000011 length(compressed) length(plain) LZF bytes
 * </pre>
 *
 * Numbers outside lengths are little-endian. The checksum (from version 5 on) covers everything
 * before it; eight zero bytes in its place mean that none was computed.
 */
public final class RdbFormat {
  /** The version written: that of Redis 7.0, which every later server reads. */
  public static final int VERSION_WRITTEN = 10;

  /** The newest version read. */
  public static final int VERSION_NEWEST = 12;

  static final int VERSION_WITH_CHECKSUM = 5;

  static final int OPCODE_SLOT_INFO = 244;
  static final int OPCODE_FUNCTION = 245;
  static final int OPCODE_FUNCTION_PRE_RELEASE = 246;
  static final int OPCODE_MODULE_AUX = 247;
  static final int OPCODE_IDLE = 248;
  static final int OPCODE_FREQUENCY = 249;
  static final int OPCODE_AUX = 250;
  static final int OPCODE_RESIZE_DATABASE = 251;
  static final int OPCODE_EXPIRY_MILLIS = 252;
  static final int OPCODE_EXPIRY_SECONDS = 253;
  static final int OPCODE_SELECT_DATABASE = 254;
  static final int OPCODE_EOF = 255;

  static final int MODULE_EOF = 0;
  static final int MODULE_SIGNED = 1;
  static final int MODULE_UNSIGNED = 2;
  static final int MODULE_FLOAT = 3;
  static final int MODULE_DOUBLE = 4;
  static final int MODULE_STRING = 5;

  static final int LENGTH_14_BITS = 0x40;
  static final int LENGTH_32_BITS = 0x80;
  static final int LENGTH_64_BITS = 0x81;
  static final int ENCODED = 0xc0;
  static final int ENCODED_INT8 = 0xc0;
  static final int ENCODED_INT16 = 0xc1;
  static final int ENCODED_INT32 = 0xc2;
  static final int ENCODED_LZF = 0xc3;

  /** The value type of a string. */
  public static final int TYPE_STRING = 0;

  private RdbFormat() {}

  /** What a value type code stands for, or {@code "unknown"}. */
  public static String typeName(int type) {
    return switch (type) {
      case TYPE_STRING -> "string";
      case 1 -> "list";
      case 2 -> "set";
      case 3 -> "sorted set with text scores";
      case 4 -> "hash";
      case 5 -> "sorted set";
      case 6 -> "module value of a pre-release format";
      case 7 -> "module value";
      case 9 -> "hash as zipmap";
      case 10 -> "list as ziplist";
      case 11 -> "set as intset";
      case 12 -> "sorted set as ziplist";
      case 13 -> "hash as ziplist";
      case 14 -> "list as quicklist of ziplists";
      case 15 -> "stream";
      case 16 -> "hash as listpack";
      case 17 -> "sorted set as listpack";
      case 18 -> "list as quicklist of listpacks";
      case 19 -> "stream, second format";
      case 20 -> "set as listpack";
      case 21 -> "stream, third format";
      case 22, 23 -> "hash with field expiry of a pre-release format";
      case 24 -> "hash with field expiry";
      case 25 -> "hash with field expiry as listpack";
      default -> "unknown";
    };
  }
}
