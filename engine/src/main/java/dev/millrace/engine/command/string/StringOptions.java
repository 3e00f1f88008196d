package dev.millrace.engine.command.string;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import java.nio.charset.StandardCharsets;

/**
 * The options of SET and GETEX: a condition, what becomes of the expiry, and whether the old value
 * is wanted. One instance is used for call after call.
 *
 * <p>Owned by: executor thread.
 */
final class StringOptions {
  /** How the number that gives an expiry is meant. */
  enum Expiry {
    NONE(false, false),
    EX(true, true),
    PX(false, true),
    EXAT(true, false),
    PXAT(false, false);

    final boolean inSeconds;
    final boolean relative;

    Expiry(boolean inSeconds, boolean relative) {
      this.inSeconds = inSeconds;
      this.relative = relative;
    }
  }

  private static final byte[] NX = word("nx");
  private static final byte[] XX = word("xx");
  private static final byte[] GET = word("get");
  private static final byte[] KEEPTTL = word("keepttl");
  private static final byte[] PERSIST = word("persist");
  private static final byte[] EX = word("ex");
  private static final byte[] PX = word("px");
  private static final byte[] EXAT = word("exat");
  private static final byte[] PXAT = word("pxat");

  boolean onlyIfAbsent;
  boolean onlyIfPresent;
  boolean wantsOld;
  boolean keepsExpiry;
  boolean persists;
  Expiry expiry = Expiry.NONE;
  private int expiryArgument;

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether an argument is the word GET. */
  static boolean isGet(Call call, int argument) {
    return call.is(argument, GET);
  }

  /** Reads SET's options, which begin at argument 3. */
  void readSet(Call call) {
    read(call, 3, true);
  }

  /** Reads GETEX's options, which begin at argument 2. */
  void readGetEx(Call call) {
    read(call, 2, false);
  }

  private void read(Call call, int from, boolean set) {
    onlyIfAbsent = false;
    onlyIfPresent = false;
    wantsOld = false;
    keepsExpiry = false;
    persists = false;
    expiry = Expiry.NONE;
    expiryArgument = 0;
    for (int i = from; i < call.argc(); i++) {
      Expiry kind = kind(call, i);
      if (kind != Expiry.NONE) {
        boolean free = expiry == Expiry.NONE || expiry == kind;
        if (!free || keepsExpiry || persists || i + 1 == call.argc()) {
          throw CommandError.SYNTAX;
        }
        expiry = kind;
        expiryArgument = ++i;
      } else if (!(set ? readSetWord(call, i) : readGetExWord(call, i))) {
        throw CommandError.SYNTAX;
      }
    }
  }

  private boolean readSetWord(Call call, int i) {
    if (!onlyIfPresent && call.is(i, NX)) {
      onlyIfAbsent = true;
    } else if (!onlyIfAbsent && call.is(i, XX)) {
      onlyIfPresent = true;
    } else if (call.is(i, GET)) {
      wantsOld = true;
    } else if (expiry == Expiry.NONE && call.is(i, KEEPTTL)) {
      keepsExpiry = true;
    } else {
      return false;
    }
    return true;
  }

  private boolean readGetExWord(Call call, int i) {
    if (expiry == Expiry.NONE && call.is(i, PERSIST)) {
      persists = true;
      return true;
    }
    return false;
  }

  private static Expiry kind(Call call, int i) {
    int length = call.length(i);
    if (length == 2) {
      return call.is(i, EX) ? Expiry.EX : call.is(i, PX) ? Expiry.PX : Expiry.NONE;
    }
    if (length == 4) {
      return call.is(i, EXAT) ? Expiry.EXAT : call.is(i, PXAT) ? Expiry.PXAT : Expiry.NONE;
    }
    return Expiry.NONE;
  }

  /** When the value is to expire, in Unix milliseconds; only when {@link #expiry} is given. */
  long expireAtMillis(Call call) {
    assert expiry != Expiry.NONE;
    return expireAtMillis(call, expiryArgument, expiry);
  }

  /**
   * The moment an argument names.
   *
   * @throws CommandError when it is no number, not positive, or beyond what 64 bits hold
   */
  static long expireAtMillis(Call call, int argument, Expiry expiry) {
    long value = call.longArgument(argument);
    if (value <= 0 || (expiry.inSeconds && value > Long.MAX_VALUE / 1000)) {
      throw invalidExpiry(call);
    }
    long millis = expiry.inSeconds ? value * 1000 : value;
    if (expiry.relative) {
      millis += call.nowMillis();
    }
    if (millis <= 0) {
      throw invalidExpiry(call);
    }
    return millis;
  }

  private static CommandError invalidExpiry(Call call) {
    return new CommandError(
        "ERR invalid expire time in '" + call.command().fullName() + "' command");
  }
}
