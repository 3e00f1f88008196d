package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.READONLY;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.FieldVisitor;
import dev.millrace.engine.value.HashType;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * HRANDFIELD: fields drawn at random.
 *
 * <p>Owned by: executor thread.
 */
final class HashSampleCommands implements CommandGroup {
  private static final byte[] WITHVALUES = "withvalues".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError COUNT_RANGE =
      new CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and"
              + " 9223372036854775807");
  private static final CommandError OUT_OF_RANGE = new CommandError("ERR value is out of range");

  private final HashType hashes;
  private final Element field = new Element();
  private final Element value = new Element();
  private final FieldVisitor show = this::show;
  private @Nullable ReplyWriter reply;
  private boolean withValues;

  HashSampleCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        HashCommands.onHash("hrandfield", "Returns fields of a hash drawn at random.")
            .since("6.2.0")
            .arity(-2)
            .flags(READONLY)
            .tips("nondeterministic_output")
            .keys(1, 1, 1, "RO", "access")
            .complexity("O(N) in the number of fields returned.")
            .arguments(
                Argument.key("key"),
                Argument.block(
                        "options",
                        Argument.of("count", "integer"),
                        Argument.token("withvalues", "WITHVALUES").optional())
                    .optional())
            .handledBy(this::randomFields));
  }

  private void randomFields(Call call) {
    if (call.argc() > 2) {
      several(call);
      return;
    }
    long entry = HashCommands.find(call);
    if (entry != 0 && hashes.random(entry, field, value)) {
      Elements.reply(call.reply(), field);
    } else {
      call.reply().nullBulk();
    }
  }

  private void several(Call call) {
    long count = call.longArgument(2);
    if (count == Long.MIN_VALUE) {
      throw COUNT_RANGE;
    }
    if (call.argc() > 4 || (call.argc() == 4 && !call.is(3, WITHVALUES))) {
      throw CommandError.SYNTAX;
    }
    withValues = call.argc() == 4;
    if (withValues && Math.abs(count) > Long.MAX_VALUE / 2) {
      throw OUT_OF_RANGE;
    }
    long entry = HashCommands.find(call);
    ReplyWriter to = call.reply();
    long length = entry == 0 ? 0 : hashes.shownLength(entry);
    if (length == 0) {
      to.array(0);
      return;
    }
    boolean repeating = count < 0;
    long shown = repeating ? -count : Math.min(count, length);
    to.array(withValues && to.protocol() == 2 ? shown * 2 : shown);
    reply = to;
    if (repeating) {
      for (long i = 0; i < shown && !to.isOverflowed(); i++) {
        hashes.random(entry, field, value);
        show(field, value);
      }
    } else if (shown > 0) {
      hashes.sample(entry, shown, show);
    }
    reply = null;
  }

  private void show(Element shownField, Element shownValue) {
    ReplyWriter to = Objects.requireNonNull(reply);
    if (withValues && to.protocol() == 3) {
      to.array(2);
    }
    Elements.reply(to, shownField);
    if (withValues) {
      Elements.reply(to, shownValue);
    }
  }
}
