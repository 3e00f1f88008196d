package dev.millrace.engine.command.hash;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.memory.Decimal;
import java.util.Locale;

/**
 * What stands between the key and the fields of HGETEX and HSETEX.
 *
 * <p>Owned by: executor thread.
 */
final class FieldOptions {
  /** What becomes of the fields' expiry when nothing is said. */
  static final long UNSAID = -1;

  /** KEEPTTL of HSETEX, PERSIST of HGETEX. */
  static final long WORD = -2;

  private static final CommandError NO_TIME = new CommandError("ERR missing expire time");
  private static final CommandError NO_COUNT = new CommandError("ERR invalid number of fields");
  private static final CommandError COUNT_DIFFERS =
      new CommandError("ERR wrong number of arguments");
  private static final CommandError TWO_CONDITIONS =
      new CommandError("ERR Only one of FXX or FNX arguments can be specified");

  private final String word;
  private final boolean conditions;
  private final int wordsPerField;
  private final CommandError twoExpiries;

  /** Nothing, {@code fnx} or {@code fxx}. */
  String condition = "";

  /** A moment in milliseconds, or one of the constants. */
  long expiry;

  /** Index of the first field. */
  int first;

  private FieldOptions(String word, boolean conditions, int wordsPerField) {
    this.word = word.toLowerCase(Locale.ROOT);
    this.conditions = conditions;
    this.wordsPerField = wordsPerField;
    twoExpiries =
        new CommandError(
            "ERR Only one of EX, PX, EXAT, PXAT or " + word + " arguments can be specified");
  }

  static FieldOptions ofReading() {
    return new FieldOptions("PERSIST", false, 1);
  }

  static FieldOptions ofWriting() {
    return new FieldOptions("KEEPTTL", true, 2);
  }

  /** Reads them. */
  void parse(Call call) {
    condition = "";
    expiry = UNSAID;
    for (int i = 2; i < call.argc(); i++) {
      String option = call.text(i).toLowerCase(Locale.ROOT);
      switch (option) {
        case "fields" -> {
          fields(call, i + 1);
          return;
        }
        case "ex" -> expiry = moment(call, ++i, 1000, true);
        case "px" -> expiry = moment(call, ++i, 1, true);
        case "exat" -> expiry = moment(call, ++i, 1000, false);
        case "pxat" -> expiry = moment(call, ++i, 1, false);
        default -> word(call, i, option);
      }
    }
    throw COUNT_DIFFERS;
  }

  private void word(Call call, int at, String option) {
    if (option.equals(word)) {
      onlyExpiry();
      expiry = WORD;
    } else if (conditions && (option.equals("fnx") || option.equals("fxx"))) {
      if (!condition.isEmpty()) {
        throw TWO_CONDITIONS;
      }
      condition = option;
    } else {
      throw new CommandError("ERR unknown argument: " + call.text(at));
    }
  }

  private long moment(Call call, int at, int unit, boolean relative) {
    onlyExpiry();
    if (at >= call.argc()) {
      throw NO_TIME;
    }
    return FieldExpiryCommands.moment(call, at, unit, relative);
  }

  private void onlyExpiry() {
    if (expiry != UNSAID) {
      throw twoExpiries;
    }
  }

  private void fields(Call call, int at) {
    long count = 0;
    if (at < call.argc() && Decimal.isLong(call.address(at), call.length(at))) {
      count = Decimal.parse(call.address(at), call.length(at));
    }
    if (count < 1 || count > Integer.MAX_VALUE) {
      throw NO_COUNT;
    }
    if (count * wordsPerField != call.argc() - at - 1) {
      throw COUNT_DIFFERS;
    }
    first = at + 1;
  }
}
