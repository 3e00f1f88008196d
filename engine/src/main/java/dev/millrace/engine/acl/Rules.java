package dev.millrace.engine.acl;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Applies the rules of ACL SETUSER, of {@code user} lines and of the ACL file, one by one, with
 * Redis's meaning and its words for what is wrong.
 *
 * <p>Owned by: executor thread (the starting thread before it runs).
 */
final class Rules {
  private static final String AFTER_ALL_KEYS =
      "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have"
          + " any effect. Try 'resetkeys' to start with an empty list of patterns";
  private static final String AFTER_ALL_CHANNELS =
      "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not"
          + " have any effect. Try 'resetchannels' to start with an empty list of channels";
  private static final String BAD_HASH =
      "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
          + " characters";
  private static final String NO_SUCH_PASSWORD =
      "The password you are trying to remove from the user does not exist";
  private static final String NESTED_FIRST_ARGUMENT =
      "Allowing first-arg of a subcommand is not supported";

  private final CommandTable commands;
  private final PatternStore patterns;
  private final BooleanSupplier newUsersHaveAllChannels;

  Rules(CommandTable commands, PatternStore patterns, BooleanSupplier newUsersHaveAllChannels) {
    this.commands = commands;
    this.patterns = patterns;
    this.newUsersHaveAllChannels = newUsersHaveAllChannels;
  }

  /** A user as ACL SETUSER begins with: off, no password, nothing allowed. */
  AclUser newUser(String name) {
    return new AclUser(name, newUsersHaveAllChannels.getAsBoolean());
  }

  /**
   * Joins the words of each selector in parentheses to one rule.
   *
   * @throws UnmatchedException when a parenthesis is not closed
   */
  static List<String> join(List<String> words) throws UnmatchedException {
    List<String> rules = new ArrayList<>();
    StringBuilder open = null;
    String first = "";
    for (String word : words) {
      if (open != null) {
        open.append(' ').append(word);
        if (word.endsWith(")")) {
          rules.add(open.toString());
          open = null;
        }
      } else if (word.startsWith("(") && !word.endsWith(")")) {
        open = new StringBuilder(word);
        first = word;
      } else {
        rules.add(word);
      }
    }
    if (open != null) {
      throw new UnmatchedException(first);
    }
    return rules;
  }

  /** A selector's parenthesis that is not closed; the message is the word that opened it. */
  static final class UnmatchedException extends Exception {
    private static final long serialVersionUID = 1L;

    UnmatchedException(String word) {
      super(word, null, false, false);
    }
  }

