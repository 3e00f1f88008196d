package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.Arrays;

/**
 * Commands that look at the keys of a whole database: KEYS, SCAN, RANDOMKEY, DBSIZE.
 *
 * <p>KEYS takes as long as the database is large, as its name in every guide is warning of; it is
 * Redis's contract. SCAN does a bounded amount of work.
 *
 * <p>Owned by: executor thread.
 */
final class IterationCommands implements CommandGroup {
  private static final int FOUND_KEPT = 4096;

  private long[] found = new long[64];
  private int foundCount;

  private final ScanOptions options = new ScanOptions();

  @Override
  public void declare(CommandTable table) {
    table.add(
        whole("keys", "Returns the keys that match a pattern.")
            .arity(2)
            .flags(READONLY)
            .categories("dangerous")
            .tips("request_policy:all_shards", "nondeterministic_output_order")
            .complexity("O(N) in the number of keys of the database.")
            .arguments(Argument.of("pattern", "pattern"))
            .handledBy(this::keys));
    table.add(
        whole("scan", "Returns some keys and where to go on, until all have been seen.")
            .since("2.8.0")
            .arity(-2)
            .flags(READONLY)
            .tips("nondeterministic_output", "request_policy:special")
            .complexity("O(1) a call, O(N) in the number of keys for a whole iteration.")
            .arguments(
                Argument.of("cursor", "integer"),
                Argument.of("pattern", "pattern").after("MATCH").optional(),
                Argument.of("count", "integer").after("COUNT").optional(),
                Argument.of("type", "string").after("TYPE").since("6.0.0").optional())
            .handledBy(this::scan));
    table.add(
        whole("randomkey", "Returns some key.")
            .arity(1)
            .flags(READONLY)
            .tips("request_policy:all_shards", "nondeterministic_output")
            .complexity("O(1)")
            .handledBy(this::randomKey));
    table.add(
        whole("dbsize", "Counts the keys of the database.")
            .group("server")
            .arity(1)
            .flags(READONLY, FAST)
            .tips("request_policy:all_shards", "response_policy:agg_sum")
            .complexity("O(1)")
            .handledBy(call -> call.reply().integer(call.database().size())));
  }

  private static Command.Builder whole(String name, String summary) {
    return Command.named(name)
        .group("generic")
        .since("1.0.0")
        .categories("keyspace")
        .summary(summary);
  }

  private void keys(Call call) {
    Keyspace keyspace = call.keyspace();
    ExpiryMode mode = keyspace.expiryMode();
    // Deleting what has expired on the way could move the table under the cursor and show a key
    // twice; hidden, it stays where it is.
    if (mode == ExpiryMode.DELETE) {
      keyspace.expiryMode(ExpiryMode.HIDE);
    }
    try {
      replyMatching(call);
    } finally {
      keyspace.expiryMode(mode);
    }
  }

  private static void replyMatching(Call call) {
    long pattern = call.address(1);
    int patternLength = call.length(1);
    boolean everything = GlobPattern.isEverything(pattern, patternLength);
    Database database = call.database();
    ReplyWriter reply = call.reply();
    long[] matched = {0};
    reply.begin();
    long cursor = 0;
    do {
      cursor =
          database.scan(
              cursor,
              entry -> {
                long key = Entry.keyAddress(entry);
                int length = Entry.keyLength(entry);
                if (everything || GlobPattern.matches(pattern, patternLength, key, length)) {
                  reply.bulk(key, length);
                  matched[0]++;
                }
              });
    } while (cursor != 0);
    reply.endArray(matched[0]);
  }

  private void scan(Call call) {
    long cursor = ScanOptions.cursor(call, 1);
    options.read(call, 2, true);
    Database database = call.database();
    foundCount = 0;
    long stepsLeft = options.steps();
    do {
      cursor = database.scan(cursor, this::found);
    } while (cursor != 0 && stepsLeft-- > 0 && foundCount < options.count());
    ReplyWriter reply = call.reply();
    reply.array(2);
    reply.bulk(Long.toUnsignedString(cursor));
    reply.begin();
    long shown = 0;
    for (int i = 0; i < foundCount; i++) {
      long entry = found[i];
      if (isWanted(call, entry)) {
        reply.bulk(Entry.keyAddress(entry), Entry.keyLength(entry));
        shown++;
      }
    }
    reply.endArray(shown);
    call.expiredApart();
    if (found.length > FOUND_KEPT) {
      found = new long[FOUND_KEPT];
    }
  }

  private void found(long entry) {
    if (foundCount == found.length) {
      found = Arrays.copyOf(found, foundCount * 2);
    }
    found[foundCount++] = entry;
  }

  private boolean isWanted(Call call, long entry) {
    int type = options.typeArgument();
    return options.matches(Entry.keyAddress(entry), Entry.keyLength(entry))
        && (type == 0
            || call.text(type).equalsIgnoreCase(call.keyspace().inspection().typeName(entry)));
  }

  private void randomKey(Call call) {
    long entry = call.database().randomKey();
    call.expiredApart();
    if (entry == 0) {
      call.reply().nullBulk();
    } else {
      call.reply().bulk(Entry.keyAddress(entry), Entry.keyLength(entry));
    }
  }
}
