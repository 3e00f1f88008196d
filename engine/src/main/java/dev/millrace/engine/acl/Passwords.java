package dev.millrace.engine.acl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** Hashes of passwords: no password is kept. Stateless; any thread. */
final class Passwords {
  private static final int HASH_LENGTH = 64;

  private Passwords() {}

  static String hash(byte[] password) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(password));
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
  }

  static String hash(String password) {
    return hash(password.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Whether a text could be the hash of a password. */
  static boolean isHash(String text) {
    return text.length() == HASH_LENGTH
        && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /** Whether one of the hashes is the password's; its time does not tell which, or how nearly. */
  static boolean fits(Set<String> hashes, byte[] password) {
    byte[] given = hash(password).getBytes(StandardCharsets.US_ASCII);
    boolean fits = false;
    for (String each : hashes) {
      fits |= MessageDigest.isEqual(given, each.getBytes(StandardCharsets.US_ASCII));
    }
    return fits;
  }
}
