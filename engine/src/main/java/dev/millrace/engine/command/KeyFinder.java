package dev.millrace.engine.command;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the keys of a command line by the key specs that its command declares. */
public final class KeyFinder {
  /**
   * One key.
   *
   * @param argument which argument of the call it is
   * @param flags what the command does with it
   */
  public record Key(int argument, List<String> flags) {}

  public static final CommandError INVALID_ARGUMENTS =
      new CommandError("ERR Invalid arguments specified for command");

  private static final Pattern LEADING_NUMBER =
      Pattern.compile("^[ \\t\\n\\x0B\\f\\r]*([+-]?\\d{1,9})(?!\\d)");

  private static final List<String> MIGRATED = List.of("RW", "access", "delete");

  private KeyFinder() {}

  /**
   * The keys.
   *
   * @param request holds the command line among its arguments
   * @param at which argument is the command's name
   */
  public static List<Key> find(Command command, Request request, int at) {
    if (command.fullName().equals("migrate")) {
      return keysOfMigrate(request, at);
    }
    List<Key> keys = new ArrayList<>();
    for (KeySpec spec : command.keySpecs()) {
      if (spec.find() == KeySpec.Find.UNKNOWN) {
        int key = command.fullName().equals("sort") ? storeOfSort(spec, request, at) : 0;
        if (key > 0) {
          keys.add(new Key(key, spec.flags()));
        }
        continue;
      }
      if (spec.flags().contains("not_key")) {
        continue;
      }
      int first = first(spec, request, at);
      if (first > 0 && first < request.argc()) {
        int least = command.has(CommandFlag.NO_MANDATORY_KEYS) ? 0 : 1;
        if (spec.find() == KeySpec.Find.KEYNUM && !isCount(request, first, least)) {
          return countedLoosely(request, first, keys);
        }
        add(spec, flags(command, spec, request, at), first, request, keys);
      }
    }
    return keys;
  }

  /** The one key, or those after the word KEYS, which a password may be too. */
  private static List<Key> keysOfMigrate(Request request, int at) {
    int first = at + 3;
    int last = first;
    for (int i = at + 6; i < request.argc(); i++) {
      String word = request.text(i).toLowerCase(Locale.ROOT);
      if (word.equals("keys") && request.length(at + 3) == 0) {
        first = i + 1;
        last = request.argc() - 1;
        break;
      }
      i += word.equals("auth") ? 1 : word.equals("auth2") ? 2 : 0;
    }
    List<Key> keys = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      keys.add(new Key(i, MIGRATED));
    }
    return keys;
  }

  private static int first(KeySpec spec, Request request, int at) {
    if (spec.keyword().isEmpty()) {
      return at + spec.beginIndex();
    }
    boolean backwards = spec.keywordFrom() < 0;
    int from = backwards ? request.argc() + spec.keywordFrom() : at + spec.keywordFrom();
    for (int i = from; backwards ? i > at : i < request.argc(); i += backwards ? -1 : 1) {
      if (request.text(i).equalsIgnoreCase(spec.keyword())) {
        return i + 1;
      }
    }
    return 0;
  }

  private static boolean isCount(Request request, int argument, int least) {
    if (!Decimal.isLong(request.address(argument), request.length(argument))) {
      return false;
    }
    long count = Decimal.parse(request.address(argument), request.length(argument));
    return count >= least && count <= request.argc() - argument - 1;
  }

  /**
   * What Redis tells where a number of keys is none by its key specs: it asks an older function,
   * which reads the number as C's {@code atoi} does, names the key to store to last, and knows no
   * flags.
   */
  private static List<Key> countedLoosely(Request request, int argument, List<Key> before) {
    Matcher number = LEADING_NUMBER.matcher(request.text(argument));
    long count = number.find() ? Long.parseLong(number.group(1)) : 0;
    if (count < 1 || count > request.argc() - argument - 1) {
      throw INVALID_ARGUMENTS;
    }
    List<Key> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(new Key(argument + 1 + i, List.of()));
    }
    before.forEach(key -> keys.add(new Key(key.argument(), List.of())));
    return keys;
  }

  private static void add(
      KeySpec spec, List<String> flags, int first, Request request, List<Key> keys) {
    switch (spec.find()) {
      case RANGE -> {
        int last = first + spec.lastKey();
        if (spec.lastKey() < 0) {
          // With a limit the keys are only so great a part of what follows (XREAD: half).
          int rest = request.argc() - first;
          last =
              spec.limit() <= 1
                  ? request.argc() + spec.lastKey()
                  : first + rest / spec.limit() + spec.lastKey();
        }
        for (int i = first; i <= last && i < request.argc(); i += Math.max(1, spec.step())) {
          keys.add(new Key(i, flags));
        }
      }
      case KEYNUM -> {
        long count = Decimal.parse(request.address(first), request.length(first));
        for (int i = 0; i < count; i++) {
          keys.add(new Key(first + 1 + i * Math.max(1, spec.step()), flags));
        }
      }
      case UNKNOWN -> throw new IllegalArgumentException("nobody knows where its keys are");
    }
  }

  /** The last key that SORT is told to store to, or 0; patterns of BY and GET are no keys. */
  private static int storeOfSort(KeySpec spec, Request request, int at) {
    int found = 0;
    for (int i = at + 2; spec.flags().contains("update") && i < request.argc(); i++) {
      switch (request.text(i).toLowerCase(Locale.ROOT)) {
        case "limit" -> i += 2;
        case "get", "by" -> i++;
        case "store" -> found = i + 1 < request.argc() ? i + 1 : found;
        default -> {}
      }
    }
    return found;
  }

  /** The arguments of SET and BITFIELD change what they do with their key. */
  private static List<String> flags(Command command, KeySpec spec, Request request, int at) {
    if (!spec.flags().contains("variable_flags")) {
      return spec.flags();
    }
    if (command.fullName().equals("set")) {
      for (int i = at + 3; i < request.argc(); i++) {
        if (request.text(i).equalsIgnoreCase("get")) {
          return List.of("RW", "access", "update");
        }
      }
      return List.of("OW", "update");
    }
    if (command.fullName().equals("bitfield")) {
      return onlyReadsFields(request, at)
          ? List.of("RO", "access")
          : List.of("RW", "access", "update");
    }
    return spec.flags().stream().filter(flag -> !flag.equals("variable_flags")).toList();
  }

  private static boolean onlyReadsFields(Request request, int at) {
    for (int i = at + 2; i < request.argc(); ) {
      int left = request.argc() - i - 1;
      if (request.text(i).equalsIgnoreCase("get") && left >= 2) {
        i += 3;
      } else if (request.text(i).equalsIgnoreCase("overflow") && left >= 1) {
        i += 2;
      } else {
        return false;
      }
    }
    return true;
  }
}
