package dev.millrace.engine.command.list;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.QuicklistCursor;
import dev.millrace.engine.value.ListType;
import java.nio.charset.StandardCharsets;

/**
 * What the commands share that look at or take from the ends of a list: words, look-ups, replies,
 * and taking with all that it is told to.
 *
 * <p>Owned by: executor thread.
 */
final class Ends {
  static final byte[] LEFT = ascii("left");
  static final byte[] RIGHT = ascii("right");
  static final byte[] COUNT = ascii("count");
  static final byte[] LPOP = ascii("LPOP");
  static final byte[] RPOP = ascii("RPOP");

  private final ListType lists;
  private final QuicklistCursor cursor = new QuicklistCursor();
  private final Element element = new Element();

  Ends(ListType lists) {
    this.lists = lists;
  }

  ListType lists() {
    return lists;
  }

  static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** The list of a key argument for writing, or 0 when there is none. */
  static long find(Call call, int argument) {
    long entry =
        call.database()
            .findForWrite(call.address(argument), call.length(argument), call.keyHash(argument));
    return requireList(entry);
  }

  /** The list of a key argument for reading, or 0 when there is none. */
  static long read(Call call, int argument) {
    long entry =
        call.database().find(call.address(argument), call.length(argument), call.keyHash(argument));
    return requireList(entry);
  }

  private static long requireList(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.LIST) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }

  /** Whether the word LEFT stands there; false for RIGHT. */
  static boolean isLeft(Call call, int argument) {
    boolean left = call.is(argument, LEFT);
    if (!left && !call.is(argument, RIGHT)) {
      throw CommandError.SYNTAX;
    }
    return left;
  }

  /** The element at an end, good until the list changes. */
  Element at(long entry, boolean first) {
    lists.seek(entry, first ? 0 : -1, cursor);
    cursor.read(element);
    return element;
  }

  /** Replies elements from an end on, going inwards, without an array's header. */
  void replyFrom(Call call, long entry, boolean first, long count) {
    lists.seek(entry, first ? 0 : -1, cursor);
    for (long i = 0; i < count; i++) {
      cursor.read(element);
      Elements.reply(call.reply(), element);
      cursor.move(first);
    }
  }

  /**
   * Takes elements off an end and tells of it: the command has changed the key, which is deleted
   * when nothing is left.
   */
  void take(Call call, int argument, long entry, boolean first, long count) {
    Database database = call.database();
    long start = first ? 0 : lists.length(entry) - count;
    long left = lists.removeRange(database, entry, call.keyHash(argument), start, count);
    call.notify(KeyspaceEvents.LIST, first ? "lpop" : "rpop", argument);
    if (left == 0) {
      call.notify(KeyspaceEvents.GENERIC, "del", argument);
    }
    call.changed(count);
    call.keyChanged(argument);
  }

  /** Answers with the key and an array of what was taken off its end, and takes it. */
  void popSeveral(Call call, int argument, long entry, boolean first, long countMax) {
    long count = Math.min(countMax, lists.length(entry));
    call.reply().array(2);
    call.reply().bulk(call.address(argument), call.length(argument));
    call.reply().array(count);
    replyFrom(call, entry, first, count);
    take(call, argument, entry, first, count);
    call.effect(3)
        .argument(first ? LPOP : RPOP)
        .argument(call.address(argument), call.length(argument))
        .argument(count);
  }

  /** Answers with the key and the element taken off its end, and takes it. */
  void popOne(Call call, int argument, long entry, boolean first) {
    call.reply().array(2);
    call.reply().bulk(call.address(argument), call.length(argument));
    Elements.reply(call.reply(), at(entry, first));
    take(call, argument, entry, first, 1);
    call.effect(2)
        .argument(first ? LPOP : RPOP)
        .argument(call.address(argument), call.length(argument));
  }
}
