package dev.millrace.engine.memory;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the checked mode knows of a range of pages: a slab of blocks, or one block or region of its
 * own. Kept after its memory is gone, as the tombstone that explains a late access, until the pages
 * are mapped for something else.
 *
 * <p>Owned by: the thread that allocates and frees here; other threads read it in {@link #holds},
 * seeing the state the access they check was published with.
 */
final class Shadow {
  private static final byte NEVER = 0;
  private static final byte LIVE = 1;
  private static final byte FREED = 2;

  /** The allocator it belongs to, null for a region or an adopted range. */
  final @Nullable Object owner;

  final long first;
  final long blockBytes;
  private final byte[] states;
  private final long[] requested;
  private final long[] bounds;
  private final @Nullable AllocationSite[] allocated;
  private final @Nullable AllocationSite[] freed;

  Shadow(@Nullable Object owner, long first, long blockBytes, int capacity) {
    this.owner = owner;
    this.first = first;
    this.blockBytes = blockBytes;
    this.states = new byte[capacity];
    this.requested = new long[capacity];
    this.bounds = new long[capacity];
    this.allocated = new AllocationSite[capacity];
    this.freed = new AllocationSite[capacity];
  }

  /** One live range by itself. */
  static Shadow single(@Nullable Object owner, long address, long bytes) {
    // Whatever lies behind it on its pages is out of its bounds, not wild.
    Shadow shadow = new Shadow(owner, address, 1L << 47, 1);
    shadow.allocate(address, bytes);
    return shadow;
  }

  boolean holds(long address, long bytes) {
    long distance = address - first;
    if (distance < 0) {
      return false;
    }
    long index = distance / blockBytes;
    return index < states.length
        && states[(int) index] == LIVE
        && distance - index * blockBytes + bytes <= bounds[(int) index];
  }

  void allocate(long address, long bytes) {
    int index = (int) ((address - first) / blockBytes);
    states[index] = LIVE;
    requested[index] = bytes;
    bounds[index] = bytes;
    allocated[index] = AllocationSite.here();
  }

  /**
   * Marks the block that begins at the address as freed; returns the length it was asked for with.
   */
  long free(long address) {
    int index = requireLive(address, "freed");
    states[index] = FREED;
    freed[index] = AllocationSite.here();
    return requested[index];
  }

  long requestedBytes(long address) {
    return requested[requireLive(address, "used as a block")];
  }

  /** Accepts accesses up to the usable length from now on. */
  void widen(long address, long usable) {
    bounds[requireLive(address, "used as a block")] = usable;
  }

  /** The memory is gone with its allocator: whatever was live is freed here. */
  void abandon() {
    AllocationSite site = null;
    for (int i = 0; i < states.length; i++) {
      if (states[i] == LIVE) {
        site = site == null ? AllocationSite.here() : site;
        states[i] = FREED;
        freed[i] = site;
      }
    }
  }

  /** Passes the site and the length of each live block. */
  void forEachLive(BiConsumer<@Nullable AllocationSite, Long> leak) {
    for (int i = 0; i < states.length; i++) {
      if (states[i] == LIVE) {
        leak.accept(allocated[i], requested[i]);
      }
    }
  }

  private int requireLive(long address, String deed) {
    long distance = address - first;
    long index = distance < 0 ? -1 : distance / blockBytes;
    if (index < 0 || index >= states.length || index * blockBytes != distance) {
      throw new MemoryFaultError(
          MemoryFaultError.Fault.NOT_AN_ALLOCATION,
          hex(address) + " is " + deed + ", but no allocation begins there" + nearest(address));
    }
    int i = (int) index;
    if (states[i] == FREED) {
      boolean again = "freed".equals(deed);
      throw new MemoryFaultError(
          again ? MemoryFaultError.Fault.DOUBLE_FREE : MemoryFaultError.Fault.USE_AFTER_FREE,
          hex(address) + " is " + deed + (again ? " again" : " after its free") + history(i));
    }
    if (states[i] == NEVER) {
      throw new MemoryFaultError(
          MemoryFaultError.Fault.NOT_AN_ALLOCATION,
          hex(address) + " is " + deed + ", but was never allocated");
    }
    return i;
  }

  MemoryFaultError fault(long address, long bytes) {
    long distance = address - first;
    long index = distance < 0 ? -1 : distance / blockBytes;
    if (index < 0 || index >= states.length || states[(int) index] == NEVER) {
      return new MemoryFaultError(
          MemoryFaultError.Fault.WILD_ACCESS,
          access(address, bytes) + " belongs to no allocation" + nearest(address));
    }
    int i = (int) index;
    String where = access(address, bytes) + " at byte " + (distance - index * blockBytes);
    if (states[i] == FREED) {
      return new MemoryFaultError(
          MemoryFaultError.Fault.USE_AFTER_FREE,
          where + " of a freed allocation of " + requested[i] + " bytes" + history(i));
    }
    return new MemoryFaultError(
        MemoryFaultError.Fault.OUT_OF_BOUNDS,
        where + " of an allocation of " + requested[i] + " bytes" + history(i));
  }

  private String nearest(long address) {
    long index = Math.min((address - first) / blockBytes, states.length - 1L);
    return index < 0 || states[(int) index] == NEVER
        ? ""
        : "; the nearest before it is one of "
            + requested[(int) index]
            + " bytes"
            + history((int) index);
  }

  private String history(int index) {
    return "\n  allocated"
        + allocated[index]
        + (states[index] == FREED ? "\n  freed" + freed[index] : "");
  }

  private static String access(long address, long bytes) {
    return "access to " + bytes + " bytes at " + hex(address);
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}
