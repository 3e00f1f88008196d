package dev.millrace.engine.value;

import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.struct.ListpackValidation;
import dev.millrace.engine.struct.Quicklist;
import dev.millrace.engine.struct.QuicklistCursor;
import java.io.IOException;

/**
 * Lists in RDB's forms: writes the one of Redis 7.0 (a quicklist of listpacks), reads that one, a
 * quicklist of ziplists, a single ziplist, and the plain sequence of elements.
 *
 * <p>Owned by: executor thread.
 */
final class ListLoader {
  private static final int TYPE_LIST = 1;
  private static final int TYPE_ZIPLIST = 10;
  private static final int TYPE_QUICKLIST = 14;
  private static final int TYPE_QUICKLIST_2 = 18;

  private static final int PLAIN = 1;
  private static final int PACKED = 2;

  private final Quicklist list;
  private final ZiplistReader ziplist = new ZiplistReader();
  private final QuicklistCursor cursor = new QuicklistCursor();
  private final Element element = new Element();

  ListLoader(SlabAllocator memory) {
    list = new Quicklist(memory);
  }

  /** Writes a list: its listpack, or the state of its quicklist. */
  static void save(boolean isListpack, long inline, ValueSink to) {
    to.type(TYPE_QUICKLIST_2);
    if (isListpack) {
      to.length(1);
      to.length(PACKED);
      to.string(inline, Listpack.bytes(inline));
      return;
    }
    to.length(Quicklist.nodes(inline));
    for (long node = Quicklist.head(inline); node != 0; node = Quicklist.nextNode(node)) {
      to.length(Quicklist.isPlain(node) ? PLAIN : PACKED);
      to.string(Quicklist.content(node), Quicklist.contentBytes(node));
    }
  }

  static boolean reads(int rdbType) {
    return rdbType == TYPE_LIST
        || rdbType == TYPE_ZIPLIST
        || rdbType == TYPE_QUICKLIST
        || rdbType == TYPE_QUICKLIST_2;
  }

  /**
   * Reads a list. What it returns is this object's own until the next call, its nodes the caller's.
   */
  Quicklist load(int rdbType, ValueSource from, long maxListpackSize) throws IOException {
    list.create();
    list.limits(maxListpackSize);
    boolean done = false;
    try {
      switch (rdbType) {
        case TYPE_LIST -> elements(from);
        case TYPE_ZIPLIST -> {
          from.string();
          ziplist(from.address(), from.bytes());
        }
        case TYPE_QUICKLIST -> ziplists(from);
        case TYPE_QUICKLIST_2 -> nodes(from);
        default -> throw new ValueFormatException("not a form of lists: " + rdbType);
      }
      done = true;
      return list;
    } finally {
      if (!done) {
        while (list.freeSome(Integer.MAX_VALUE)) {
          // All at once: the load has failed.
        }
      }
    }
  }

  private void elements(ValueSource from) throws IOException {
    for (long left = from.length(); left > 0; left--) {
      from.string();
      list.push(false, from.address(), length(from));
    }
  }

  private static int length(ValueSource from) throws ValueFormatException {
    if (from.bytes() > Integer.MAX_VALUE) {
      throw new ValueFormatException("an element of a list is too long");
    }
    return (int) from.bytes();
  }

  private void ziplists(ValueSource from) throws IOException {
    for (long left = from.length(); left > 0; left--) {
      from.string();
      ziplist(from.address(), from.bytes());
    }
  }

  private void ziplist(long address, long bytes) throws ValueFormatException {
    ziplist.open(address, bytes);
    while (ziplist.next()) {
      if (ziplist.isInteger()) {
        list.push(false, ziplist.integer());
      } else {
        list.push(false, ziplist.address(), ziplist.length());
      }
    }
  }

  private void nodes(ValueSource from) throws IOException {
    for (long left = from.length(); left > 0; left--) {
      long container = from.length();
      from.string();
      if (container == PLAIN) {
        list.push(false, from.address(), length(from));
      } else if (container == PACKED) {
        listpack(from.address(), from.bytes());
      } else {
        throw new ValueFormatException("no such kind of a list's node: " + container);
      }
    }
  }

  /** A listpack within the limits becomes a node as it is; of another the elements are added. */
  private void listpack(long listpack, long bytes) throws ValueFormatException {
    if (!ListpackValidation.isSound(listpack, bytes)) {
      throw new ValueFormatException("a list's listpack is not sound");
    }
    int count = Listpack.count(listpack);
    if (count == 0) {
      return;
    }
    if (list.allows(bytes, count)) {
      list.appendListpack(listpack);
      return;
    }
    for (cursor.open(listpack, 0); cursor.isOnElement(); cursor.next()) {
      cursor.read(element);
      if (element.isInteger()) {
        list.push(false, element.integer());
      } else {
        list.push(false, element.address(), element.length());
      }
    }
  }
}
