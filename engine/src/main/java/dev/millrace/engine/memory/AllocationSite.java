package dev.millrace.engine.memory;

import java.lang.StackWalker.StackFrame;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The innermost calls that led to an allocation or a free, outside the allocator itself. Equal call
 * paths share one object: a test makes millions of allocations from a handful of sites.
 *
 * @param text one line per call
 */
record AllocationSite(String text) {
  private static final int DEPTH = 6;
  private static final StackWalker WALKER = StackWalker.getInstance();
  private static final Set<String> SKIPPED =
      Set.of(
          SlabAllocator.class.getName(),
          CheckedHeap.class.getName(),
          CheckedMemory.class.getName(),
          Region.class.getName(),
          Memory.class.getName(),
          AllocationSite.class.getName());
  private static final ConcurrentHashMap<Long, AllocationSite> KNOWN = new ConcurrentHashMap<>();

  /** The site of the caller's caller. */
  static AllocationSite here() {
    long key =
        WALKER.walk(frames -> {
          long hash = 0;
          int taken = 0;
          Iterator<StackFrame> i = frames.iterator();
          while (i.hasNext() && taken < DEPTH) {
            StackFrame frame = i.next();
            String type = frame.getClassName();
            if (taken > 0 || !SKIPPED.contains(type)) {
              hash = (hash * 31 + type.hashCode()) * 31 + frame.getMethodName().hashCode();
              hash = hash * 31 + frame.getByteCodeIndex();
              taken++;
            }
          }
          return hash;
        });
    AllocationSite known = KNOWN.get(key);
    if (known == null) {
      known = new AllocationSite(describe());
      KNOWN.put(key, known);
    }
    return known;
  }

  private static String describe() {
    List<String> lines =
        WALKER.walk(frames ->
            frames
                .dropWhile(frame -> SKIPPED.contains(frame.getClassName()))
                .limit(DEPTH)
                .map(frame -> "\n    at " + frame.toStackTraceElement())
                .collect(Collectors.toList()));
    return String.join("", lines);
  }

  @Override
  public String toString() {
    return text;
  }
}
