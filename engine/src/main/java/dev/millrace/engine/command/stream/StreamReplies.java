package dev.millrace.engine.command.stream;

import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.StreamCursor;

/**
 * Writes entries of streams.
 *
 * <p>Owned by: executor thread.
 */
final class StreamReplies {
  private final StreamCursor cursor;
  private final Element name = new Element();
  private final Element value = new Element();

  /** Writes what that cursor is on. */
  StreamReplies(StreamCursor cursor) {
    this.cursor = cursor;
  }

  StreamCursor cursor() {
    return cursor;
  }

  /** The entry the cursor is on: its ID, and its fields with their values. */
  void entry(ReplyWriter reply) {
    reply.array(2);
    reply.bulkId(cursor.millis(), cursor.sequence());
    int fields = cursor.fields();
    reply.array(2L * fields);
    for (int i = 0; i < fields; i++) {
      cursor.read(name, value);
      bulk(reply, name);
      bulk(reply, value);
    }
  }

  private static void bulk(ReplyWriter reply, Element element) {
    if (element.isInteger()) {
      reply.bulkInteger(element.integer());
    } else {
      reply.bulk(element.address(), element.length());
    }
  }

  /** An array of the entries from the cursor on; {@code count} 0 for all of them. */
  void entries(ReplyWriter reply, long count) {
    reply.begin();
    long written = 0;
    while ((count == 0 || written < count) && cursor.next()) {
      entry(reply);
      written++;
    }
    reply.endArray(written);
  }

  /** The entry with this ID; false, and nothing written, when there is none. */
  boolean exactly(ReplyWriter reply, long stream, long millis, long sequence) {
    cursor.exactly(stream, millis, sequence);
    if (!cursor.next()) {
      return false;
    }
    entry(reply);
    return true;
  }
}
