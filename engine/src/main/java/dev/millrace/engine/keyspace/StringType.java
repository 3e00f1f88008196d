package dev.millrace.engine.keyspace;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/** Strings: only a {@link Entry#BLOB} holds memory outside its entry. Owned by: executor thread. */
final class StringType implements ValueType {
  private final SlabAllocator memory;

  StringType(SlabAllocator memory) {
    this.memory = memory;
  }

  @Override
  public String name() {
    return "string";
  }

  @Override
  public String encodingName(long entry) {
    return switch (Entry.encoding(entry)) {
      case Entry.INT -> "int";
      case Entry.EMBSTR -> "embstr";
      default -> "raw";
    };
  }

  @Override
  public long externalBytes(long entry) {
    return memory.accountedBytesOf(Entry.valueAddress(entry));
  }

  @Override
  public long freeEffort(long entry) {
    return 1;
  }

  @Override
  public boolean freeSome(long entry, int effort) {
    memory.free(Entry.valueAddress(entry));
    return false;
  }

  @Override
  public void duplicate(long from, long to) {
    long length = Entry.valueLength(from);
    long blob = memory.allocate(length);
    Memory.copy(Entry.valueAddress(from), blob, length);
    Memory.putLong(Entry.inlineAddress(to), blob);
  }
}
