package dev.millrace.engine.command.generic;

import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.snapshot.DumpPayload;
import java.util.function.BooleanSupplier;

/**
 * All commands on keys whatever they hold.
 *
 * <p>Owned by: executor thread.
 */
public final class GenericCommands implements CommandGroup {
  private final DumpPayload payload;
  private final BooleanSupplier compresses;
  private final BooleanSupplier flushesLazily;
  private final BooleanSupplier limitsMemory;

  /**
   * The commands under settings asked for at each use.
   *
   * @param payload encodes DUMP and decodes RESTORE; the caller closes it
   * @param compresses the setting {@code rdbcompression}
   * @param flushesLazily the setting {@code lazyfree-lazy-user-flush}
   * @param limitsMemory whether {@code maxmemory} is set
   */
  public GenericCommands(
      DumpPayload payload,
      BooleanSupplier compresses,
      BooleanSupplier flushesLazily,
      BooleanSupplier limitsMemory) {
    this.payload = payload;
    this.compresses = compresses;
    this.flushesLazily = flushesLazily;
    this.limitsMemory = limitsMemory;
  }

  @Override
  public void declare(CommandTable table) {
    table.addAll(
        new KeyCommands(),
        new RenameCommands(),
        new IterationCommands(),
        new FlushCommands(flushesLazily),
        new ExpireCommands(),
        new TimeToLiveCommands(),
        new DumpCommands(payload, compresses),
        new ObjectCommands(limitsMemory));
  }
}
