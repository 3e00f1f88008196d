package dev.millrace.engine.memory;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The checked mode's map of the address space: for each page, the {@link Shadow} of what lies
 * there. Ranges adopted from other allocators need not begin at a page and are kept in order beside
 * it.
 *
 * <p>Threads: any. Registration is under a lock; a look-up takes none, for whoever may access a
 * range has received its address after it was registered.
 */
final class CheckedMemory {
  private static final int PAGE_BITS = 12;
  private static final int LEAF_BITS = 18;
  private static final int ROOT_BITS = 18;
  private static final int LEAF_MASK = (1 << LEAF_BITS) - 1;

  /** Pages by number: 48 bits of address space in two levels, the second made as needed. */
  private static final @Nullable Leaf[] PAGES = new Leaf[Memory.CHECKED ? 1 << ROOT_BITS : 0];

  /** What lies on 2^18 consecutive pages. */
  private static final class Leaf {
    final @Nullable Shadow[] shadows = new Shadow[1 << LEAF_BITS];
  }

  private static final ConcurrentSkipListMap<Long, Shadow> ADOPTED = new ConcurrentSkipListMap<>();

  private CheckedMemory() {}

  /** Throws unless the range lies inside one live allocation, region or adopted range. */
  static void require(long address, long bytes) {
    if (bytes == 0) {
      return;
    }
    Shadow shadow = bytes < 0 ? null : shadowOf(address);
    if (shadow == null || !shadow.holds(address, bytes)) {
      fail(address, bytes, shadow);
    }
  }

  private static void fail(long address, long bytes, @Nullable Shadow shadow) {
    if (shadow == null) {
      throw new MemoryFaultError(
          MemoryFaultError.Fault.WILD_ACCESS,
          "access to "
              + bytes
              + " bytes at 0x"
              + Long.toHexString(address)
              + " belongs to no allocation");
    }
    throw shadow.fault(address, bytes);
  }

  /** What lies at the address, or lay there last. */
  static @Nullable Shadow shadowOf(long address) {
    long page = address >>> PAGE_BITS;
    if (page >>> (LEAF_BITS + ROOT_BITS) != 0) {
      return null;
    }
    Leaf leaf = PAGES[(int) (page >>> LEAF_BITS)];
    Shadow shadow = leaf == null ? null : leaf.shadows[(int) (page & LEAF_MASK)];
    if (shadow != null && shadow.holds(address, 1)) {
      return shadow;
    }
    Map.Entry<Long, Shadow> adopted = ADOPTED.floorEntry(address);
    return adopted != null && (shadow == null || adopted.getValue().holds(address, 1))
        ? adopted.getValue()
        : shadow;
  }

  static synchronized void register(long address, long bytes, Shadow shadow) {
    long last = (address + Math.max(1, bytes) - 1) >>> PAGE_BITS;
    for (long page = address >>> PAGE_BITS; page <= last; page++) {
      int root = (int) (page >>> LEAF_BITS);
      Leaf leaf = PAGES[root];
      if (leaf == null) {
        leaf = new Leaf();
        PAGES[root] = leaf;
      }
      leaf.shadows[(int) (page & LEAF_MASK)] = shadow;
    }
  }

  static void regionOpened(long address, long bytes) {
    register(address, bytes, Shadow.single(null, address, bytes));
  }

  static void regionClosed(long address, long bytes) {
    Shadow shadow = shadowOf(address);
    if (shadow == null || bytes <= 0) {
      throw new IllegalStateException("a region that was never opened");
    }
    shadow.free(address);
  }

  static void adopt(long address, long bytes) {
    Shadow shadow = new Shadow(null, address, Math.max(1, bytes), 1);
    shadow.allocate(address, bytes);
    ADOPTED.put(address, shadow);
  }

  static void disown(long address) {
    ADOPTED.remove(address);
  }
}
