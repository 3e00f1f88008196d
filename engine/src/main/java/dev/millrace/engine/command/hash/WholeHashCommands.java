package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.generic.ScanOptions;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.FieldVisitor;
import dev.millrace.engine.value.HashType;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands that look at a whole hash: HLEN, HGETALL, HKEYS, HVALS, HSCAN.
 *
 * <p>Owned by: executor thread.
 */
final class WholeHashCommands implements CommandGroup {
  private final HashType hashes;
  private final ScanOptions options = new ScanOptions();

  private long passed;

  // Made once, so that no command makes one.
  private final FieldVisitor replyField = this::replyField;
  private final FieldVisitor replyValue = this::replyValue;
  private final FieldVisitor replyBoth = this::replyBoth;
  private final FieldVisitor replyWanted = this::replyWanted;
  private final FieldVisitor countOnly = (field, value) -> passed++;
  private @Nullable ReplyWriter reply;
  private long shown;

  WholeHashCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        HashCommands.onHash("hlen", "Counts the fields of a hash.")
            .since("2.0.0")
            .arity(2)
            .flags(READONLY, FAST)
            .keys(1, 1, 1, "RO")
            .complexity("O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::length));
    table.add(
        all("hgetall", "Returns all fields of a hash with their values.")
            .handledBy(call -> all(call, replyBoth, true)));
    table.add(
        all("hkeys", "Returns all fields of a hash.")
            .handledBy(call -> all(call, replyField, false)));
    table.add(
        all("hvals", "Returns the values of all fields of a hash.")
            .handledBy(call -> all(call, replyValue, false)));
    table.add(
        HashCommands.onHash("hscan", "Returns some fields with their values and where to go on.")
            .since("2.8.0")
            .arity(-3)
            .flags(READONLY)
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RO", "access")
            .complexity("O(1) a call, O(N) in the number of fields for a whole iteration.")
            .arguments(
                Argument.key("key"),
                Argument.of("cursor", "integer"),
                Argument.of("pattern", "pattern").after("MATCH").optional(),
                Argument.of("count", "integer").after("COUNT").optional())
            .handledBy(this::scan));
  }

  private static Command.Builder all(String name, String summary) {
    return HashCommands.onHash(name, summary)
        .since("2.0.0")
        .arity(2)
        .flags(READONLY)
        .tips("nondeterministic_output_order")
        .keys(1, 1, 1, "RO", "access")
        .complexity("O(N) in the number of fields.")
        .arguments(Argument.key("key"));
  }

  private void length(Call call) {
    long entry = HashCommands.find(call);
    call.reply().integer(entry == 0 ? 0 : hashes.length(entry));
  }

  private void all(Call call, FieldVisitor visitor, boolean asMap) {
    long entry = HashCommands.find(call);
    long length = entry == 0 ? 0 : hashes.shownLength(entry);
    reply = call.reply();
    if (asMap) {
      call.reply().map(length);
    } else {
      call.reply().array(length);
    }
    if (entry != 0) {
      hashes.forEach(entry, visitor);
    }
    reply = null;
  }

  private void scan(Call call) {
    long cursor = ScanOptions.cursor(call, 2);
    long entry = HashCommands.find(call);
    ReplyWriter to = call.reply();
    if (entry == 0) {
      to.array(2);
      to.bulkInteger(0);
      to.array(0);
      return;
    }
    options.read(call, 3, false);
    // The cursor is replied before the fields, so a first walk finds out where this call ends.
    passed = 0;
    long end = cursor;
    long steps = 0;
    do {
      end = hashes.scan(entry, end, countOnly);
      steps++;
    } while (end != 0 && steps <= options.steps() && passed < options.count());
    to.array(2);
    to.bulk(Long.toUnsignedString(end));
    to.begin();
    reply = to;
    shown = 0;
    for (long i = 0; i < steps; i++) {
      cursor = hashes.scan(entry, cursor, replyWanted);
    }
    reply = null;
    to.endArray(shown * 2);
  }

  private void replyWanted(Element field, Element value) {
    if (options.matches(field)) {
      shown++;
      replyBoth(field, value);
    }
  }

  private void replyBoth(Element field, Element value) {
    replyField(field, value);
    replyValue(field, value);
  }

  private void replyField(Element field, Element value) {
    Elements.reply(Objects.requireNonNull(reply), field);
  }

  private void replyValue(Element field, Element value) {
    Elements.reply(Objects.requireNonNull(reply), value);
  }
}
