package dev.millrace.engine.command.set;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.MemberSet;
import dev.millrace.engine.value.MemberVisitor;
import dev.millrace.engine.value.SetType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What several sets have in common: SINTER, SINTERSTORE, SINTERCARD. The smallest set is walked and
 * its members looked up in the others.
 *
 * <p>Owned by: executor thread.
 */
final class IntersectionCommands implements CommandGroup {
  private static final byte[] LIMIT = "limit".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError NO_KEYS =
      new CommandError("ERR numkeys should be greater than 0");
  private static final CommandError TOO_MANY_KEYS =
      new CommandError("ERR Number of keys can't be greater than number of args");
  private static final CommandError NEGATIVE_LIMIT =
      new CommandError("ERR LIMIT can't be negative");

  private final SetType sets;
  private final SourceSets sources;
  private long found;
  private long limit;
  private @Nullable ReplyWriter reply;
  private @Nullable MemberSet collected;

  // Made once, so that no command makes one.
  private final MemberVisitor replyCommon = this::replyCommon;
  private final MemberVisitor collectCommon = this::collectCommon;
  private final MemberVisitor countCommon = this::countCommon;

  IntersectionCommands(SetType sets) {
    this.sets = sets;
    this.sources = new SourceSets(sets);
  }

  @Override
  public void declare(CommandTable table) {
    String complexity = "O(N*M) in the size of the smallest set and the number of sets.";
    table.add(
        SetCommands.onSet("sinter", "Returns the members that all of several sets have.")
            .since("1.0.0")
            .arity(-2)
            .flags(READONLY)
            .tips("nondeterministic_output_order")
            .keys(1, -1, 1, "RO", "access")
            .complexity(complexity)
            .arguments(Argument.key("key").multiple())
            .handledBy(this::intersect));
    table.add(
        SetCommands.onSet("sinterstore", "Makes a set of the members that several sets have.")
            .since("1.0.0")
            .arity(-3)
            .flags(WRITE, DENYOOM)
            .keys(1, 1, 1, "RW", "update")
            .keys(2, -1, 1, "RO", "access")
            .complexity(complexity)
            .arguments(Argument.key("destination"), SetCommands.second("key").multiple())
            .handledBy(this::store));
    table.add(
        SetCommands.onSet("sintercard", "Counts the members that all of several sets have.")
            .since("7.0.0")
            .arity(-3)
            .flags(READONLY, MOVABLEKEYS)
            .keys(new KeySpec(1, "", 0, KeySpec.Find.KEYNUM, 0, 1, 0, List.of("RO", "access"), ""))
            .complexity(complexity)
            .arguments(
                Argument.of("numkeys", "integer"),
                Argument.key("key").multiple(),
                Argument.of("limit", "integer").after("LIMIT").optional())
            .handledBy(this::count));
  }

  private void intersect(Call call) {
    sources.find(call, 1, call.argc());
    if (sources.hasMissing()) {
      call.reply().set(0);
      return;
    }
    sources.sort(0, true);
    found = 0;
    call.reply().begin();
    reply = call.reply();
    sets.forEach(sources.get(0), replyCommon);
    reply = null;
    call.reply().endSet(found);
  }

  private void store(Call call) {
    sources.find(call, 2, call.argc());
    if (sources.hasMissing()) {
      sources.deleteTarget(call);
      call.reply().integer(0);
      return;
    }
    sources.sort(0, true);
    try (MemberSet result = sets.collect()) {
      collected = result;
      sets.forEach(sources.get(0), collectCommon);
      sources.store(call, result, "sinterstore");
    } finally {
      collected = null;
    }
  }

  private void count(Call call) {
    long keys = call.longArgument(1, NO_KEYS);
    if (keys < 1) {
      throw NO_KEYS;
    }
    if (keys > call.argc() - 2) {
      throw TOO_MANY_KEYS;
    }
    int options = 2 + (int) keys;
    limit = 0;
    for (int i = options; i < call.argc(); i += 2) {
      if (i + 1 == call.argc() || !call.is(i, LIMIT)) {
        throw CommandError.SYNTAX;
      }
      limit = call.longArgument(i + 1, NEGATIVE_LIMIT);
      if (limit < 0) {
        throw NEGATIVE_LIMIT;
      }
    }
    sources.find(call, 2, options);
    found = 0;
    if (!sources.hasMissing()) {
      sources.sort(0, true);
      long cursor = 0;
      do {
        cursor = sets.scan(sources.get(0), cursor, countCommon);
      } while (cursor != 0 && isBelowLimit());
    }
    call.reply().integer(found);
  }

  /** Whether all sets but the first have a member. */
  private boolean isCommon(Element member) {
    for (int i = 1; i < sources.count(); i++) {
      if (sources.get(i) != sources.get(0) && !sets.contains(sources.get(i), member)) {
        return false;
      }
    }
    return true;
  }

  private void replyCommon(Element member) {
    if (isCommon(member)) {
      found++;
      Elements.reply(Objects.requireNonNull(reply), member);
    }
  }

  private void collectCommon(Element member) {
    if (isCommon(member)) {
      Objects.requireNonNull(collected).add(member);
    }
  }

  private void countCommon(Element member) {
    found += isBelowLimit() && isCommon(member) ? 1 : 0;
  }

  private boolean isBelowLimit() {
    return limit == 0 || found < limit;
  }
}
