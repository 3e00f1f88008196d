package dev.millrace.engine.command.list;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.QuicklistCursor;
import dev.millrace.engine.value.ListType;

/**
 * Commands that look into a list: LLEN, LINDEX, LRANGE, LPOS.
 *
 * <p>Owned by: executor thread.
 */
final class ReadCommands implements CommandGroup {
  private static final byte[] RANK = Ends.ascii("rank");
  private static final byte[] MAXLEN = Ends.ascii("maxlen");

  private static final CommandError RANK_IS_ZERO =
      new CommandError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use"
              + " negative to start from the end of the list");
  private static final CommandError NEGATIVE_COUNT =
      new CommandError("ERR COUNT can't be negative");
  private static final CommandError NEGATIVE_MAXLEN =
      new CommandError("ERR MAXLEN can't be negative");

  private final ListType lists;
  private final QuicklistCursor cursor = new QuicklistCursor();
  private final Element element = new Element();

  ReadCommands(ListType lists) {
    this.lists = lists;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        reading("llen", "1.0.0", "Counts the elements of a list.")
            .flags(FAST)
            .keys(1, 1, 1, "RO")
            .arity(2)
            .complexity("O(1)")
            .handledBy(this::length));
    table.add(
        reading("lindex", "1.0.0", "Tells the element of a list at an index.")
            .keys(1, 1, 1, "RO", "access")
            .arity(3)
            .complexity("O(N) in the number of nodes between it and the nearer end.")
            .arguments(Argument.of("index", "integer"))
            .handledBy(this::index));
    table.add(
        reading("lrange", "1.0.0", "Tells the elements of a list from one index to another.")
            .keys(1, 1, 1, "RO", "access")
            .arity(4)
            .complexity("O(S+N): nodes between the first and the nearer end, and elements told.")
            .arguments(Argument.of("start", "integer"), Argument.of("stop", "integer"))
            .handledBy(this::range));
    table.add(
        reading("lpos", "6.0.6", "Tells at which indexes of a list an element is.")
            .keys(1, 1, 1, "RO", "access")
            .arity(-3)
            .complexity("O(N) in the number of elements compared.")
            .arguments(
                Argument.of("element", "string"),
                Argument.of("rank", "integer").after("RANK").optional(),
                Argument.of("num-matches", "integer").after("COUNT").optional(),
                Argument.of("len", "integer").after("MAXLEN").optional())
            .handledBy(this::positions));
  }

  private static Command.Builder reading(String name, String since, String summary) {
    return Command.named(name)
        .group("list")
        .since(since)
        .flags(READONLY)
        .categories("list")
        .summary(summary)
        .arguments(Argument.key("key"));
  }

  private void length(Call call) {
    long entry = Ends.read(call, 1);
    call.reply().integer(entry == 0 ? 0 : lists.length(entry));
  }

  private void index(Call call) {
    long entry = Ends.read(call, 1);
    if (entry == 0) {
      call.reply().nullBulk();
      return;
    }
    lists.seek(entry, call.longArgument(2), cursor);
    if (cursor.isOnElement()) {
      cursor.read(element);
      Elements.reply(call.reply(), element);
    } else {
      call.reply().nullBulk();
    }
  }

  private void range(Call call) {
    long start = call.longArgument(2);
    long stop = call.longArgument(3);
    long entry = Ends.read(call, 1);
    if (entry == 0) {
      call.reply().array(0);
      return;
    }
    long length = lists.length(entry);
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1, stop < 0 ? stop + length : stop);
    if (from > to) {
      call.reply().array(0);
      return;
    }
    ReplyWriter reply = call.reply();
    long count = to - from + 1;
    reply.array(count);
    lists.seek(entry, from, cursor);
    for (long i = 0; i < count; i++) {
      cursor.read(element);
      Elements.reply(reply, element);
      cursor.next();
    }
  }

  private void positions(Call call) {
    long rank = 1;
    long count = -1;
    long most = 0;
    for (int i = 3; i < call.argc(); i += 2) {
      if (i + 1 == call.argc()) {
        throw CommandError.SYNTAX;
      } else if (call.is(i, RANK)) {
        rank = call.longArgument(i + 1);
        if (rank == 0) {
          throw RANK_IS_ZERO;
        }
      } else if (call.is(i, Ends.COUNT)) {
        count = notNegative(call, i + 1, NEGATIVE_COUNT);
      } else if (call.is(i, MAXLEN)) {
        most = notNegative(call, i + 1, NEGATIVE_MAXLEN);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    long entry = Ends.read(call, 1);
    ReplyWriter reply = call.reply();
    if (count >= 0) {
      reply.begin();
      reply.endArray(entry == 0 ? 0 : tell(call, entry, rank, count, most));
    } else if (entry == 0 || tell(call, entry, rank, 1, most) == 0) {
      reply.nullBulk();
    }
  }

  private static long notNegative(Call call, int argument, CommandError otherwise) {
    long value = call.longArgument(argument, otherwise);
    if (value < 0) {
      throw otherwise;
    }
    return value;
  }

  /**
   * Replies the indexes of an element.
   *
   * @param rank which match is the first that counts; negative: from the last element back
   * @param count how many to reply at most; 0: all
   * @param most how many elements to look at; 0: all
   * @return how many were replied
   */
  private long tell(Call call, long entry, long rank, long count, long most) {
    boolean forward = rank > 0;
    // The smallest number has no opposite: every match is beyond it.
    long wanted = forward ? rank : -rank;
    long index = forward ? 0 : lists.length(entry) - 1;
    long matches = 0;
    long told = 0;
    lists.seek(entry, forward ? 0 : -1, cursor);
    for (long seen = 0; cursor.isOnElement() && (most == 0 || seen < most); seen++) {
      cursor.read(element);
      if (element.equalTo(call.address(2), call.length(2))) {
        matches++;
        if (matches >= wanted) {
          call.reply().integer(index);
          told++;
          if (told == count) {
            break;
          }
        }
      }
      cursor.move(forward);
      index += forward ? 1 : -1;
    }
    return told;
  }
}
