package dev.millrace.engine.command.hash;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.value.HashType;

/**
 * All commands on hashes.
 *
 * <p>Owned by: executor thread.
 */
public final class HashCommands implements CommandGroup {
  private final HashType hashes;

  public HashCommands(HashType hashes) {
    this.hashes = hashes;
  }

  @Override
  public void declare(CommandTable table) {
    table.addAll(
        new FieldCommands(hashes),
        new HashCounterCommands(hashes),
        new WholeHashCommands(hashes),
        new HashSampleCommands(hashes),
        new FieldExpiryCommands(hashes),
        new FieldExchangeCommands(hashes),
        new FieldTimeCommands(hashes));
  }

  /** A command on the one hash that is its first argument. */
  static Command.Builder onHash(String name, String summary) {
    return Command.named(name).group("hash").categories("hash").summary(summary);
  }

  /** Field and value, as often as wanted. */
  static Argument pairs() {
    return Argument.block(
            "field_value", Argument.of("field", "string"), Argument.of("value", "string"))
        .multiple();
  }

  /**
   * The hash a command reads, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  static long find(Call call) {
    return require(call.database().find(call.address(1), call.length(1), call.keyHash(1)));
  }

  /**
   * The hash a command changes, or 0.
   *
   * @throws CommandError WRONGTYPE
   */
  static long findForWrite(Call call) {
    return require(call.database().findForWrite(call.address(1), call.length(1), call.keyHash(1)));
  }

  private static long require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.HASH) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }
}
