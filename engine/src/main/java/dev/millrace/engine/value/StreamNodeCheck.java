package dev.millrace.engine.value;

import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;

/**
 * Whether a sound listpack from a client is the node of a stream: every number where one belongs,
 * every count right, IDs ascending, but for deleted entries, whose IDs XSETID can leave above those
 * behind them. What passes can be walked either way without leaving it.
 *
 * <p>Owned by: one thread.
 */
final class StreamNodeCheck {
  private final Element element = new Element();
  private final StreamId id = new StreamId();
  private final StreamId previous = new StreamId();

  private long lp;
  private int at;
  private boolean failed;
  private boolean anyNode;

  /** Begins with another stream, whose nodes come in order. */
  void begin() {
    previous.set(0, 0);
    anyNode = false;
  }

  /** Whether no entry that was seen, and is not deleted, lies beyond this ID. */
  boolean isLast(long millis, long sequence) {
    return !anyNode || previous.compareTo(millis, sequence) <= 0;
  }

  /** Whether the listpack is a node of that ID, behind all nodes before. */
  boolean isNode(long listpack, long millis, long sequence) {
    if (anyNode && previous.compareTo(millis, sequence) >= 0) {
      return false;
    }
    anyNode = true;
    lp = listpack;
    at = Listpack.first(lp);
    failed = at == 0;
    long live = integer();
    long deleted = integer();
    long fields = integer();
    if (failed || live < 0 || deleted < 0 || fields < 0) {
      return false;
    }
    skip(fields);
    if (integer() != 0 || failed) {
      return false;
    }
    boolean any = false;
    while (at != 0) {
      long flags = integer();
      id.set(millis + integer(), sequence + integer());
      any = true;
      if (!passContent(flags, fields)) {
        return false;
      }
      if ((flags & StreamNodes.DELETED) != 0) {
        deleted--;
        continue;
      }
      live--;
      if (id.compareTo(previous) <= 0) {
        return false; // 0-0 is no entry's ID
      }
      previous.set(id);
    }
    return any && live == 0 && deleted == 0;
  }

  private boolean passContent(long flags, long masterFields) {
    boolean sameFields = (flags & StreamNodes.SAME_FIELDS) != 0;
    long parts = 3;
    if (sameFields) {
      parts += masterFields;
      skip(masterFields);
    } else {
      long own = integer();
      if (own < 0 || own > Integer.MAX_VALUE) {
        return false;
      }
      parts += 1 + 2 * own;
      skip(2 * own);
    }
    return !failed && at != 0 && integer() == parts && !failed;
  }

  /** Reads a number and passes it. */
  private long integer() {
    if (failed || at == 0) {
      failed = true;
      return 0;
    }
    Listpack.read(lp, at, element);
    if (!element.isInteger()) {
      failed = true;
      return 0;
    }
    at = Listpack.next(lp, at);
    return element.integer();
  }

  private void skip(long elements) {
    for (long i = elements; i > 0; i--) {
      if (at == 0) {
        failed = true;
        return;
      }
      at = Listpack.next(lp, at);
    }
  }
}
