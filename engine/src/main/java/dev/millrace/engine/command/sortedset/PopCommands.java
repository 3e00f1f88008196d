package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.KeyAttempt;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.KeyWaiters;
import dev.millrace.engine.command.blocking.BlockTimeout;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;

/**
 * Commands that take members from either end: ZPOPMIN, ZPOPMAX, ZMPOP, and BZPOPMIN, BZPOPMAX,
 * BZMPOP, which wait for a member when there is none. What was taken goes to the replication stream
 * as ZPOPMIN or ZPOPMAX of the one key it came from.
 *
 * <p>Owned by: executor thread.
 */
final class PopCommands implements CommandGroup {
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");
  private static final CommandError BAD_NUMKEYS =
      new CommandError("ERR numkeys should be greater than 0");
  private static final CommandError BAD_COUNT =
      new CommandError("ERR count should be greater than 0");

  private static final byte[] MIN = ascii("min");
  private static final byte[] MAX = ascii("max");
  private static final byte[] COUNT = ascii("count");
  private static final byte[] ZPOPMIN = ascii("ZPOPMIN");
  private static final byte[] ZPOPMAX = ascii("ZPOPMAX");

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final SortedSetCursor cursor;

  // Arguments of ZMPOP and BZMPOP.
  private int keyCount;
  private boolean fromMax;
  private long count;

  PopCommands(SortedSetKeys keys) {
    this.keys = keys;
    this.type = keys.type;
    this.cursor = type.cursor();
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(MemberDeclarations.zpopmin().handledBy(call -> pop(call, false)));
    table.add(MemberDeclarations.zpopmax().handledBy(call -> pop(call, true)));
    table.add(MemberDeclarations.zmpop().handledBy(this::popFromFirst));
    table.add(MemberDeclarations.bzpopmin().handledBy(call -> popOrWait(call, false)));
    table.add(MemberDeclarations.bzpopmax().handledBy(call -> popOrWait(call, true)));
    table.add(MemberDeclarations.bzmpop().handledBy(this::popFromFirstOrWait));
  }

  private void pop(Call call, boolean max) {
    if (call.argc() > 3) {
      throw CommandError.SYNTAX;
    }
    boolean counted = call.argc() == 3;
    long wanted = 1;
    if (counted) {
      wanted = call.longArgument(2, NOT_POSITIVE);
      if (wanted < 0) {
        throw NOT_POSITIVE;
      }
    }
    long entry = keys.findForWrite(call, 1);
    ReplyWriter reply = call.reply();
    long members = entry == 0 ? 0 : Math.min(wanted, type.size(entry));
    boolean pairs = counted && reply.protocol() == 3;
    reply.array(pairs ? members : members * 2);
    if (members > 0) {
      take(call, 1, entry, max, members, pairs);
    }
  }

  /** Replies members from one end, without a header for all of them, and removes them. */
  private void take(Call call, int argument, long entry, boolean max, long members, boolean pairs) {
    ReplyWriter reply = call.reply();
    long size = type.size(entry);
    type.at(entry, max ? size - 1 : 0, cursor);
    for (long i = 0; i < members; i++) {
      if (pairs) {
        reply.array(2);
      }
      Elements.reply(reply, cursor.member());
      reply.doubleValue(cursor.score());
      cursor.step(max);
    }
    String event = max ? "zpopmax" : "zpopmin";
    keys.removeRange(call, argument, entry, max ? size - members : 0, members, event);
  }

  private void popFromFirst(Call call) {
    readMultiple(call, 1);
    for (int i = 2; i < 2 + keyCount; i++) {
      long entry = keys.findForWrite(call, i);
      if (entry != 0) {
        takeNamed(call, i, entry);
        return;
      }
    }
    call.reply().nullArray();
  }

  /** Reads the arguments of ZMPOP and BZMPOP, the number of keys being the one at an index. */
  private void readMultiple(Call call, int number) {
    long keysGiven = call.longArgument(number, BAD_NUMKEYS);
    if (keysGiven < 1) {
      throw BAD_NUMKEYS;
    }
    if (keysGiven >= call.argc() - number - 1) {
      throw CommandError.SYNTAX;
    }
    keyCount = (int) keysGiven;
    int where = number + keyCount + 1;
    fromMax = call.is(where, MAX);
    if (!fromMax && !call.is(where, MIN)) {
      throw CommandError.SYNTAX;
    }
    count = 1;
    boolean counted = false;
    for (int i = where + 1; i < call.argc(); i += 2) {
      if (counted || i + 1 == call.argc() || !call.is(i, COUNT)) {
        throw CommandError.SYNTAX;
      }
      count = call.longArgument(i + 1, BAD_COUNT);
      if (count < 1) {
        throw BAD_COUNT;
      }
      counted = true;
    }
  }

  /** Takes what ZMPOP and BZMPOP ask for from a key, whose name is part of the reply. */
  private void takeNamed(Call call, int argument, long entry) {
    ReplyWriter reply = call.reply();
    long members = Math.min(count, type.size(entry));
    reply.array(2);
    reply.bulk(call.address(argument), call.length(argument));
    reply.array(members);
    take(call, argument, entry, fromMax, members, true);
    call.effect(3)
        .argument(fromMax ? ZPOPMAX : ZPOPMIN)
        .argument(call.address(argument), call.length(argument))
        .argument(members);
  }

  private void popFromFirstOrWait(Call call) {
    readMultiple(call, 2);
    long until = BlockTimeout.seconds(call, 1);
    for (int i = 3; i < 3 + keyCount; i++) {
      long entry = keys.findForWrite(call, i);
      if (entry != 0) {
        takeNamed(call, i, entry);
        return;
      }
    }
    await(call, 3, keyCount, until, this::attemptMultiple);
  }

  private boolean attemptMultiple(Call call, int argument) {
    readMultiple(call, 2);
    long entry = keys.findForWrite(call, argument);
    if (entry != 0) {
      takeNamed(call, argument, entry);
    }
    return entry != 0;
  }

  private void popOrWait(Call call, boolean max) {
    int last = call.argc() - 1;
    long until = BlockTimeout.seconds(call, last);
    for (int i = 1; i < last; i++) {
      if (attempt(call, i, max)) {
        return;
      }
    }
    await(call, 1, last - 1, until, max ? this::attemptMax : this::attemptMin);
  }

  private boolean attemptMin(Call call, int argument) {
    return attempt(call, argument, false);
  }

  private boolean attemptMax(Call call, int argument) {
    return attempt(call, argument, true);
  }

  private boolean attempt(Call call, int argument, boolean max) {
    long entry = keys.findForWrite(call, argument);
    if (entry == 0) {
      return false;
    }
    call.reply().array(3);
    call.reply().bulk(call.address(argument), call.length(argument));
    take(call, argument, entry, max, 1, false);
    call.effect(2)
        .argument(max ? ZPOPMAX : ZPOPMIN)
        .argument(call.address(argument), call.length(argument));
    return true;
  }

  private static void await(Call call, int firstKey, int keyCount, long until, KeyAttempt attempt) {
    if (call.client().mayNotBlock()) {
      call.reply().nullArray();
    } else {
      call.waiters()
          .await(
              call,
              firstKey,
              keyCount,
              KeyWaiters.holding(Entry.ZSET),
              until,
              attempt,
              KeyWait.NULL_ARRAY);
    }
  }
}
