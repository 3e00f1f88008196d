package dev.millrace.aof;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which segment may go. Pure. */
final class Retention {
  private Retention() {}

  /**
   * Why the oldest segment should be deleted, pins aside; null when it stays. It stays while it is
   * open, while a kept base needs it, and while no limit is exceeded.
   */
  static @Nullable String reasonToRetire(
      Segment[] segments, List<BaseInfo> bases, long written, LogOptions options, long nowMillis) {
    Segment oldest = segments[0];
    if (segments.length == 1 || !oldest.isSealed() || bases.isEmpty()) {
      return null;
    }
    if (oldest.end(written) > bases.getLast().offset()) {
      return null;
    }
    long heldBytes = written - oldest.start();
    if (heldBytes > options.retentionBytes()) {
      return "the log holds " + heldBytes + " bytes";
    }
    long age = nowMillis - oldest.sealedMillis();
    if (options.retentionMillis() != Long.MAX_VALUE && age >= options.retentionMillis()) {
      return "sealed " + age + " ms ago";
    }
    return null;
  }
}
