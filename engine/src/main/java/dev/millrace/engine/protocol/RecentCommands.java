package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the commands looked up last by the bytes of their names, for clients send few different
 * ones, each time in the same spelling. Only names of up to eight bytes; the rest goes to the table
 * behind.
 *
 * <p>A name becomes a number by two loads that may overlap, so nothing beyond it is read; together
 * with the length it tells names apart.
 *
 * <p>Owned by: one thread.
 */
public final class RecentCommands implements CommandLookup {
  private static final int SLOTS = 16;
  private static final int NAME_BYTES_MAX = 8;
  private static final long SPREAD = 0x9E3779B97F4A7C15L;
  private static final int SLOT_SHIFT = 60;

  private final CommandLookup table;
  private final long[] names = new long[SLOTS];
  private final byte[] lengths = new byte[SLOTS];
  private final @Nullable KnownCommand[] commands = new @Nullable KnownCommand[SLOTS];

  /** Remembers what {@code table} finds. */
  public RecentCommands(CommandLookup table) {
    this.table = table;
  }

  @Override
  public @Nullable KnownCommand find(long nameAddress, int nameLength) {
    if (nameLength < 2 || nameLength > NAME_BYTES_MAX) {
      return table.find(nameAddress, nameLength);
    }
    long name = word(nameAddress, nameLength);
    int slot = (int) ((name * SPREAD) >>> SLOT_SHIFT);
    if (names[slot] == name && lengths[slot] == nameLength) {
      return commands[slot];
    }
    KnownCommand command = table.find(nameAddress, nameLength);
    if (command != null) {
      names[slot] = name;
      lengths[slot] = (byte) nameLength;
      commands[slot] = command;
    }
    return command;
  }

  private static long word(long address, int length) {
    if (length >= Integer.BYTES) {
      long low = Memory.getInt(address) & 0xffffffffL;
      return low | (long) Memory.getInt(address + length - Integer.BYTES) << Integer.SIZE;
    }
    int low = Memory.getShort(address) & 0xffff;
    return low | (Memory.getByte(address + length - 1) & 0xffL) << Short.SIZE;
  }
}
