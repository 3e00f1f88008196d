package dev.millrace.engine.value;

import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.TreeCursor;

/**
 * Goes over the members of a sorted set in order, either way. Made by {@link SortedSetType#cursor},
 * set by {@link SortedSetType#at} as often as wanted; a change of the set makes it worthless until
 * it is set again.
 *
 * <p>Owned by: executor thread.
 */
public final class SortedSetCursor {
  private final ScoredPack pack;
  private final TreeCursor slot = new TreeCursor();
  private final Element member = new Element();
  private long lp;
  private int pos;

  SortedSetCursor(ScoredPack pack) {
    this.pack = pack;
  }

  /** Puts the cursor on a member of a listpack, or on none (0). */
  boolean onListpack(long listpack, int position) {
    lp = listpack;
    pos = position;
    return pos != 0;
  }

  /** The cursor to be put on a slot of a tree. */
  TreeCursor onTree() {
    lp = 0;
    return slot;
  }

  /** Goes to the next member; false when there is none. */
  public boolean next() {
    if (lp == 0) {
      return slot.next();
    }
    pos = ScoredPack.next(lp, pos);
    return pos != 0;
  }

  /** Goes to the member before; false when there is none. */
  public boolean previous() {
    if (lp == 0) {
      return slot.previous();
    }
    int score = Listpack.previous(lp, pos);
    pos = score == 0 ? 0 : Listpack.previous(lp, score);
    return pos != 0;
  }

  /** Goes one member on, or one back. */
  public boolean step(boolean back) {
    return back ? previous() : next();
  }

  /** The member; it holds until the cursor moves. */
  public Element member() {
    if (lp == 0) {
      long item = slot.item();
      member.string(ScoredItem.address(item), ScoredItem.length(item));
    } else {
      Listpack.read(lp, pos, member);
    }
    return member;
  }

  public double score() {
    return lp == 0 ? ScoredItem.score(slot.item()) : pack.score(lp, pos);
  }
}
