package dev.millrace.engine.struct;

/**
 * A place in a list: in a {@link Quicklist}, or in a lone listpack that is a small list. It stands
 * on an element, or beyond the end, and walks both ways.
 *
 * <p>Any change of the list but those through the cursor itself make it worthless.
 *
 * <p>Owned by: executor thread.
 */
public final class QuicklistCursor {
  /** Position of the one element of a plain node; no listpack has an element there. */
  static final int PLAIN = 1;

  /** The node, or 0 in a lone listpack. */
  long node;

  /** The listpack, or where the element of a plain node begins. */
  long content;

  /** Position in the listpack, {@link #PLAIN}, or 0 beyond the end. */
  int position;

  /**
   * Stands on an element of a lone listpack.
   *
   * @param index from 0 for the first, or from -1 backwards for the last
   */
  public void open(long listpack, long index) {
    node = 0;
    content = listpack;
    position = Listpack.seek(listpack, index);
  }

  /**
   * Stands on an element of a list.
   *
   * @param index from 0 for the first, or from -1 backwards for the last
   */
  public void open(Quicklist list, long index) {
    long left = index;
    if (left < 0) {
      left += list.length();
    }
    if (left < 0 || left >= list.length()) {
      node = 0;
      position = 0;
      return;
    }
    if (left < list.length() / 2) {
      long at = list.head;
      for (int count = QuicklistNode.count(at); left >= count; count = QuicklistNode.count(at)) {
        left -= count;
        at = QuicklistNode.next(at);
      }
      enter(at, left);
    } else {
      left -= list.length();
      long at = list.tail;
      for (int count = QuicklistNode.count(at); -left > count; count = QuicklistNode.count(at)) {
        left += count;
        at = QuicklistNode.previous(at);
      }
      enter(at, left);
    }
  }

  /** Stands on an element of a node by its index there; beyond the end when there is no node. */
  void enter(long at, long index) {
    node = at;
    if (at == 0) {
      position = 0;
      return;
    }
    content = QuicklistNode.content(at);
    position = QuicklistNode.isPlain(at) ? PLAIN : Listpack.seek(content, index);
  }

  /** The lone listpack it stands in is now, as it was, the only node of that list. */
  public void movedInto(Quicklist list) {
    node = list.head;
    content = QuicklistNode.content(node);
  }

  /**
   * Removes the element from the lone listpack it stands in; it then stands on the one after it in
   * the given direction.
   */
  public void removeFromListpack(boolean forward) {
    Listpack.remove(content, position, 1);
    if (!forward) {
      position = Listpack.previous(content, position);
    } else if (position == Listpack.end(content)) {
      position = 0;
    }
  }

  /** Whether it stands on an element. */
  public boolean isOnElement() {
    return position != 0;
  }

  /** Position in the lone listpack it was opened on, as {@link Listpack} counts. */
  public int position() {
    return position;
  }

  /** Reads the element it stands on. */
  public void read(Element into) {
    if (position == PLAIN) {
      into.string(content, Math.toIntExact(QuicklistNode.plainBytes(node)));
    } else {
      Listpack.read(content, position, into);
    }
  }

  /** Goes on to the next element, or beyond the end. */
  public void next() {
    position = position == PLAIN ? 0 : Listpack.next(content, position);
    if (position == 0 && node != 0) {
      enter(QuicklistNode.next(node), 0);
    }
  }

  /** Goes back to the element before, or beyond the end. */
  public void previous() {
    position = position == PLAIN ? 0 : Listpack.previous(content, position);
    if (position == 0 && node != 0) {
      enter(QuicklistNode.previous(node), -1);
    }
  }

  /** Goes on in one of the two directions. */
  public void move(boolean forward) {
    if (forward) {
      next();
    } else {
      previous();
    }
  }
}
