package dev.millrace.tools.aof;

import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.snapshot.RdbEntry;
import dev.millrace.engine.snapshot.RdbVisitor;
import dev.millrace.engine.snapshot.StoredTypes;
import dev.millrace.engine.value.StoredType;
import dev.millrace.engine.value.ValueFormatException;
import dev.millrace.engine.value.ValueSource;
import dev.millrace.engine.value.ValueTypes;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * Reads the values of an RDB file as a server would, and keeps none: whatever a server could not
 * load shows here. Needs memory for the largest value.
 *
 * <p>Owned by: one thread.
 */
final class TrialLoad implements RdbVisitor, AutoCloseable {
  private static final long FREE_NANOS = 10_000_000;

  private final SlabAllocator memory = new SlabAllocator();
  private final Keyspace keyspace =
      new Keyspace(memory, KeyspaceClock.of(() -> 0), new SplittableRandom(), 1);
  private final ValueTypes valueTypes = new ValueTypes(memory, new Config().encodings, keyspace);
  private final StoredTypes types = new StoredTypes(keyspace);

  @Override
  public void string(RdbEntry entry, long valueAddress, long valueLength) {}

  @Override
  public void integer(RdbEntry entry, long value) {}

  @Override
  public void value(RdbEntry entry, int rdbType, ValueSource source) throws IOException {
    StoredType type = types.reading(rdbType);
    if (type == null) {
      throw new ValueFormatException("a value of a type this server does not know: " + rdbType);
    }
    long hash = Memory.hash(entry.keyAddress(), entry.keyLength());
    Database database = keyspace.database(0);
    type.load(
        rdbType, source, database, entry.keyAddress(), entry.keyLength(), hash, Database.NO_EXPIRY);
    database.delete(entry.keyAddress(), entry.keyLength(), hash);
    while (keyspace.lazyFreeSlice(FREE_NANOS)) {
      // Until it is gone.
    }
  }

  @Override
  public void close() {
    keyspace.close();
    valueTypes.close();
    memory.close();
  }
}
