package dev.millrace.engine.server;

import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.script.Libraries;
import dev.millrace.engine.command.script.ScriptEngine;
import dev.millrace.engine.config.Config;
import dev.millrace.engine.keyspace.EvictionPolicy;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.keyspace.KeyspaceClock;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.value.ValueTypes;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A dataset beside the one that is served, in memory of its own: filled by another thread, then
 * taken over whole ({@link Keyspace#exchange}) or dropped whole. Nobody ever sees half of it.
 *
 * <p>Owned by: the link's thread; the executor, for the moment of the exchange.
 */
final class IncomingDataset implements AutoCloseable {
  final SlabAllocator memory = new SlabAllocator();
  final Keyspace keyspace;
  private final ValueTypes types;

  /** An empty one, whose entries note their use by {@code policy} as the served ones do. */
  IncomingDataset(Config config, EvictionPolicy policy) {
    keyspace =
        new Keyspace(
            memory,
            KeyspaceClock.of(System::currentTimeMillis),
            new SplittableRandom(),
            config.server.databases.intValue());
    types = new ValueTypes(memory, config.encodings, keyspace);
    keyspace.evictionPolicy(policy);
    // The master says when a key is gone; until then it is there.
    keyspace.expiryMode(ExpiryMode.IGNORE);
  }

  /** Why one of the libraries that came with it cannot be loaded, or null. Executor thread. */
  static @Nullable String refusal(ScriptEngine engine, List<byte[]> sources) {
    if (sources.isEmpty()) {
      return null;
    }
    try (Libraries trial = new Libraries(engine)) {
      sources.forEach(source -> trial.load(source, false));
      return null;
    } catch (CommandError e) {
      return e.reply();
    }
  }

  /** Lets the executor take it over. */
  void handOver() {
    memory.handOver();
  }

  /** Unmaps all that is in it now: what was being loaded, or what was served before. */
  @Override
  public void close() {
    memory.abandon();
    types.close();
  }
}
