package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.value.HashType;
import dev.millrace.engine.value.SetType;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subcommands of DEBUG that show how values and tables are kept. Our tables are none of
 * Redis's, so what has no counterpart (slots, chains) is left out of its shape.
 *
 * <p>Owned by: executor thread.
 */
final class DebugInsides {
  private static final Logger LOG = LoggerFactory.getLogger(DebugInsides.class);
  private static final CommandError NOT_LISTPACK =
      new CommandError("ERR Not a listpack encoded object.");
  private static final CommandError NO_TABLE =
      new CommandError(
          "ERR The value stored at the specified key is not represented using an hash table");

  private DebugInsides() {}

  /** {@code HTSTATS db}. */
  static void database(Call call) {
    long index = call.longArgument(2);
    if (index < 0 || index >= call.keyspace().databases()) {
      throw new CommandError("ERR Out of range database");
    }
    Database database = call.keyspace().database((int) index);
    answer(
        call,
        "[Dictionary HT]\n"
            + table(database.size())
            + "[Expires HT]\n"
            + table(database.expiring()));
  }

  /** {@code HTSTATS-KEY key}. */
  static void value(Call call) {
    long entry = entry(call);
    String encoding = call.keyspace().inspection().encodingName(entry);
    if (!encoding.equals("hashtable") && !encoding.equals("skiplist")) {
      throw NO_TABLE;
    }
    long elements =
        switch (call.keyspace().valueType(Entry.type(entry))) {
          case HashType hash -> hash.length(entry);
          case SetType set -> set.size(entry);
          case SortedSetType sorted -> sorted.size(entry);
          case null, default -> throw NO_TABLE;
        };
    answer(call, table(elements));
  }

  private static String table(long elements) {
    return "Hash table 0 stats (main hash table):\n"
        + (elements == 0
            ? "No stats available for empty dictionaries\n"
            : " number of elements: " + elements + "\n");
  }

  private static void answer(Call call, String text) {
    call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
  }

  /** {@code LISTPACK key}: as in Redis the answer is where to look, here the server's log. */
  static void listpack(Call call) {
    long entry = entry(call);
    long elements;
    if (!call.keyspace().inspection().encodingName(entry).equals("listpack")) {
      throw NOT_LISTPACK;
    }
    switch (call.keyspace().valueType(Entry.type(entry))) {
      case HashType hash -> elements = 2 * hash.length(entry);
      case SortedSetType sorted -> elements = 2 * sorted.size(entry);
      case null, default -> throw NOT_LISTPACK;
    }
    LOG.warn(
        "DEBUG LISTPACK: {} elements in {} bytes, its key's entry included",
        elements,
        call.keyspace().inspection().memoryUsage(entry));
    call.reply().simple("Listpack structure printed on stdout");
  }

  private static long entry(Call call) {
    long hash = Memory.hash(call.address(2), call.length(2));
    long entry = call.database().inspect(call.address(2), call.length(2), hash);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    return entry;
  }
}
