package dev.millrace.engine.acl;

import dev.millrace.engine.command.Command;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which commands are allowed: one bit for each command and subcommand, and for some commands a list
 * of first arguments with which they are allowed although their bit is not set.
 *
 * <p>Owned by: executor thread.
 */
final class CommandSet {
  private final BitSet bits = new BitSet();
  private final Map<Integer, List<String>> firstArguments = new HashMap<>();

  /** Whether a command that a later release brings would be allowed. */
  private boolean future;

  /** Nothing was taken away since everything was allowed. */
  private boolean everything;

  CommandSet() {}

  CommandSet(CommandSet other) {
    bits.or(other.bits);
    other.firstArguments.forEach(
        (number, words) -> firstArguments.put(number, new ArrayList<>(words)));
    future = other.future;
    everything = other.everything;
  }

  boolean isEverything() {
    return everything;
  }

  boolean allowsFuture() {
    return future;
  }

  boolean contains(Command command) {
    return everything || bits.get(command.number());
  }

  /** First arguments with which a command is allowed that is not in the set. */
  List<String> firstArguments(Command command) {
    return firstArguments.getOrDefault(command.number(), List.of());
  }

  void allowFirstArgument(Command command, String word) {
    List<String> words = firstArguments.computeIfAbsent(command.number(), _ -> new ArrayList<>());
    if (words.stream().noneMatch(word::equalsIgnoreCase)) {
      words.add(word);
    }
  }

  /** Allows or denies everything, commands of later releases included. */
  void setAll(boolean allowed, Collection<Command> commands) {
    bits.clear();
    firstArguments.clear();
    future = allowed;
    everything = allowed;
    if (allowed) {
      for (Command command : commands) {
        bits.set(command.number());
        command.subcommands().values().forEach(child -> bits.set(child.number()));
      }
    }
  }

  /** Allows or denies a command with all its subcommands. */
  void set(Command command, boolean allowed) {
    setOne(command, allowed);
    for (Command child : command.subcommands().values()) {
      setOne(child, allowed);
    }
  }

  private void setOne(Command command, boolean allowed) {
    bits.set(command.number(), allowed);
    firstArguments.remove(command.number());
    everything &= allowed;
  }

  /** Allows or denies the commands and subcommands of a category. */
  void setCategory(String category, boolean allowed, Collection<Command> commands) {
    for (Command command : commands) {
      if (command.categories().contains(category)) {
        set(command, allowed);
      }
      for (Command child : command.subcommands().values()) {
        if (child.categories().contains(category)) {
          setOne(child, allowed);
        }
      }
    }
  }
}
