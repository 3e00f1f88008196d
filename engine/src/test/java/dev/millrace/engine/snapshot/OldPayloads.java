package dev.millrace.engine.snapshot;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Payloads in the forms of every RDB version, for tests. */
final class OldPayloads {
  /** Make, on a Redis 7.0, small values of every type and encoding. */
  static final List<String> COMMANDS =
      List.of(
          "SET string-number 12345",
          "SET string-short abc",
          "SET string-long " + "compressible ".repeat(20).replace(' ', '_'),
          "RPUSH list a b 1 2 300 70000 5000000000 " + "x".repeat(300),
          "RPUSH list-nodes 1 2 3 4 5 6 7 8 9 10 11 12 13 14",
          "SADD intset-16 1 2 3 -5",
          "SADD intset-32 1 2 70000",
          "SADD intset-64 1 2 5000000000",
          "SADD set a b c 1 2 3",
          "HSET hash a 1 b two c 70000 d " + "y".repeat(60),
          "HSET hash-table a 1 b " + "z".repeat(100),
          "ZADD zset 1 a 2.5 b -inf c inf d 1e300 e",
          "ZADD zset-large 1 a 2 " + "m".repeat(100) + " -0.5 c",
          "XADD stream 1-1 a 1 b 2",
          "XADD stream 1-2 a 3 b 4",
          "XADD stream 2-0 other 5",
          "XADD stream 3-0 a 6 b 7",
          "XDEL stream 1-2",
          "XGROUP CREATE stream g 0",
          "XGROUP CREATE stream h $",
          "XREADGROUP GROUP g c COUNT 2 STREAMS stream >",
          "XREADGROUP GROUP g d COUNT 1 STREAMS stream >",
          "PFADD hll a b c d e f");

  private static final String ZIPLIST_A_1_B_2 =
      "15000000120000000400" + "000161" + "03f2" + "020162" + "03f3" + "ff";

  private OldPayloads() {}

  /** Values in the forms of Redis before 7.0, and of those after it. */
  static List<byte[]> all() {
    return List.of(
        // a list, a set, a sorted set with textual scores, a hash: plain
        hex("01" + "02" + "0161" + "0162"),
        hex("02" + "02" + "0161" + "c001"),
        hex("03" + "03" + "0161" + "03312e35" + "0162" + "fe" + "0163" + "ff"),
        hex("04" + "01" + "0161" + "0162"),
        hex("05" + "01" + "0161" + "000000000000f83f"),
        // a hash as zipmap; a list, a sorted set, a hash as ziplist; a list of ziplists
        hex("09" + "07" + "01" + "0161" + "010062" + "ff"),
        hex("0a" + "15" + ZIPLIST_A_1_B_2),
        hex("0c" + "15" + ZIPLIST_A_1_B_2),
        hex("0d" + "15" + ZIPLIST_A_1_B_2),
        hex("0e" + "02" + "15" + ZIPLIST_A_1_B_2 + "15" + ZIPLIST_A_1_B_2),
        // a set as listpack
        hex("14" + "0f" + "0f0000000300" + "816102" + "0101" + "816202" + "ff"),
        // a hash of which a field expires
        hex("18" + "00d8c32cbb030000" + "02" + "01" + "0161" + "0162" + "00" + "0163" + "0164"));
  }

  /** With a footer: version and a correct checksum. */
  static byte[] sum(byte[] body, int version) {
    byte[] whole = Arrays.copyOf(body, body.length + 10);
    whole[body.length] = (byte) version;
    long crc = Crc64.update(Crc64.EMPTY, whole, 0, body.length + 2);
    for (int i = 0; i < 8; i++) {
      whole[body.length + 2 + i] = (byte) (crc >>> (8 * i));
    }
    return whole;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
