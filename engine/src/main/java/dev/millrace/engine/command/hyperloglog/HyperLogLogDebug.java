package dev.millrace.engine.command.hyperloglog;

import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.struct.HyperLogLog;
import java.util.Locale;

/**
 * PFDEBUG shows how a value is kept, PFSELFTEST whether registers and estimator work.
 *
 * <p>Owned by: executor thread.
 */
final class HyperLogLogDebug implements CommandGroup {
  private static final CommandError NO_KEY =
      new CommandError("ERR The specified key does not exist");
  private static final CommandError NOT_SPARSE = new CommandError("ERR HLL encoding is not sparse");
  private static final int TESTED_ELEMENTS = 50_000;

  /** Four standard errors of 1.04 / sqrt(16384). */
  private static final double TESTED_ERROR_MAX = 4 * 1.04 / 128;

  private final HyperLogLogValue value;
  private final Scratch scratch;

  HyperLogLogDebug(HyperLogLogValue value, Scratch scratch) {
    this.value = value;
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        HyperLogLogCommands.declaration("pfdebug", "Shows how an estimate is kept.")
            .arity(3)
            .flags(WRITE, DENYOOM, ADMIN)
            .keys(2, 2, 1, "RW", "access")
            .complexity("O(N) in the number of registers.")
            .arguments(Argument.of("subcommand", "string"), Argument.key("key"))
            .handledBy(this::debug));
    table.add(
        HyperLogLogCommands.declaration("pfselftest", "Tests registers and estimator.")
            .arity(1)
            .flags(ADMIN)
            .complexity("O(1), and slow.")
            .handledBy(this::selfTest));
  }

  private void debug(Call call) {
    long entry = call.database().findForWrite(call.address(2), call.length(2), call.keyHash(2));
    if (entry == 0) {
      throw NO_KEY;
    }
    HyperLogLogValue.require(entry);
    value.open(call, 2, entry);
    switch (call.text(1).toLowerCase(Locale.ROOT)) {
      case "getreg" -> {
        makeDense(call);
        call.reply().array(HyperLogLog.REGISTERS);
        for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
          call.reply().integer(HyperLogLog.denseRegister(value.address(), i));
        }
      }
      case "decode" -> {
        if (value.isDense()) {
          throw NOT_SPARSE;
        }
        call.reply().bulk(HyperLogLog.decoded(value.address(), value.bytes()));
      }
      case "encoding" -> call.reply().simple(value.isDense() ? "dense" : "sparse");
      case "todense" -> call.reply().integer(makeDense(call) ? 1 : 0);
      default -> throw new CommandError("ERR Unknown PFDEBUG subcommand '" + call.text(1) + "'");
    }
  }

  private boolean makeDense(Call call) {
    if (value.isDense()) {
      return false;
    }
    value.makeDense();
    call.changed();
    return true;
  }

  private void selfTest(Call call) {
    long room = scratch.room(HyperLogLog.DENSE_BYTES + HyperLogLog.EMPTY_BYTES + Long.BYTES);
    long empty = room + HyperLogLog.DENSE_BYTES;
    long element = empty + HyperLogLog.EMPTY_BYTES;
    HyperLogLog.create(empty);
    if (!HyperLogLog.toDense(empty, HyperLogLog.EMPTY_BYTES, room)) {
      throw new CommandError("TESTFAILED an empty value has no dense form");
    }
    byte[] expected = new byte[HyperLogLog.REGISTERS];
    int[] histogram = new int[64];
    for (int i = 1; i <= TESTED_ELEMENTS; i++) {
      Memory.putLong(element, i);
      long hash = HyperLogLog.hash(element, Long.BYTES);
      int register = HyperLogLog.register(hash);
      int rank = HyperLogLog.rank(hash);
      expected[register] = (byte) Math.max(expected[register], rank);
      HyperLogLog.raiseDense(room, register, rank);
      if (HyperLogLog.denseRegister(room, register) != expected[register]) {
        throw new CommandError("TESTFAILED Register " + register + " is not what was set");
      }
      if (i % (TESTED_ELEMENTS / 10) == 0) {
        requireClose(HyperLogLog.count(room, HyperLogLog.DENSE_BYTES, histogram), i);
      }
    }
    for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
      if (HyperLogLog.denseRegister(room, i) != expected[i]) {
        throw new CommandError("TESTFAILED Register " + i + " was changed with another");
      }
    }
    call.reply().ok();
  }

  private static void requireClose(long estimate, int cardinality) {
    if (Math.abs(estimate - cardinality) > TESTED_ERROR_MAX * cardinality) {
      throw new CommandError(
          "TESTFAILED Too big error. card:" + cardinality + " estimate:" + estimate);
    }
  }
}
