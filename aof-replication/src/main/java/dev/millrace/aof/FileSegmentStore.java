package dev.millrace.aof;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The segment store on a real directory. Owned by: no thread; safe for all. */
public final class FileSegmentStore implements SegmentStore {
  private final Path directory;
  private volatile @Nullable FileStore volume;

  /** Opens the directory, creating it (but not its parents) when it is missing. */
  public FileSegmentStore(Path directory) throws IOException {
    this.directory = directory;
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        syncDirectory(parent);
      }
    }
  }

  private FileSegmentStore(Path directory, boolean existing) throws IOException {
    this.directory = directory;
    if (existing && !Files.isDirectory(directory)) {
      throw new NoSuchFileException(directory.toString());
    }
  }

  /** A store over a directory that must exist; creates nothing. For the tools. */
  public static FileSegmentStore existing(Path directory) throws IOException {
    return new FileSegmentStore(directory, true);
  }

  @Override
  public List<String> list() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          names.add(String.valueOf(file.getFileName()));
        }
      }
    }
    return names;
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(directory.resolve(name));
  }

  @Override
  public SegmentFile create(String name) throws IOException {
    Path path = directory.resolve(name);
    FileSegmentFile.openChannel(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)
        .close();
    return open(name);
  }

  @Override
  public SegmentFile open(String name) throws IOException {
    return open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public SegmentFile openToRead(String name) throws IOException {
    return open(name, StandardOpenOption.READ);
  }

  private SegmentFile open(String name, OpenOption... options) throws IOException {
    return new FileSegmentFile(directory.resolve(name), options);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(
        directory.resolve(from),
        directory.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
  }

  @Override
  public void sync(String name) throws IOException {
    try (SegmentFile file = open(name)) {
      file.sync();
    }
  }

  @Override
  public void syncDirectory() throws IOException {
    syncDirectory(directory);
  }

  private static void syncDirectory(Path path) throws IOException {
    // Linux lets a directory be opened for reading and forced: this is fsync(2) on it.
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    FileStore known = volume;
    if (known == null) {
      // It reads all of the system's mounts.
      known = Files.getFileStore(directory);
      volume = known;
    }
    return known.getUsableSpace();
  }

  @Override
  public Path directory() {
    return directory;
  }
}
