package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The walks that are on over dicts kept off-heap. Such a dict has no object of its own: its block
 * names the walk by its version, and whoever takes the dict up finds it here.
 *
 * <p>Few walks are on at a time. Owned by: executor thread.
 */
public final class DictWalks {
  private final List<DictWalk> open = new ArrayList<>();
  private int lastVersion;

  /** The tables of a dict as they were when it was last put away. */
  private static final class Stored extends DictSource {
    private final DictTable current = new DictTable();
    private final DictTable second = new DictTable();
    private DictTable next;
    private long moved;

    Stored(long state) {
      next = DictState.tables(state, current, second);
      moved = Memory.getLong(state + 16);
    }

    void set(DictTable newCurrent, DictTable newNext, long newMoved) {
      current.set(newCurrent.base, newCurrent.log2);
      next = current;
      if (newNext != newCurrent) {
        next = second;
        next.set(newNext.base, newNext.log2);
      }
      moved = newMoved;
    }

    @Override
    DictTable current() {
      return current;
    }

    @Override
    DictTable next() {
      return next;
    }

    @Override
    long firstOfCurrent() {
      return moved;
    }

    @Override
    long firstOfNext() {
      return 0;
    }

    @Override
    void walkEnded() {}
  }

  /**
   * The cut of the dict that {@link Dict#store} put into this block. As {@link Dict#startWalk}; the
   * dict may meanwhile be taken up and put away again, its block may move, and the dict may be
   * freed by {@link DictClear}.
   */
  public Walk start(long state, EntryVisitor emit) {
    lastVersion = lastVersion == -1 ? 1 : lastVersion + 1;
    DictWalk walk = new DictWalk(new Stored(state), lastVersion, emit, open::remove);
    open.add(walk);
    DictState.putWalk(state, lastVersion);
    return walk;
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** The walk of that version; null when it has ended, or for 0. */
  @Nullable DictWalk find(int version) {
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i).version() == version) {
        return open.get(i);
      }
    }
    return null;
  }

  /** The walk's dict is about to be put away with these tables. */
  void tablesOf(DictWalk walk, DictTables dict) {
    if (walk.source() instanceof Stored tables) {
      tables.set(dict.current, dict.next, dict.moved);
    }
  }
}