  /** Applies one rule to a user. */
  void apply(AclUser user, String rule) throws RuleException {
    if (rule.isEmpty()) {
      return;
    }
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "on" -> user.enabled = true;
      case "off" -> user.enabled = false;
      case "nopass" -> {
        user.noPassword = true;
        user.passwords.clear();
      }
      case "resetpass" -> {
        user.noPassword = false;
        user.passwords.clear();
      }
      case "sanitize-payload" -> user.sanitizing = AclUser.Sanitizing.SANITIZE;
      case "skip-sanitize-payload" -> user.sanitizing = AclUser.Sanitizing.SKIP;
      case "clearselectors" -> user.selectors.clear();
      case "reset" -> reset(user);
      default -> applyOther(user, rule);
    }
  }

  private void reset(AclUser user) {
    user.enabled = false;
    user.noPassword = false;
    user.passwords.clear();
    user.sanitizing = AclUser.Sanitizing.SANITIZE;
    user.selectors.clear();
    user.root = new Selector(newUsersHaveAllChannels.getAsBoolean());
  }

  private void applyOther(AclUser user, String rule) throws RuleException {
    switch (rule.charAt(0)) {
      case '>' -> addPassword(user, Passwords.hash(rule.substring(1)));
      case '#' -> addPassword(user, hash(rule));
      case '<' -> removePassword(user, Passwords.hash(rule.substring(1)));
      case '!' -> removePassword(user, hash(rule));
      case '(' -> {
        if (!rule.endsWith(")")) {
          throw new RuleException(RuleException.SYNTAX);
        }
        Selector selector = new Selector(newUsersHaveAllChannels.getAsBoolean());
        for (String part : rule.substring(1, rule.length() - 1).trim().split("\\s+")) {
          apply(selector, part);
        }
        user.selectors.add(selector);
      }
      default -> apply(user.root, rule);
    }
  }

  private static String hash(String rule) throws RuleException {
    String hash = rule.substring(1);
    if (!Passwords.isHash(hash)) {
      throw new RuleException(BAD_HASH);
    }
    return hash;
  }

  private static void addPassword(AclUser user, String hash) {
    user.passwords.add(hash);
    user.noPassword = false;
  }

  private static void removePassword(AclUser user, String hash) throws RuleException {
    if (!user.passwords.remove(hash)) {
      throw new RuleException(NO_SUCH_PASSWORD);
    }
  }

  /** Applies a rule about commands, keys or channels. */
  private void apply(Selector selector, String rule) throws RuleException {
    if (rule.isEmpty()) {
      return;
    }
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "allkeys", "~*" -> {
        selector.allKeys = true;
        selector.keys.clear();
      }
      case "resetkeys" -> {
        selector.allKeys = false;
        selector.keys.clear();
      }
      case "allchannels", "&*" -> {
        selector.allChannels = true;
        selector.channels.clear();
      }
      case "resetchannels" -> {
        selector.allChannels = false;
        selector.channels.clear();
      }
      case "allcommands", "+@all" -> selector.commands.setAll(true, commands.all());
      case "nocommands", "-@all" -> selector.commands.setAll(false, commands.all());
      default -> applyPattern(selector, rule);
    }
  }

  private void applyPattern(Selector selector, String rule) throws RuleException {
    switch (rule.charAt(0)) {
      case '~', '%' -> addKeys(selector, rule);
      case '&' -> {
        if (selector.allChannels) {
          throw new RuleException(AFTER_ALL_CHANNELS);
        }
        String text = withoutBlanks(rule.substring(1));
        if (selector.channels.stream().noneMatch(each -> each.text().equals(text))) {
          selector.channels.add(patterns.pattern(text, Pattern.ALL));
        }
      }
      case '+', '-' -> applyCommand(selector, rule.charAt(0) == '+', rule.substring(1));
      default -> throw new RuleException(RuleException.SYNTAX);
    }
  }

  private void addKeys(Selector selector, String rule) throws RuleException {
    if (selector.allKeys) {
      throw new RuleException(AFTER_ALL_KEYS);
    }
    int permissions = Pattern.ALL;
    int from = 1;
    if (rule.charAt(0) == '%') {
      int tilde = rule.indexOf('~');
      permissions = tilde < 0 ? 0 : permissions(rule.substring(1, tilde));
      from = tilde + 1;
    }
    if (permissions == 0) {
      throw new RuleException(RuleException.SYNTAX);
    }
    String text = withoutBlanks(rule.substring(from));
    for (int i = 0; i < selector.keys.size(); i++) {
      Pattern known = selector.keys.get(i);
      if (known.text().equals(text)) {
        selector.keys.set(i, patterns.pattern(text, known.permissions() | permissions));
        return;
      }
    }
    selector.keys.add(patterns.pattern(text, permissions));
  }

  /** R and W, each at most once; 0 for anything else. */
  private static int permissions(String letters) {
    return switch (letters.toUpperCase(Locale.ROOT)) {
      case "R" -> Pattern.READ;
      case "W" -> Pattern.WRITE;
      case "RW", "WR" -> Pattern.ALL;
      default -> 0;
    };
  }

  private static String withoutBlanks(String pattern) throws RuleException {
    if (pattern.chars().anyMatch(c -> c == ' ' || (c >= '\t' && c <= '\r') || c == 0)) {
      throw new RuleException(RuleException.SYNTAX);
    }
    return pattern;
  }

  private void applyCommand(Selector selector, boolean allowed, String name) throws RuleException {
    if (name.startsWith("@")) {
      String category = name.substring(1).toLowerCase(Locale.ROOT);
      if (!Categories.ALL.contains(category)) {
        throw new RuleException(RuleException.UNKNOWN);
      }
      selector.commands.setCategory(category, allowed, commands.all());
      return;
    }
    int bar = name.lastIndexOf('|');
    if (!allowed || bar < 0) {
      selector.commands.set(lookUp(name), allowed);
      return;
    }
    String before = name.substring(0, bar);
    String word = name.substring(bar + 1);
    Command command = lookUp(before);
    if (before.indexOf('|') >= 0) {
      throw new RuleException(NESTED_FIRST_ARGUMENT);
    }
    if (word.isEmpty()) {
      throw new RuleException(RuleException.SYNTAX);
    }
    if (command.isContainer()) {
      selector.commands.set(lookUp(name), true);
    } else {
      selector.commands.allowFirstArgument(command, word);
    }
  }

  private Command lookUp(String name) throws RuleException {
    Command command = commands.find(name);
    if (command == null) {
      throw new RuleException(RuleException.UNKNOWN);
    }
    return command;
  }
}
