package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** Where snapshot files are made; tests put one here that fails. Called by the snapshot thread. */
public interface SnapshotStore {
  /** Files of this machine's file system. */
  SnapshotStore FILES = new SnapshotFiles(true);

  /** The same, for files that are read back at once and need not outlive a power cut. */
  SnapshotStore UNFORCED_FILES = new SnapshotFiles(false);

  /** A file being written. */
  interface Target extends WritableByteChannel {
    /** Returns when everything written is on the disk. */
    void force() throws IOException;
  }

  /** Creates this file, or empties it. */
  Target create(Path path) throws IOException;

  /** Deletes this file if it is there. */
  void delete(Path path) throws IOException;
}
