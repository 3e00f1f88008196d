package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Database;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * TIME, SWAPDB and LOLWUT.
 *
 * <p>Owned by: executor thread.
 */
public final class ServerCommands implements CommandGroup {
  private static final CommandError BAD_FIRST = new CommandError("ERR invalid first DB index");
  private static final CommandError BAD_SECOND = new CommandError("ERR invalid second DB index");
  private static final CommandError BAD_DATABASE = new CommandError("ERR DB index is out of range");

  private final LongSupplier clockMicros;
  private final byte[] lolwut;

  /**
   * The commands.
   *
   * @param clockMicros microseconds since the epoch
   * @param redisVersion the version whose commands these are, which LOLWUT tells
   */
  public ServerCommands(LongSupplier clockMicros, String redisVersion) {
    this.clockMicros = clockMicros;
    this.lolwut =
        ("      .--.\n"
                + "  .--(    )--.\n"
                + " ( --- () --- )  ~ ~~ ~~~ ~~~~ ~~~~~\n"
                + "  '--(    )--'\n"
                + "      '--'\n"
                + "Redis ver. "
                + redisVersion
                + "\n")
            .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(ServerDeclarations.time().handledBy(this::time));
    table.add(ServerDeclarations.swapdb().handledBy(ServerCommands::swap));
    table.add(ServerDeclarations.lolwut().handledBy(this::lolwut));
  }

  private void time(Call call) {
    long micros = clockMicros.getAsLong();
    call.reply().array(2);
    call.reply().bulkInteger(micros / 1_000_000);
    call.reply().bulkInteger(micros % 1_000_000);
  }

  private static void swap(Call call) {
    long first = call.longArgument(1, BAD_FIRST);
    long second = call.longArgument(2, BAD_SECOND);
    int databases = call.keyspace().databases();
    if (first < 0 || second < 0 || first >= databases || second >= databases) {
      throw BAD_DATABASE;
    }
    if (first != second) {
      Database one = call.keyspace().database((int) first);
      Database other = call.keyspace().database((int) second);
      call.watches().swapping(one, other);
      call.keyspace().swap((int) first, (int) second);
      call.waiters().replaced(one);
      call.waiters().replaced(other);
    }
    call.changed();
    call.reply().ok();
  }

  private void lolwut(Call call) {
    if (call.argc() >= 3 && call.text(1).equalsIgnoreCase("version")) {
      long version = call.longArgument(2);
      // The drawings of versions 5 and 6 had sizes; here there is one drawing, of one size.
      int sizes = version == 5 ? 3 : version == 6 ? 2 : 0;
      for (int i = 3; i < Math.min(call.argc(), 3 + sizes); i++) {
        call.longArgument(i);
      }
    }
    call.reply().verbatim("txt", lolwut);
  }
}
