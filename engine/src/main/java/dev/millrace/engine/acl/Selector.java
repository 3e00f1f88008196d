package dev.millrace.engine.acl;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.KeyFinder;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * One set of permissions: commands, keys and channels, all of which must allow a call. A user has
 * one, and may have more, any of which suffices.
 *
 * <p>Owned by: executor thread.
 */
final class Selector {
  final CommandSet commands;
  final List<Pattern> keys = new ArrayList<>();
  final List<Pattern> channels = new ArrayList<>();
  boolean allKeys;
  boolean allChannels;

  /** Where {@link #check} found what is denied: an argument of the call. */
  private int deniedArgument;

  /** Allows nothing but, if so, all channels. */
  Selector(boolean allChannels) {
    this.commands = new CommandSet();
    this.allChannels = allChannels;
  }

  Selector(Selector other) {
    commands = new CommandSet(other.commands);
    keys.addAll(other.keys);
    channels.addAll(other.channels);
    allKeys = other.allKeys;
    allChannels = other.allChannels;
  }

  boolean allowsEverything() {
    return commands.isEverything() && allKeys && allChannels;
  }

  int deniedArgument() {
    return deniedArgument;
  }

  /**
   * Judges a call.
   *
   * @param at which argument is the command's name
   */
  Denial check(Command command, Request request, int at) {
    deniedArgument = 0;
    if (!command.has(CommandFlag.NO_AUTH)
        && !commands.contains(command)
        && !allowsFirstArgument(command, request, at)) {
      return Denial.COMMAND;
    }
    if (!allKeys && !allowsKeys(command, request, at)) {
      return Denial.KEY;
    }
    if (!allChannels && !allowsChannels(command, request, at)) {
      return Denial.CHANNEL;
    }
    return Denial.NONE;
  }

  private boolean allowsFirstArgument(Command command, Request request, int at) {
    List<String> words = commands.firstArguments(command);
    if (words.isEmpty() || request.argc() < at + 2) {
      return false;
    }
    String given = request.text(at + 1);
    return words.stream().anyMatch(given::equalsIgnoreCase);
  }

  private boolean allowsKeys(Command command, Request request, int at) {
    List<KeySpec> specs = command.keySpecs();
    // One spec that says where keys are only with the arguments decides of the others as well: the
    // key argument of MIGRATE is none when keys are named by KEYS.
    for (int i = 0; i < specs.size(); i++) {
      if (!isPlain(specs.get(i))) {
        return allowsFoundKeys(command, request, at);
      }
    }
    for (int i = 0; i < specs.size(); i++) {
      KeySpec spec = specs.get(i);
      List<String> flags = spec.flags();
      if (flags.contains("not_key")) {
        continue;
      }
      int first = at + spec.beginIndex();
      int last = spec.lastKey() < 0 ? request.argc() + spec.lastKey() : first + spec.lastKey();
      int wanted = permissions(flags);
      for (int k = first; k <= last && k < request.argc(); k += Math.max(1, spec.step())) {
        if (!allowsKey(request, k, wanted)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isPlain(KeySpec spec) {
    List<String> flags = spec.flags();
    return flags.contains("not_key")
        || (spec.find() == KeySpec.Find.RANGE
            && spec.keyword().isEmpty()
            && spec.limit() <= 1
            && !flags.contains("variable_flags"));
  }

  /** Whether it allows a call that reads keys named by no argument, whichever they are. */
  boolean allowsReadingAllKeys(Command command, Request request, int at) {
    return (allKeys || keys.stream().anyMatch(each -> each.isEverythingFor(Pattern.READ)))
        && check(command, request, at) == Denial.NONE;
  }

  /** For commands whose keys stand in no fixed place. */
  private boolean allowsFoundKeys(Command command, Request request, int at) {
    List<KeyFinder.Key> found;
    try {
      found = KeyFinder.find(command, request, at);
    } catch (CommandError notFound) {
      // The command will say itself what is wrong with its arguments.
      return true;
    }
    for (KeyFinder.Key key : found) {
      if (!allowsKey(request, key.argument(), permissions(key.flags()))) {
        return false;
      }
    }
    return true;
  }

  private boolean allowsKey(Request request, int argument, int wanted) {
    long address = request.address(argument);
    int length = request.length(argument);
    for (int i = 0; i < keys.size(); i++) {
      Pattern pattern = keys.get(i);
      if ((pattern.permissions() & wanted) == wanted && pattern.matches(address, length)) {
        return true;
      }
    }
    deniedArgument = argument;
    return false;
  }

  private static int permissions(List<String> flags) {
    int wanted = flags.contains("access") ? Pattern.READ : 0;
    boolean writes =
        flags.contains("insert") || flags.contains("delete") || flags.contains("update");
    return writes ? wanted | Pattern.WRITE : wanted;
  }

  private boolean allowsChannels(Command command, Request request, int at) {
    if (!command.has(CommandFlag.PUBSUB)) {
      return true;
    }
    return switch (command.name()) {
      case "publish", "spublish" -> allowsChannels(request, at + 1, at + 1, false);
      case "subscribe", "ssubscribe" -> allowsChannels(request, at + 1, request.argc() - 1, false);
      case "psubscribe" -> allowsChannels(request, at + 1, request.argc() - 1, true);
      default -> true;
    };
  }

  private boolean allowsChannels(Request request, int from, int to, boolean patterns) {
    for (int i = from; i <= to && i < request.argc(); i++) {
      if (!allowsChannel(request.address(i), request.length(i), patterns)) {
        deniedArgument = i;
        return false;
      }
    }
    return true;
  }

  /** Whether a channel is allowed, or a pattern of channels: that must be one of the user's. */
  boolean allowsChannel(long address, int length, boolean isPattern) {
    if (allChannels) {
      return true;
    }
    for (int i = 0; i < channels.size(); i++) {
      Pattern pattern = channels.get(i);
      if (isPattern ? pattern.is(address, length) : pattern.matches(address, length)) {
        return true;
      }
    }
    return false;
  }
}
