package dev.millrace.engine.value;

import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;

/**
 * Walks over the entries of a stream in a range of IDs, either way, without the deleted ones.
 *
 * <pre>
 *   cursor.forward(stream, from, to);
 *   while (cursor.next()) {
 *     cursor.millis(), cursor.sequence()
 *     for (int i = cursor.fields(); i > 0; i--) {
 *       cursor.read(name, value);
 *     }
 *   }
 * </pre>
 *
 * <p>Made once and used again and again. A change of the stream ends its use; groups and what is
 * pending may change meanwhile. Owned by: executor thread.
 */
public final class StreamCursor {
  private final IdTree nodes;
  private final Element element = new Element();
  private boolean backward;
  private long fromMillis;
  private long fromSequence;
  private long toMillis;
  private long toSequence;

  private long node;
  private long lp;
  private int masterFields;
  private int firstName;
  private int firstEntry;

  /** Forward: the next entry. Backward: the last element of the one before. 0: the node is done. */
  private int at;

  /** Whether {@link #next} stopped on an entry, which is not passed yet. */
  private boolean onEntry;

  private long millis;
  private long sequence;
  private int flagsPosition;
  private boolean sameFields;
  private int fields;

  /** Fields that {@link #read} has not passed. */
  private int left;

  private int name;
  private int value;

  StreamCursor(SlabAllocator memory) {
    nodes = new IdTree(memory);
  }

  /** Before the first entry of a range, both ends of which belong to it. */
  public void forward(
      long stream, long fromMillis, long fromSequence, long toMillis, long toSequence) {
    range(fromMillis, fromSequence, toMillis, toSequence);
    backward = false;
    nodes.open(stream, stream + StreamHead.NODES);
    node = nodes.floor(fromMillis, fromSequence);
    if (node == 0) {
      node = nodes.first();
    }
    enter();
  }

  /** Behind the last entry of a range. */
  public void backward(
      long stream, long fromMillis, long fromSequence, long toMillis, long toSequence) {
    range(fromMillis, fromSequence, toMillis, toSequence);
    backward = true;
    nodes.open(stream, stream + StreamHead.NODES);
    node = nodes.floor(toMillis, toSequence);
    enter();
  }

  /** Before the entry with this ID. */
  public void exactly(long stream, long idMillis, long idSequence) {
    forward(stream, idMillis, idSequence, idMillis, idSequence);
  }

  private void range(long lowMillis, long lowSequence, long highMillis, long highSequence) {
    fromMillis = lowMillis;
    fromSequence = lowSequence;
    toMillis = highMillis;
    toSequence = highSequence;
    onEntry = false;
  }

  private void enter() {
    at = 0;
    if (node == 0) {
      return;
    }
    lp = StreamNodes.listpack(node);
    int pos = skip(Listpack.first(lp), 2);
    masterFields = (int) integer(pos);
    firstName = Listpack.next(lp, pos);
    firstEntry = skip(firstName, masterFields + 1);
    at = backward && firstEntry != 0 ? Listpack.last(lp) : firstEntry;
  }

  private int skip(int pos, int elements) {
    int now = pos;
    for (int i = elements; i > 0 && now != 0; i--) {
      now = Listpack.next(lp, now);
    }
    return now;
  }

  private long integer(int pos) {
    Listpack.read(lp, pos, element);
    return element.integer();
  }

  /** Goes to the next entry of the range, if there is one. */
  public boolean next() {
    if (onEntry && !backward) {
      passEntry();
    }
    onEntry = false;
    while (node != 0) {
      if (at == 0) {
        node = backward ? nodes.previous() : nodes.next();
        enter();
        continue;
      }
      boolean deleted = backward ? stepBackward() : readHead(at);
      // A deleted entry's ID may be above those behind it: XSETID can set the last ID back.
      if (!deleted && (backward ? isBefore() : isBehind())) {
        node = 0;
        return false;
      }
      if (!deleted && !(backward ? isBehind() : isBefore())) {
        onEntry = true;
        return true;
      }
      if (!backward) {
        passEntry();
      }
    }
    return false;
  }

  private boolean isBefore() {
    return StreamId.compare(millis, sequence, fromMillis, fromSequence) < 0;
  }

  private boolean isBehind() {
    return StreamId.compare(millis, sequence, toMillis, toSequence) > 0;
  }

  /** Reads the entry before {@link #at}, which is the last element of it; whether it is deleted. */
  private boolean stepBackward() {
    int pos = at;
    for (long parts = integer(at); parts > 0; parts--) {
      pos = Listpack.previous(lp, pos);
    }
    at = pos == firstEntry ? 0 : Listpack.previous(lp, pos);
    return readHead(pos);
  }

  private void passEntry() {
    at = skip(value, left * (sameFields ? 1 : 2) + 1);
  }

  /** Reads what stands before an entry's fields; whether it is deleted. */
  private boolean readHead(int pos) {
    flagsPosition = pos;
    long flags = integer(pos);
    int next = Listpack.next(lp, pos);
    millis = IdTree.millisOf(node) + integer(next);
    next = Listpack.next(lp, next);
    sequence = IdTree.sequenceOf(node) + integer(next);
    next = Listpack.next(lp, next);
    sameFields = (flags & StreamNodes.SAME_FIELDS) != 0;
    if (sameFields) {
      fields = masterFields;
      name = firstName;
      value = next;
    } else {
      fields = (int) integer(next);
      value = Listpack.next(lp, next);
    }
    left = fields;
    return (flags & StreamNodes.DELETED) != 0;
  }

  public long millis() {
    return millis;
  }

  public long sequence() {
    return sequence;
  }

  /** How many fields the entry has. */
  public int fields() {
    return fields;
  }

  /** Reads the next field and its value; at most {@link #fields} times per entry. */
  public void read(Element nameInto, Element valueInto) {
    assert left > 0 : "the entry has no more fields";
    left--;
    if (sameFields) {
      Listpack.read(lp, name, nameInto);
      name = Listpack.next(lp, name);
    } else {
      Listpack.read(lp, value, nameInto);
      value = Listpack.next(lp, value);
    }
    Listpack.read(lp, value, valueInto);
    value = Listpack.next(lp, value);
  }

  /** The node of the entry. */
  long node() {
    return node;
  }

  /** Where in its node's listpack the entry begins. */
  int flagsPosition() {
    return flagsPosition;
  }
}
