package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * FLUSHDB and FLUSHALL. A database is empty at once either way; SYNC and ASYNC only say whether
 * some of its memory is freed before the reply. Both are propagated even when there was nothing to
 * remove.
 *
 * <p>Owned by: executor thread.
 */
final class FlushCommands implements CommandGroup {
  private static final byte[] SYNC = "sync".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ASYNC = "async".getBytes(StandardCharsets.US_ASCII);

  private final BooleanSupplier lazyByDefault;

  FlushCommands(BooleanSupplier lazyByDefault) {
    this.lazyByDefault = lazyByDefault;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        flushing("flushdb", "Deletes every key of the database.").handledBy(this::flushDatabase));
    table.add(
        flushing("flushall", "Deletes every key of every database.").handledBy(this::flushAll));
  }

  private static Command.Builder flushing(String name, String summary) {
    return Command.named(name)
        .group("server")
        .since("1.0.0")
        .arity(-1)
        .flags(WRITE)
        .categories("keyspace", "dangerous")
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .summary(summary)
        .complexity("O(1), and O(N) in the number of keys for the memory to come back in slices.")
        .arguments(
            Argument.oneOf(
                    "async",
                    Argument.token("async", "ASYNC").since("4.0.0"),
                    Argument.token("sync", "SYNC").since("6.2.0"))
                .optional());
  }

  private boolean isLazy(Call call) {
    if (call.argc() == 1) {
      return lazyByDefault.getAsBoolean();
    }
    boolean lazily = call.is(1, ASYNC);
    if (call.argc() > 2 || (!lazily && !call.is(1, SYNC))) {
      throw CommandError.SYNTAX;
    }
    return lazily;
  }

  private void flushDatabase(Call call) {
    boolean lazily = isLazy(call);
    call.watches().flushing(call.database());
    call.changed(call.database().flush(lazily));
    call.databaseFlushed();
    call.waiters().replaced(call.database());
    call.propagateAnyway();
    call.reply().ok();
  }

  private void flushAll(Call call) {
    boolean lazily = isLazy(call);
    call.watches().flushingAll();
    call.changed(call.keyspace().flush(lazily));
    call.databaseFlushed();
    call.waiters().replacedAll();
    call.propagateAnyway();
    call.reply().ok();
  }
}
