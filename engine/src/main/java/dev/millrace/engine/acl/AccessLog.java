package dev.millrace.engine.acl;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What was denied lately (ACL LOG): the newest first, the same event again within a minute counted
 * instead of listed. Bounded by {@code acllog-max-len} (L7).
 *
 * <p>Owned by: executor thread.
 */
final class AccessLog {
  private static final long GROUPED_MILLIS = 60_000;
  private static final int LOOKED_AT = 10;

  /** One event. */
  static final class Entry {
    final Denial reason;
    final String context;
    final String object;
    final String user;
    long count = 1;
    long millis;
    String client;

    Entry(Denial reason, String context, String object, String user, long millis, String client) {
      this.reason = reason;
      this.context = context;
      this.object = object;
      this.user = user;
      this.millis = millis;
      this.client = client;
    }

    boolean isLike(Entry other) {
      return reason == other.reason
          && context.equals(other.context)
          && Math.abs(millis - other.millis) <= GROUPED_MILLIS
          && object.equals(other.object)
          && user.equals(other.user);
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private final LongSupplier lengthMax;

  AccessLog(LongSupplier lengthMax) {
    this.lengthMax = lengthMax;
  }

  void add(Entry entry) {
    Iterator<Entry> known = entries.iterator();
    for (int i = 0; i < LOOKED_AT && known.hasNext(); i++) {
      Entry before = known.next();
      if (before.isLike(entry)) {
        known.remove();
        entry.count += before.count;
        break;
      }
    }
    entries.addFirst(entry);
    while (entries.size() > lengthMax.getAsLong()) {
      entries.removeLast();
    }
  }

  /** The newest entries. */
  List<Entry> newest(long count) {
    return entries.stream().limit(Math.max(0, count)).toList();
  }

  void clear() {
    entries.clear();
  }
}
