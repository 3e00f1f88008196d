package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.ScoredMemberVisitor;
import dev.millrace.engine.value.SetType;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.SortedSetType;
import java.util.function.BooleanSupplier;

/**
 * One input of a combination: a sorted set, a set, whose members all have the score 1, or a key
 * that does not exist, which is empty.
 *
 * <p>Owned by: executor thread.
 */
final class Source {
  final long entry;
  final long size;
  double weight = 1;
  private final SortedSetType sortedSets;
  private final SetType sets;
  private final boolean isSet;
  private double score = 1;

  Source(long entry, SortedSetType sortedSets, SetType sets) {
    this.entry = entry;
    this.sortedSets = sortedSets;
    this.sets = sets;
    this.isSet = entry != 0 && Entry.type(entry) == Entry.SET;
    if (entry == 0) {
      this.size = 0;
    } else {
      this.size = isSet ? sets.size(entry) : sortedSets.size(entry);
    }
  }

  /** Whether a member is in it; {@link #score} then tells its score. */
  boolean find(Element member) {
    if (entry == 0) {
      return false;
    }
    if (isSet) {
      return sets.contains(entry, member);
    }
    boolean found = sortedSets.find(entry, member);
    if (found) {
      score = sortedSets.score();
    }
    return found;
  }

  /** Score of the member found last, without the weight. */
  double score() {
    return score;
  }

  /** Shows every member; the visitor may look members up in any source. */
  void forEach(ScoredMemberVisitor visitor) {
    forEachUntil(() -> false, visitor);
  }

  /** As {@link #forEach}; of a sorted set nothing more is shown once that is enough. */
  void forEachUntil(BooleanSupplier enough, ScoredMemberVisitor visitor) {
    if (entry == 0) {
      return;
    }
    if (isSet) {
      sets.forEach(entry, member -> visitor.visit(member, 1));
      return;
    }
    SortedSetCursor cursor = sortedSets.cursor();
    boolean on = sortedSets.at(entry, 0, cursor);
    for (; on && !enough.getAsBoolean(); on = cursor.next()) {
      visitor.visit(cursor.member(), cursor.score());
    }
  }
}
