package dev.millrace.engine.command.hyperloglog;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.struct.HyperLogLog;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * PFADD, PFCOUNT, PFMERGE, and with them PFDEBUG and PFSELFTEST.
 *
 * <p>Owned by: executor thread.
 */
public final class HyperLogLogCommands implements CommandGroup {
  private final Scratch scratch;
  private final HyperLogLogValue value;
  private final byte[] registers = new byte[HyperLogLog.REGISTERS];
  private final int[] histogram = new int[64];

  /**
   * The commands under a limit asked for at each use.
   *
   * @param sparseBytesMax the setting {@code hll-sparse-max-bytes}
   * @param scratch the caller closes it
   */
  public HyperLogLogCommands(LongSupplier sparseBytesMax, Scratch scratch, Keyspace keyspace) {
    this.scratch = scratch;
    this.value = new HyperLogLogValue(sparseBytesMax, scratch, keyspace);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        declaration("pfadd", "Adds elements to an estimate of how many there are.")
            .arity(-2)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 1, 1, "RW", "insert")
            .complexity("O(1) for each element.")
            .arguments(Argument.key("key"), Argument.of("element", "string").optional().multiple())
            .handledBy(this::add));
    table.add(
        declaration("pfcount", "Estimates how many different elements were added.")
            .arity(-2)
            .flags(READONLY, MAY_REPLICATE)
            .keys(
                new KeySpec(
                    1,
                    "",
                    0,
                    KeySpec.Find.RANGE,
                    -1,
                    1,
                    0,
                    List.of("RW", "access"),
                    "RW because it may change the internal representation of the key, and propagate"
                        + " to replicas"))
            .complexity("O(1) for one key, O(N) in the number of keys for more, each of them slow.")
            .arguments(Argument.key("key").multiple())
            .handledBy(this::count));
    table.add(
        declaration("pfmerge", "Merges estimates into one.")
            .arity(-2)
            .flags(WRITE, DENYOOM)
            .keys(1, 1, 1, "RW", "access", "insert")
            .keys(2, -1, 1, "RO", "access")
            .complexity("O(N) in the number of keys, each of them slow.")
            .arguments(
                Argument.key("destkey"),
                new Argument("sourcekey", "key", "", 1, "", List.of("multiple"), List.of()))
            .handledBy(this::merge));
    new HyperLogLogDebug(value, scratch).declare(table);
  }

  static Command.Builder declaration(String name, String summary) {
    return Command.named(name)
        .group("hyperloglog")
        .since("2.8.9")
        .categories("hyperloglog")
        .summary(summary);
  }

  private void add(Call call) {
    long entry = call.database().findForWrite(call.address(1), call.length(1), call.keyHash(1));
    HyperLogLogValue.require(entry);
    long changes = 0;
    if (entry == 0) {
      value.create(call, 1);
      changes++;
    } else {
      value.open(call, 1, entry);
    }
    for (int i = 2; i < call.argc(); i++) {
      long hash = HyperLogLog.hash(call.address(i), call.length(i));
      if (value.raise(HyperLogLog.register(hash), HyperLogLog.rank(hash))) {
        changes++;
      }
    }
    if (changes > 0) {
      HyperLogLog.forgetCached(value.address());
      call.changed(changes);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.STRING, "pfadd", 1);
    }
    call.reply().integer(changes > 0 ? 1 : 0);
  }

  private void count(Call call) {
    if (call.argc() > 2) {
      collect(call);
      call.reply().integer(HyperLogLog.count(registers, histogram));
      return;
    }
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    HyperLogLogValue.require(entry);
    // Reading on a replica must not make its dataset, or its stream, another than its master's.
    boolean mayChange = call.keyspace().expiryMode() != ExpiryMode.HIDE;
    if (mayChange && Entry.encoding(entry) == Entry.EMBSTR) {
      entry = call.database().reserveString(entry, call.keyHash(1), 0);
    }
    long cardinality = HyperLogLog.cached(Entry.valueAddress(entry));
    if (cardinality < 0) {
      cardinality =
          HyperLogLog.count(Entry.valueAddress(entry), Entry.valueLength(entry), histogram);
      if (cardinality < 0) {
        throw HyperLogLogValue.DAMAGED;
      }
      if (mayChange) {
        value.open(call, 1, entry);
        HyperLogLog.cache(value.address(), cardinality);
        call.changed();
        call.keyChanged(1);
      }
    }
    call.reply().integer(cardinality);
  }

  private void merge(Call call) {
    boolean densely = collect(call);
    long entry = call.database().findForWrite(call.address(1), call.length(1), call.keyHash(1));
    if (entry == 0) {
      value.create(call, 1);
    } else {
      value.open(call, 1, entry);
    }
    if (densely && !value.isDense()) {
      value.makeDense();
    }
    for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
      if (registers[i] != 0) {
        value.raise(i, registers[i]);
      }
    }
    HyperLogLog.forgetCached(value.address());
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.STRING, "pfadd", 1);
    call.reply().ok();
  }

  /** Collects the highest registers of all keys; true when one of them is dense. */
  private boolean collect(Call call) {
    Arrays.fill(registers, (byte) 0);
    boolean densely = false;
    for (int i = 1; i < call.argc(); i++) {
      long entry = call.database().find(call.address(i), call.length(i), call.keyHash(i));
      if (entry == 0) {
        continue;
      }
      HyperLogLogValue.require(entry);
      long address = Entry.valueAddress(entry);
      densely |= HyperLogLog.isDense(address);
      if (!HyperLogLog.merge(registers, address, Entry.valueLength(entry))) {
        throw HyperLogLogValue.DAMAGED;
      }
    }
    return densely;
  }
}
