package dev.millrace.engine.acl;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Writes users as rules that make them again. What commands a selector allows is told by the
 * categories that come closest to it, each time the one that leaves the fewest exceptions, and then
 * by the exceptions: so the text depends on what is allowed, not on the rules that led there.
 */
final class RuleText {
  private final CommandTable commands;

  RuleText(CommandTable commands) {
    this.commands = commands;
  }

  /** The rules of a user, without its name. */
  String of(AclUser user) {
    List<String> words = new ArrayList<>(flags(user));
    user.passwords.forEach(hash -> words.add("#" + hash));
    words.add(of(user.root));
    user.selectors.forEach(selector -> words.add("(" + of(selector) + ")"));
    return String.join(" ", words);
  }

  /** The rules that stand for a user's flags. */
  static List<String> flags(AclUser user) {
    List<String> flags = new ArrayList<>();
    flags.add(user.enabled ? "on" : "off");
    if (user.noPassword) {
      flags.add("nopass");
    }
    switch (user.sanitizing) {
      case SANITIZE -> flags.add("sanitize-payload");
      case SKIP -> flags.add("skip-sanitize-payload");
      case UNSAID -> {}
    }
    return flags;
  }

  private String of(Selector selector) {
    List<String> words = new ArrayList<>();
    String keys = keys(selector);
    if (!keys.isEmpty()) {
      words.add(keys);
    }
    if (!selector.allChannels) {
      words.add("resetchannels");
    }
    String channels = channels(selector);
    if (!channels.isEmpty()) {
      words.add(channels);
    }
    words.add(commands(selector));
    return String.join(" ", words);
  }

  static String keys(Selector selector) {
    return selector.allKeys
        ? "~*"
        : String.join(" ", selector.keys.stream().map(Pattern::keyRule).toList());
  }

  static String channels(Selector selector) {
    return selector.allChannels
        ? "&*"
        : String.join(" ", selector.channels.stream().map(each -> "&" + each.text()).toList());
  }

  /** The rules that stand for the commands a selector allows. */
  String commands(Selector selector) {
    CommandSet wanted = selector.commands;
    boolean additive = !wanted.allowsFuture();
    StringBuilder text = new StringBuilder(additive ? "-@all" : "+@all");
    CommandSet told = new CommandSet();
    told.setAll(!additive, commands.all());
    CommandSet left = new CommandSet(wanted);
    Set<String> applied = new HashSet<>();
    for (String best = closest(left, additive, applied);
        best != null;
        best = closest(left, additive, applied)) {
      applied.add(best);
      text.append(additive ? " +@" : " -@").append(best);
      told.setCategory(best, additive, commands.all());
      left.setCategory(best, !additive, commands.all());
    }
    for (Command command : commands.all()) {
      tellException(command, wanted, told, text);
      for (Command child : command.subcommands().values()) {
        tellException(child, wanted, told, text);
      }
    }
    return text.toString();
  }

  /** The category with more commands that are as wanted than are not, fewest that are not first. */
  private @org.jspecify.annotations.Nullable String closest(
      CommandSet left, boolean additive, Set<String> applied) {
    String best = null;
    int fewest = Integer.MAX_VALUE;
    int most = 0;
    for (String category : Categories.ALL) {
      if (applied.contains(category)) {
        continue;
      }
      int on = 0;
      int off = 0;
      for (Command command : commands.all()) {
        if (command.categories().contains(category)) {
          boolean allowed = left.contains(command);
          on += allowed ? 1 : 0;
          off += allowed ? 0 : 1;
        }
        for (Command child : command.subcommands().values()) {
          if (child.categories().contains(category)) {
            boolean allowed = left.contains(child);
            on += allowed ? 1 : 0;
            off += allowed ? 0 : 1;
          }
        }
      }
      int same = additive ? on : off;
      int different = additive ? off : on;
      if (same > different && (different < fewest || (different == fewest && same > most))) {
        best = category;
        fewest = different;
        most = same;
      }
    }
    return best;
  }

  private static void tellException(
      Command command, CommandSet wanted, CommandSet told, StringBuilder text) {
    boolean allowed = wanted.contains(command);
    if (allowed != told.contains(command)) {
      text.append(allowed ? " +" : " -").append(command.fullName());
      told.set(command, allowed);
    }
    if (!allowed) {
      for (String word : wanted.firstArguments(command)) {
        text.append(" +").append(command.fullName()).append('|');
        text.append(word.toLowerCase(Locale.ROOT));
      }
    }
  }
}
