package dev.millrace.engine.command.string;

import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.protocol.ReplyWriter;

/** What all string commands do with an entry. Stateless; executor thread. */
public final class StringValue {
  private StringValue() {}

  /**
   * Refuses an entry of another type; no entry (0) passes.
   *
   * @throws CommandError WRONGTYPE
   */
  public static void require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.STRING) {
      throw CommandError.WRONG_TYPE;
    }
  }

  /** Replies the entry's string, or null for no entry. */
  static void reply(ReplyWriter reply, long entry) {
    if (entry == 0) {
      reply.nullBulk();
    } else if (Entry.isInt(entry)) {
      reply.bulkInteger(Entry.longValue(entry));
    } else {
      reply.bulk(Entry.valueAddress(entry), Entry.valueLength(entry));
    }
  }
}
