package dev.millrace.engine.admin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The two ways in which a digest of {@value #BYTES} bytes takes more in: one for what comes in an
 * order, one for what has none.
 *
 * <p>Owned by: one thread.
 */
final class Sha1Mix {
  static final int BYTES = 20;

  private final MessageDigest sha1;

  Sha1Mix() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
  }

  /** Takes in something whose place among the others does not count. */
  void xor(byte[] digest, byte[] with) {
    combine(digest, sha1.digest(with));
  }

  /** Takes in another digest whose parts were taken in by {@link #xor} alone. */
  static void combine(byte[] digest, byte[] other) {
    for (int i = 0; i < BYTES; i++) {
      digest[i] ^= other[i];
    }
  }

  /** Takes in something that comes after what was taken in before. */
  void mix(byte[] digest, byte[] with) {
    xor(digest, with);
    byte[] mixed = sha1.digest(digest);
    System.arraycopy(mixed, 0, digest, 0, BYTES);
  }
}
