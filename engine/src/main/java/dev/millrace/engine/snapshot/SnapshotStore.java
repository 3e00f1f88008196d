package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where snapshot files are made; tests put one here that fails. Called by the snapshot thread. */
public interface SnapshotStore {
  /** Files of this machine's file system. */
  SnapshotStore FILES =
      new SnapshotStore() {
        @Override
        public Target create(Path path) throws IOException {
          FileChannel file =
              FileChannel.open(
                  path,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
          return new Target() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
              return file.write(bytes);
            }

            @Override
            public void force() throws IOException {
              // With its metadata: the length is what a torn snapshot would get wrong.
              file.force(true);
            }

            @Override
            public boolean isOpen() {
              return file.isOpen();
            }

            @Override
            public void close() throws IOException {
              file.close();
            }
          };
        }

        @Override
        public void delete(Path path) throws IOException {
          Files.deleteIfExists(path);
        }
      };

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
