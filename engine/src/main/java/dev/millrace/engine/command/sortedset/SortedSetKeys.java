package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.RealParser;
import dev.millrace.engine.value.SortedSetBuilder;
import dev.millrace.engine.value.SortedSetType;

/**
 * What all commands on sorted sets do with keys and arguments.
 *
 * <p>Owned by: executor thread.
 */
public final class SortedSetKeys {
  final SortedSetType type;
  private final RealParser parser = new RealParser();

  public SortedSetKeys(SortedSetType type) {
    this.type = type;
  }

  /** The type of the values. */
  public SortedSetType type() {
    return type;
  }

  /**
   * The sorted set of a key argument for reading, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  public long find(Call call, int argument) {
    return require(
        call.database()
            .find(call.address(argument), call.length(argument), call.keyHash(argument)));
  }

  /**
   * The sorted set of a key argument for writing, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  public long findForWrite(Call call, int argument) {
    return require(
        call.database()
            .findForWrite(call.address(argument), call.length(argument), call.keyHash(argument)));
  }

  private static long require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.ZSET) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }

  /**
   * An argument as a double that is a number.
   *
   * @throws CommandError the given one when it is not, or out of a double's range
   */
  public double real(Call call, int argument, CommandError otherwise) {
    long address = call.address(argument);
    int length = call.length(argument);
    parser.parse(address, length);
    if (length == 0
        || parser.consumed() != length
        || isBlank(Memory.getByte(address))
        || parser.outOfRange()
        || Double.isNaN(parser.value())) {
      throw otherwise;
    }
    return parser.value();
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /**
   * One end of a range of scores, read as leniently as Redis does: blanks before it, nothing at all
   * for zero, and what follows a zero byte are let pass.
   *
   * @throws CommandError the given one when it is not a number
   */
  double rangeEnd(long address, int length, CommandError otherwise) {
    parser.parse(address, length);
    int end = parser.consumed();
    if ((end < length && Memory.getByte(address + end) != 0) || Double.isNaN(parser.value())) {
      throw otherwise;
    }
    return parser.value();
  }

  /**
   * Removes the members of consecutive ranks from a key. One that loses all is deleted as a whole,
   * and its memory comes back in slices.
   *
   * @param event the keyspace event of the removal
   */
  void removeRange(
      Call call, int argument, long entry, long firstRank, long members, String event) {
    long hash = call.keyHash(argument);
    boolean all = members == type.size(entry);
    if (all) {
      call.database().delete(entry, hash);
    } else {
      type.removeRange(call.database(), entry, hash, firstRank, members);
    }
    removed(call, argument, all, members, event);
  }

  /** Tells everybody of members that were removed, and of the key if it went with them. */
  void removed(Call call, int argument, boolean keyToo, long members, String event) {
    call.notify(KeyspaceEvents.ZSET, event, argument);
    if (keyToo) {
      call.notify(KeyspaceEvents.GENERIC, "del", argument);
    }
    call.keyChanged(argument);
    call.changed(members);
  }

  /**
   * Makes a key hold what was collected, or no longer exist when that is nothing; replies how many
   * members there are. The builder is used up.
   *
   * @param event the keyspace event of a key that was stored
   */
  public void store(Call call, int argument, SortedSetBuilder members, String event) {
    Database database = call.database();
    long address = call.address(argument);
    int length = call.length(argument);
    long hash = call.keyHash(argument);
    long size = members.size();
    if (size > 0) {
      members.store(database, address, length, hash, Database.NO_EXPIRY);
      call.keyChanged(argument);
      call.notify(KeyspaceEvents.ZSET, event, argument);
      call.changed();
    } else {
      members.discard();
      if (database.delete(address, length, hash)) {
        call.keyChanged(argument);
        call.notify(KeyspaceEvents.GENERIC, "del", argument);
        call.changed();
      }
    }
    call.reply().integer(size);
  }
}
