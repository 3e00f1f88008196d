package dev.millrace.engine.acl;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The bytes of all patterns of all users, each once.
 *
 * <p>Owned by: executor thread (the starting thread before it runs).
 */
final class PatternStore implements AutoCloseable {
  private final SlabAllocator memory;
  private final Map<String, Long> addresses = new HashMap<>();

  PatternStore(SlabAllocator memory) {
    this.memory = memory;
  }

  /** The pattern of that text. */
  Pattern pattern(String text, int permissions) {
    long address =
        addresses.computeIfAbsent(
            text,
            _ -> {
              byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
              long fresh = memory.allocate(Math.max(1, bytes.length));
              Memory.put(fresh, bytes, 0, bytes.length);
              return fresh;
            });
    return new Pattern(text, address, permissions);
  }

  /** Frees the patterns that nobody has any more. */
  void retainOnly(Set<String> used) {
    addresses
        .entrySet()
        .removeIf(entry -> {
          boolean unused = !used.contains(entry.getKey());
          if (unused) {
            memory.free(entry.getValue());
          }
          return unused;
        });
  }

  @Override
  public void close() {
    retainOnly(Set.of());
  }
}
