package dev.millrace.engine.command.set;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.MemberSet;
import dev.millrace.engine.value.MemberVisitor;
import dev.millrace.engine.value.SetType;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What several sets have together, and what the first has alone: SUNION, SUNIONSTORE, SDIFF,
 * SDIFFSTORE.
 *
 * <p>A difference is found in one of two ways, chosen as Redis chooses since the encoding of what
 * is stored shows it: looking each member of the first set up in the others, or collecting the
 * first set and taking the members of the others out.
 *
 * <p>Owned by: executor thread.
 */
final class UnionCommands implements CommandGroup {
  private final SetType sets;
  private final SourceSets sources;
  private @Nullable ReplyWriter reply;
  private @Nullable MemberSet collected;

  // Made once, so that no command makes one.
  private final MemberVisitor replyMember = this::replyMember;
  private final MemberVisitor collect = this::collect;
  private final MemberVisitor collectOwn = this::collectOwn;
  private final MemberVisitor takeOut = this::takeOut;

  UnionCommands(SetType sets) {
    this.sets = sets;
    this.sources = new SourceSets(sets);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        replying("sunion", "Returns the members that any of several sets has.")
            .handledBy(call -> reply(call, false)));
    table.add(
        storing("sunionstore", "Makes a set of the members that any of several sets has.")
            .handledBy(call -> store(call, false)));
    table.add(
        replying("sdiff", "Returns the members of a set that no other of several sets has.")
            .handledBy(call -> reply(call, true)));
    table.add(
        storing("sdiffstore", "Makes a set of a set's members that no other of several sets has.")
            .handledBy(call -> store(call, true)));
  }

  private static Command.Builder replying(String name, String summary) {
    return SetCommands.onSet(name, summary)
        .since("1.0.0")
        .arity(-2)
        .flags(READONLY)
        .tips("nondeterministic_output_order")
        .keys(1, -1, 1, "RO", "access")
        .complexity("O(N) in the number of members of all sets.")
        .arguments(Argument.key("key").multiple());
  }

  private static Command.Builder storing(String name, String summary) {
    return SetCommands.onSet(name, summary)
        .since("1.0.0")
        .arity(-3)
        .flags(WRITE, DENYOOM)
        .keys(1, 1, 1, "OW", "update")
        .keys(2, -1, 1, "RO", "access")
        .complexity("O(N) in the number of members of all sets.")
        .arguments(Argument.key("destination"), SetCommands.second("key").multiple());
  }

  private void reply(Call call, boolean difference) {
    sources.find(call, 1, call.argc());
    try (MemberSet result = sets.collect()) {
      combine(result, difference);
      call.reply().set(result.size());
      reply = call.reply();
      result.forEach(replyMember);
    } finally {
      reply = null;
    }
  }

  private void store(Call call, boolean difference) {
    sources.find(call, 2, call.argc());
    try (MemberSet result = sets.collect()) {
      combine(result, difference);
      sources.store(call, result, difference ? "sdiffstore" : "sunionstore");
    }
  }

  private void combine(MemberSet result, boolean difference) {
    collected = result;
    try {
      if (difference) {
        subtract(result);
      } else {
        for (int i = 0; i < sources.count(); i++) {
          forEach(sources.get(i), collect);
        }
      }
    } finally {
      collected = null;
    }
  }

  private void subtract(MemberSet result) {
    long first = sources.get(0);
    if (first == 0 || sources.hasFirstAgain()) {
      return;
    }
    long lookUps = 0;
    long members = 0;
    for (int i = 0; i < sources.count(); i++) {
      if (sources.get(i) != 0) {
        lookUps += sets.size(first);
        members += sets.size(sources.get(i));
      }
    }
    if (lookUps / 2 <= members) {
      // The largest of the others first: it is the likeliest to have a member.
      sources.sort(1, false);
      sets.forEach(first, collectOwn);
      return;
    }
    sets.forEach(first, collect);
    for (int i = 1; i < sources.count() && result.size() > 0; i++) {
      forEach(sources.get(i), takeOut);
    }
  }

  private void forEach(long entry, MemberVisitor visitor) {
    if (entry != 0) {
      sets.forEach(entry, visitor);
    }
  }

  private void collect(Element member) {
    Objects.requireNonNull(collected).add(member);
  }

  private void collectOwn(Element member) {
    for (int i = 1; i < sources.count(); i++) {
      if (sources.get(i) != 0 && sets.contains(sources.get(i), member)) {
        return;
      }
    }
    collect(member);
  }

  private void takeOut(Element member) {
    Objects.requireNonNull(collected).remove(member);
  }

  private void replyMember(Element member) {
    Elements.reply(Objects.requireNonNull(reply), member);
  }
}
