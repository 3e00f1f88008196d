package dev.millrace.engine.tracking;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.memory.Memory;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A prefix of keys, the clients that want to know of every change under it, and the keys changed
 * since they were told last: once per round of the executor, each key once.
 *
 * <p>Owned by: executor thread.
 */
final class PrefixWatch {
  final byte[] prefix;
  final Set<Client> clients = new LinkedHashSet<>();

  /** Keys in the order of their bytes, each with the client that changed it first. */
  final Map<byte[], @Nullable Client> changed = new TreeMap<>(Arrays::compareUnsigned);

  PrefixWatch(byte[] prefix) {
    this.prefix = prefix;
  }

  boolean covers(long key, int length) {
    return length >= prefix.length && Memory.equalAscii(key, prefix.length, prefix);
  }

  boolean overlaps(byte[] other) {
    int shorter = Math.min(prefix.length, other.length);
    return Arrays.equals(prefix, 0, shorter, other, 0, shorter);
  }
}
