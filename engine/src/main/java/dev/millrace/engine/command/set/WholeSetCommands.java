package dev.millrace.engine.command.set;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.generic.ScanOptions;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.MemberVisitor;
import dev.millrace.engine.value.SetType;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands that look at a whole set: SCARD, SMEMBERS, SSCAN.
 *
 * <p>Owned by: executor thread.
 */
final class WholeSetCommands implements CommandGroup {
  private final SetType sets;
  private final ScanOptions options = new ScanOptions();
  private long passed;
  private long shown;
  private @Nullable ReplyWriter reply;

  // Made once, so that no command makes one.
  private final MemberVisitor replyMember = this::replyMember;
  private final MemberVisitor replyWanted = this::replyWanted;
  private final MemberVisitor countOnly = member -> passed++;

  WholeSetCommands(SetType sets) {
    this.sets = sets;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        SetCommands.onSet("scard", "Counts the members of a set.")
            .since("1.0.0")
            .arity(2)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::size));
    table.add(
        SetCommands.onSet("smembers", "Returns all members of a set.")
            .since("1.0.0")
            .arity(2)
            .flags(READONLY)
            .tips("nondeterministic_output_order")
            .keys(1, 1, 1, "RO", "access")
            .complexity("O(N) in the number of members.")
            .arguments(Argument.key("key"))
            .handledBy(this::members));
    table.add(
        SetCommands.onSet("sscan", "Returns some members and where to go on.")
            .since("2.8.0")
            .arity(-3)
            .flags(READONLY)
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RO", "access")
            .complexity("O(1) a call, O(N) in the number of members for a whole iteration.")
            .arguments(
                Argument.key("key"),
                Argument.of("cursor", "integer"),
                Argument.of("pattern", "pattern").after("MATCH").optional(),
                Argument.of("count", "integer").after("COUNT").optional())
            .handledBy(this::scan));
  }

  private void size(Call call) {
    long entry = SetCommands.find(call, 1);
    call.reply().integer(entry == 0 ? 0 : sets.size(entry));
  }

  private void members(Call call) {
    long entry = SetCommands.find(call, 1);
    reply = call.reply();
    call.reply().set(entry == 0 ? 0 : sets.size(entry));
    if (entry != 0) {
      sets.forEach(entry, replyMember);
    }
    reply = null;
  }

  private void scan(Call call) {
    long cursor = ScanOptions.cursor(call, 2);
    long entry = SetCommands.find(call, 1);
    ReplyWriter to = call.reply();
    if (entry == 0) {
      to.array(2);
      to.bulkInteger(0);
      to.array(0);
      return;
    }
    options.read(call, 3, false);
    // The cursor is replied before the members, so a first walk finds out where this call ends.
    passed = 0;
    long end = cursor;
    long steps = 0;
    do {
      end = sets.scan(entry, end, countOnly);
      steps++;
    } while (end != 0 && steps <= options.steps() && passed < options.count());
    to.array(2);
    to.bulk(Long.toUnsignedString(end));
    to.begin();
    reply = to;
    shown = 0;
    for (long i = 0; i < steps; i++) {
      cursor = sets.scan(entry, cursor, replyWanted);
    }
    reply = null;
    to.endArray(shown);
  }

  private void replyWanted(Element member) {
    if (options.matches(member)) {
      shown++;
      replyMember(member);
    }
  }

  private void replyMember(Element member) {
    Elements.reply(Objects.requireNonNull(reply), member);
  }
}
