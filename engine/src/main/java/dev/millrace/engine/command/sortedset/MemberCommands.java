package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;

/**
 * Commands on members that are named: ZADD, ZINCRBY, ZREM, ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK.
 *
 * <p>Owned by: executor thread.
 */
final class MemberCommands implements CommandGroup {
  /** In the order of the bits of {@link MemberChange}. */
  private static final byte[][] OPTIONS = {
    ascii("nx"), ascii("xx"), ascii("gt"), ascii("lt"), ascii("ch"), ascii("incr")
  };

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final MemberChange change;

  MemberCommands(SortedSetKeys keys) {
    this.keys = keys;
    this.type = keys.type;
    this.change = new MemberChange(keys);
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(MemberDeclarations.zadd().handledBy(call -> add(call, 0)));
    table.add(MemberDeclarations.zincrby().handledBy(call -> add(call, MemberChange.INCR)));
    table.add(MemberDeclarations.zrem().handledBy(this::remove));
    table.add(MemberDeclarations.zcard().handledBy(this::count));
    table.add(MemberDeclarations.zscore().handledBy(this::score));
    table.add(MemberDeclarations.zmscore().handledBy(this::scores));
    table.add(MemberDeclarations.zrank().handledBy(call -> rank(call, false)));
    table.add(MemberDeclarations.zrevrank().handledBy(call -> rank(call, true)));
  }

  private void add(Call call, int given) {
    int options = given;
    int first = 2;
    for (int option = option(call, first); option != 0; option = option(call, first)) {
      options |= option;
      if (++first == call.argc()) {
        break;
      }
    }
    int arguments = call.argc() - first;
    if (arguments == 0 || (arguments & 1) != 0) {
      throw CommandError.SYNTAX;
    }
    int pairs = arguments / 2;
    MemberChange.requireCompatible(options, pairs);
    change.begin(pairs);
    for (int i = 0; i < pairs; i++) {
      change.score(i, keys.real(call, first + 2 * i, CommandError.NOT_A_FLOAT));
    }
    change.apply(call, options, first + 1, 2);
  }

  private static int option(Call call, int argument) {
    for (int i = 0; i < OPTIONS.length; i++) {
      if (call.is(argument, OPTIONS[i])) {
        return 1 << i;
      }
    }
    return 0;
  }

  private void remove(Call call) {
    long current = keys.findForWrite(call, 1);
    if (current == 0) {
      call.reply().integer(0);
      return;
    }
    Database database = call.database();
    long hash = call.keyHash(1);
    long removed = 0;
    for (int i = 2; i < call.argc() && type.size(current) > 0; i++) {
      if (type.find(current, call.address(i), call.length(i))) {
        current = type.remove(database, current, hash, call.address(i), call.length(i));
        removed++;
      }
    }
    if (removed > 0) {
      boolean emptied = type.size(current) == 0;
      if (emptied) {
        database.delete(current, hash);
      }
      keys.removed(call, 1, emptied, removed, "zrem");
    }
    call.reply().integer(removed);
  }

  private void count(Call call) {
    long set = keys.find(call, 1);
    call.reply().integer(set == 0 ? 0 : type.size(set));
  }

  private void score(Call call) {
    replyScore(call, keys.find(call, 1), 2);
  }

  private void scores(Call call) {
    long set = keys.find(call, 1);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      replyScore(call, set, i);
    }
  }

  private void replyScore(Call call, long set, int argument) {
    if (set != 0 && type.find(set, call.address(argument), call.length(argument))) {
      call.reply().doubleValue(type.score());
    } else {
      call.reply().nullBulk();
    }
  }

  private void rank(Call call, boolean fromHighest) {
    ReplyWriter reply = call.reply();
    long set = keys.find(call, 1);
    long rank = set == 0 ? -1 : type.rank(set, call.address(2), call.length(2));
    if (rank < 0) {
      reply.nullBulk();
    } else {
      reply.integer(fromHighest ? type.size(set) - 1 - rank : rank);
    }
  }
}
