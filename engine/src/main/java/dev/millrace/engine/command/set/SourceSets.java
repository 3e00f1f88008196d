package dev.millrace.engine.command.set;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.value.MemberSet;
import dev.millrace.engine.value.SetType;
import java.util.Arrays;

/**
 * The sets a command combines, and where their combination goes. One instance serves a command
 * group, emptied by each use.
 *
 * <p>Owned by: executor thread.
 */
final class SourceSets {
  private static final int KEPT = 64;

  private final SetType sets;
  private long[] entries = new long[8];
  private int count;
  private int missing;

  SourceSets(SetType sets) {
    this.sets = sets;
  }

  /**
   * Looks the keys of these arguments up.
   *
   * @throws CommandError WRONGTYPE when any of them is no set, wherever it stands
   */
  void find(Call call, int from, int to) {
    count = 0;
    missing = 0;
    if (entries.length > KEPT) {
      entries = new long[KEPT];
    }
    for (int i = from; i < to; i++) {
      add(SetCommands.find(call, i));
    }
  }

  private void add(long entry) {
    if (count == entries.length) {
      entries = Arrays.copyOf(entries, count * 2);
    }
    entries[count++] = entry;
    missing += entry == 0 ? 1 : 0;
  }

  /** How many keys were named. */
  int count() {
    return count;
  }

  /** The set of a key by its place among them, or 0. */
  long get(int index) {
    return entries[index];
  }

  /** Whether one of the keys holds no set. */
  boolean hasMissing() {
    return missing > 0;
  }

  /** Whether the first set is also one of the others. */
  boolean hasFirstAgain() {
    for (int i = 1; i < count; i++) {
      if (entries[i] != 0 && entries[i] == entries[0]) {
        return true;
      }
    }
    return false;
  }

  /** Puts the sets from a place on into order by size: the smallest first, or the largest. */
  void sort(int from, boolean smallestFirst) {
    // Few sets as a rule, and often in order already.
    for (int i = from + 1; i < count; i++) {
      long entry = entries[i];
      long size = size(entry);
      int j = i;
      while (j > from
          && (smallestFirst ? size(entries[j - 1]) > size : size(entries[j - 1]) < size)) {
        entries[j] = entries[j - 1];
        j--;
      }
      entries[j] = entry;
    }
  }

  /** Number of members of the set, 0 for none. */
  long size(long entry) {
    return entry == 0 ? 0 : sets.size(entry);
  }

  /**
   * Makes a combination the value of the command's first key, or deletes that key when there is
   * nothing in it, and replies how many members there are.
   *
   * @param event what the keyspace notification is called
   */
  void store(Call call, MemberSet result, String event) {
    long size = result.size();
    Database database = call.database();
    long hash = call.keyHash(1);
    if (size == 0) {
      deleteTarget(call);
    } else {
      sets.store(result, database, call.address(1), call.length(1), hash);
      call.changed();
      call.keyChanged(1);
      call.notify(KeyspaceEvents.SET, event, 1);
    }
    call.reply().integer(size);
  }

  /** Deletes the command's first key if it is there. */
  void deleteTarget(Call call) {
    if (call.database().delete(call.address(1), call.length(1), call.keyHash(1))) {
      call.changed();
      call.keyChanged(1);
      call.notify(KeyspaceEvents.GENERIC, "del", 1);
    }
  }
}
