package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.ServerSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Checks passwords: one user, {@code default}, whose password is {@code requirepass}; without one
 * any password does, as in Redis.
 *
 * <p>Owned by: executor thread.
 */
public final class Authentication {
  static final CommandError WRONG =
      new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
  private static final CommandError NOT_CONFIGURED =
      new CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
  private static final byte[] DEFAULT_USER = "default".getBytes(StandardCharsets.US_ASCII);

  private final ServerSettings settings;

  /** Checks against {@code requirepass} of these settings. */
  public Authentication(ServerSettings settings) {
    this.settings = settings;
  }

  /** True when a new connection has to authenticate. */
  public boolean isRequired() {
    return settings.requirepass.isSet();
  }

  /** AUTH with a password alone. */
  void authenticate(Call call, byte[] password) {
    if (!isRequired()) {
      throw NOT_CONFIGURED;
    }
    authenticate(call, DEFAULT_USER, password);
  }

  /** AUTH with a user. */
  void authenticate(Call call, byte[] user, byte[] password) {
    boolean known = MessageDigest.isEqual(user, DEFAULT_USER);
    boolean right = !isRequired() || same(password, settings.requirepass.bytes());
    if (!known || !right) {
      throw WRONG;
    }
    call.client().authenticate(true);
  }

  /** Compares without telling by its time where two passwords differ, nor how long either is. */
  private static boolean same(byte[] given, byte[] wanted) {
    return MessageDigest.isEqual(digest(given), digest(wanted));
  }

  private static byte[] digest(byte[] text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text);
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
  }

  /** Puts a client to where a new connection begins. */
  void reset(Client client) {
    client.authenticate(!isRequired());
  }
}
