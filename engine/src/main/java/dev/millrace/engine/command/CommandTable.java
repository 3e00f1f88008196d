package dev.millrace.engine.command;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.protocol.CommandLookup;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every command the server knows, found by the bytes of its name in any case without allocation.
 *
 * <p>An open-addressed table of power-of-two size, keyed by a multiplicative hash over the
 * case-folded name; filled at start, read by any thread afterwards.
 */
public final class CommandTable implements CommandLookup {
  private static final int NAME_BYTES_MAX = 64;

  private final Map<String, Command> byName = new LinkedHashMap<>();
  private final TypedNames typed = new TypedNames(this);
  private int nextNumber;
  private @Nullable Command[] slots = new Command[1024];

  /** Declares a command. Only while the server starts. */
  public void add(Command.Builder declaration) {
    Command command = declaration.build();
    nextNumber = command.number(nextNumber);
    if (byName.putIfAbsent(command.name(), command) != null) {
      throw new IllegalStateException("declared twice: " + command.name());
    }
    if (byName.size() * 4 > slots.length) {
      slots = new Command[slots.length * 2];
      byName.values().forEach(this::place);
    } else {
      place(command);
    }
  }

  /** Declares all commands of some groups. Only while the server starts. */
  public CommandTable addAll(CommandGroup... groups) {
    for (CommandGroup group : groups) {
      group.declare(this);
    }
    return this;
  }

  private void place(Command command) {
    byte[] name = command.nameBytes();
    int hash = 0;
    for (byte b : name) {
      hash = hash * 31 + b;
    }
    int slot = spread(hash);
    while (slots[slot] != null) {
      slot = (slot + 1) & (slots.length - 1);
    }
    slots[slot] = command;
  }

  private int spread(int hash) {
    return ((hash * 0x9E3779B1) >>> 12) & (slots.length - 1);
  }

  @Override
  public @Nullable Command find(long nameAddress, int nameLength) {
    if (nameLength > NAME_BYTES_MAX) {
      return null;
    }
    int hash = 0;
    for (int i = 0; i < nameLength; i++) {
      hash = hash * 31 + lower(Memory.getByte(nameAddress + i));
    }
    int slot = spread(hash);
    while (true) {
      Command command = slots[slot];
      if (command == null) {
        return null;
      }
      if (Memory.equalIgnoreCase(nameAddress, nameLength, command.nameBytes())) {
        return command;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  /** Finds a command by name in any case; {@code config|get} finds a subcommand. */
  public @Nullable Command find(String name) {
    String folded = name.toLowerCase(Locale.ROOT);
    int bar = folded.indexOf('|');
    if (bar < 0) {
      return byName.get(folded);
    }
    Command container = byName.get(folded.substring(0, bar));
    return container == null ? null : container.subcommands().get(folded.substring(bar + 1));
  }

  /** The names under which clients and scripts find commands. */
  public TypedNames typed() {
    return typed;
  }

  /** Every command, in order of declaration. */
  public Collection<Command> all() {
    return Collections.unmodifiableCollection(byName.values());
  }
}
