package dev.millrace.engine.value;

import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.EntryVisitor;
import dev.millrace.engine.struct.Listpack;

/**
 * The nodes that hold a stream's entries: blocks of an ID and a listpack, which has Redis's form
 * byte for byte.
 *
 * <pre>
 *   node      | time | number | listpack |          16 bytes of ID: of the first entry it had
 *   listpack  | master entry | entry | entry | ...
 *   master    | entries | entries deleted | n | field 1 | ... | field n | 0 |
 *   entry     | flags | time less master's | number less master's | content | parts |
 *   content   with SAME_FIELDS: | value 1 | ... | value n |     of the master's fields
 *             else:             | n | field 1 | value 1 | ... | field n | value n |
 *   parts     how many elements the entry has before it, to walk backwards
 * </pre>
 *
 * <p>A deleted entry stays, marked, until its node is taken out whole. Owned by: executor thread.
 */
final class StreamNodes {
  /** Bytes of the ID before the listpack. */
  static final int ID_BYTES = 16;

  static final int DELETED = 1;
  static final int SAME_FIELDS = 2;

  /** The most that the texts of one entry may be, and the limit of a node without another. */
  static final long TEXT_BYTES_MAX = 1L << 30;

  private static final int ENTRY_HEAD = 3;

  private final SlabAllocator memory;
  private final EncodingSettings settings;
  private final IdTree nodes;
  private final RadixShape shape = new RadixShape();
  private final Element element = new Element();

  StreamNodes(SlabAllocator memory, EncodingSettings settings) {
    this.memory = memory;
    this.settings = settings;
    this.nodes = new IdTree(memory);
  }

  static long listpack(long node) {
    return node + ID_BYTES;
  }

  /** The stream's nodes, to look among; good until another stream's are asked for. */
  IdTree of(long stream) {
    return nodes.open(stream, stream + StreamHead.NODES);
  }

  long integer(long lp, int pos) {
    Listpack.read(lp, pos, element);
    return element.integer();
  }

  /** Entries in a node that are not deleted. */
  long entries(long node) {
    long lp = listpack(node);
    return integer(lp, Listpack.first(lp));
  }

  /** Adds an entry, whose ID is above every other's. */
  void append(long stream, long millis, long sequence, StreamFields fields) {
    of(stream);
    long node = nodes.last();
    boolean sameFields = true;
    // A node can have this ID though all its entries are deleted: XSETID can set the last ID back.
    if (node == 0 || (isFull(node, textBytes(fields)) && nodes.find(millis, sequence) == 0)) {
      node = create(stream, millis, sequence, fields);
    } else {
      sameFields = hasFields(node, fields);
      node = count(stream, node, entryBytes(node, millis, sequence, fields, sameFields));
    }
    write(node, millis, sequence, fields, sameFields);
  }

  static long textBytes(StreamFields fields) {
    long bytes = 0;
    for (int i = 0; i < 2 * fields.fields(); i++) {
      bytes += fields.length(i);
    }
    return bytes;
  }

  private boolean isFull(long node, long textBytes) {
    long lp = listpack(node);
    long most = settings.streamNodeMaxBytes.value();
    if (most == 0 || most > TEXT_BYTES_MAX) {
      most = TEXT_BYTES_MAX;
    }
    if (Listpack.bytes(lp) + textBytes >= most) {
      return true;
    }
    long mostEntries = settings.streamNodeMaxEntries.value();
    int first = Listpack.first(lp);
    return mostEntries > 0
        && integer(lp, first) + integer(lp, Listpack.next(lp, first)) >= mostEntries;
  }

  private boolean hasFields(long node, StreamFields fields) {
    long lp = listpack(node);
    int pos = Listpack.next(lp, Listpack.next(lp, Listpack.first(lp)));
    if (integer(lp, pos) != fields.fields()) {
      return false;
    }
    for (int i = 0; i < fields.fields(); i++) {
      pos = Listpack.next(lp, pos);
      Listpack.read(lp, pos, element);
      if (!element.equalTo(fields.address(2 * i), fields.length(2 * i))) {
        return false;
      }
    }
    return true;
  }

  /** Bytes an entry takes in a node. */
  private static int entryBytes(
      long node, long millis, long sequence, StreamFields fields, boolean sameFields) {
    int bytes =
        Listpack.encodedBytes(sameFields ? SAME_FIELDS : 0)
            + Listpack.encodedBytes(millis - IdTree.millisOf(node))
            + Listpack.encodedBytes(sequence - IdTree.sequenceOf(node))
            + Listpack.encodedBytes(parts(fields, sameFields));
    if (!sameFields) {
      bytes += Listpack.encodedBytes(fields.fields());
    }
    for (int i = sameFields ? 1 : 0; i < 2 * fields.fields(); i += sameFields ? 2 : 1) {
      bytes += Listpack.encodedBytes(fields.address(i), fields.length(i));
    }
    return bytes;
  }

  private static int parts(StreamFields fields, boolean sameFields) {
    return ENTRY_HEAD + (sameFields ? fields.fields() : 2 * fields.fields() + 1);
  }

