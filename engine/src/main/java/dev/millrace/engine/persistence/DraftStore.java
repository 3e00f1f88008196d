package dev.millrace.engine.persistence;

import dev.millrace.aof.BaseDraft;
import dev.millrace.engine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives the snapshot thread a draft of the log's to write to.
 *
 * <p>Owned by: snapshot thread.
 */
public final class DraftStore implements SnapshotStore {
  /** Begins a draft. */
  @FunctionalInterface
  public interface Opening {
    BaseDraft open() throws IOException;
  }

  /** What is done with a finished draft. */
  @FunctionalInterface
  public interface Adoption {
    void adopt(BaseDraft draft) throws IOException;
  }

  private final Opening opening;
  private @Nullable BaseDraft draft;

  /** A store for one draft. */
  public DraftStore(Opening opening) {
    this.opening = opening;
  }

  @Override
  public Target create(Path path) throws IOException {
    BaseDraft opened = opening.open();
    draft = opened;
    return new Target() {
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        return opened.write(bytes);
      }

      @Override
      public void force() throws IOException {
        opened.force();
      }

      @Override
      public boolean isOpen() {
        return opened.isOpen();
      }

      @Override
      public void close() {
        // The draft is closed by adopting it, or by delete.
      }
    };
  }

  @Override
  public void delete(Path path) throws IOException {
    if (draft != null) {
      draft.close();
    }
  }

  /** Hands the finished draft on. */
  public void adopt(Adoption by) throws IOException {
    BaseDraft written = Objects.requireNonNull(draft);
    try {
      by.adopt(written);
    } finally {
      written.close();
    }
  }
}
