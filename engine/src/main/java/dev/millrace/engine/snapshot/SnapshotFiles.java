package dev.millrace.engine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Snapshots in files of this machine.
 *
 * @param forced whether they are to outlive a power cut
 */
record SnapshotFiles(boolean forced) implements SnapshotStore {
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
        if (forced) {
          // With its metadata: the length is what a torn snapshot would get wrong.
          file.force(true);
        }
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
}