  /** A new node of one entry, written but for that entry, for which there is room. */
  private long create(long stream, long millis, long sequence, StreamFields fields) {
    int bytes =
        Listpack.EMPTY_BYTES
            + 2 * Listpack.encodedBytes(0)
            + Listpack.encodedBytes(1)
            + Listpack.encodedBytes(fields.fields());
    for (int i = 0; i < fields.fields(); i++) {
      bytes += Listpack.encodedBytes(fields.address(2 * i), fields.length(2 * i));
    }
    bytes +=
        Listpack.encodedBytes(SAME_FIELDS)
            + 2 * Listpack.encodedBytes(0)
            + Listpack.encodedBytes(parts(fields, true));
    for (int i = 0; i < fields.fields(); i++) {
      bytes += Listpack.encodedBytes(fields.address(2 * i + 1), fields.length(2 * i + 1));
    }
    long node = memory.allocate(ID_BYTES + bytes);
    Memory.putLong(node, millis);
    Memory.putLong(node + 8, sequence);
    long lp = listpack(node);
    Listpack.create(lp);
    Listpack.insert(lp, Listpack.end(lp), 1);
    Listpack.insert(lp, Listpack.end(lp), 0);
    Listpack.insert(lp, Listpack.end(lp), fields.fields());
    for (int i = 0; i < fields.fields(); i++) {
      Listpack.insert(lp, Listpack.end(lp), fields.address(2 * i), fields.length(2 * i));
    }
    Listpack.insert(lp, Listpack.end(lp), 0);
    link(stream, node);
    return node;
  }

  /** Takes in a new node; {@link #of} must be on its stream. */
  boolean link(long stream, long node) {
    int more = shape.difference(nodes, IdTree.millisOf(node), IdTree.sequenceOf(node));
    if (!nodes.insert(node)) {
      return false;
    }
    StreamHead.use(stream, memory.accountedBytesOf(node));
    StreamHead.radixNodes(stream, StreamHead.radixNodes(stream) + more);
    return true;
  }

  /** Counts one entry more in the last node, and makes room for it; returns the node. */
  private long count(long stream, long node, int entryBytes) {
    long lp = listpack(node);
    int first = Listpack.first(lp);
    long entries = integer(lp, first) + 1;
    int growth = Listpack.replaceGrowth(lp, first, entries) + entryBytes;
    long grown = resize(stream, node, Listpack.bytes(lp) + (long) growth);
    Listpack.replace(listpack(grown), first, entries);
    return grown;
  }

  private static void write(
      long node, long millis, long sequence, StreamFields fields, boolean sameFields) {
    long lp = listpack(node);
    Listpack.insert(lp, Listpack.end(lp), sameFields ? SAME_FIELDS : 0);
    Listpack.insert(lp, Listpack.end(lp), millis - IdTree.millisOf(node));
    Listpack.insert(lp, Listpack.end(lp), sequence - IdTree.sequenceOf(node));
    if (!sameFields) {
      Listpack.insert(lp, Listpack.end(lp), fields.fields());
    }
    for (int i = sameFields ? 1 : 0; i < 2 * fields.fields(); i += sameFields ? 2 : 1) {
      Listpack.insert(lp, Listpack.end(lp), fields.address(i), fields.length(i));
    }
    Listpack.insert(lp, Listpack.end(lp), parts(fields, sameFields));
  }

  /**
   * Gives the node that {@link #nodes} answered last room for a listpack of that length.
   *
   * @return the node, which may have moved
   */
  private long resize(long stream, long node, long listpackBytes) {
    long before = memory.accountedBytesOf(node);
    long resized = memory.reallocate(node, ID_BYTES + listpackBytes);
    StreamHead.use(stream, memory.accountedBytesOf(resized) - before);
    if (resized != node) {
      nodes.moved(resized);
    }
    return resized;
  }

  /** Marks one entry of a node as deleted, or takes the node out when it was the last one in it. */
  void delete(long stream, long inNode, int flagsPosition) {
    of(stream);
    long node = nodes.floor(IdTree.millisOf(inNode), IdTree.sequenceOf(inNode));
    assert node == inNode : "a node that is not in its stream";
    if (entries(node) <= 1) {
      remove(stream, node);
    } else {
      mark(listpack(node), flagsPosition);
      recount(stream, node, 1);
    }
    StreamHead.length(stream, StreamHead.length(stream) - 1);
  }

  /** Sets the deleted flag of an entry; the listpack keeps its length. */
  void mark(long lp, int flagsPosition) {
    Listpack.replace(lp, flagsPosition, integer(lp, flagsPosition) | DELETED);
  }

  /** Turns that many of a node's entries into deleted ones in its counts. */
  void recount(long stream, long node, long deleted) {
    long lp = listpack(node);
    int first = Listpack.first(lp);
    long entries = integer(lp, first) - deleted;
    long gone = integer(lp, Listpack.next(lp, first)) + deleted;
    int growth = Listpack.replaceGrowth(lp, Listpack.next(lp, first), gone);
    long at = growth > 0 ? resize(stream, node, Listpack.bytes(lp) + (long) growth) : node;
    Listpack.replace(listpack(at), first, entries);
    Listpack.replace(listpack(at), Listpack.next(listpack(at), first), gone);
  }

  /** Takes a node out and frees it; {@link #of} must be on its stream. */
  void remove(long stream, long node) {
    nodes.remove(node);
    int fewer = shape.difference(nodes, IdTree.millisOf(node), IdTree.sequenceOf(node));
    StreamHead.radixNodes(stream, StreamHead.radixNodes(stream) - fewer);
    StreamHead.use(stream, -memory.accountedBytesOf(node));
    memory.free(node);
  }

  /** Frees nodes of a stream that is out of reach; whether more remain. */
  boolean freeSome(long stream, long effort, EntryVisitor free) {
    return of(stream).freeSome(effort, free);
  }
}
