package dev.millrace.engine.acl;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The file of {@code aclfile}: one {@code user} line each. Reading and writing wait for a disk, so
 * never on the executor thread (L6).
 */
public final class AclFile {
  private AclFile() {}

  /**
   * The content, one char a byte.
   *
   * @throws IOException with Redis's text
   */
  public static String read(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException missing) {
      throw unreadable(file, "No such file or directory");
    } catch (AccessDeniedException denied) {
      throw unreadable(file, "Permission denied");
    } catch (IOException other) {
      throw unreadable(file, String.valueOf(other.getMessage()));
    }
  }

  private static IOException unreadable(Path file, String why) {
    return new IOException("Error loading ACLs, opening file '" + file + "': " + why);
  }

  /**
   * Writes the file anew, at once or not at all.
   *
   * <ol>
   *   <li>The content goes to a file beside it; a crash leaves that file and the old one.
   *   <li>That file is forced to disk, or the next step could name an empty one.
   *   <li>It is renamed over the old one; a crash leaves one or the other, whole.
   *   <li>The directory is forced, so that the answer OK is true after a power cut.
   * </ol>
   */
  public static void write(Path file, String content) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path directory = parent == null ? Path.of("/") : parent;
    Path fresh = Files.createTempFile(directory, file.getFileName() + ".", ".tmp");
    try {
      try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
        out.write(content.getBytes(StandardCharsets.ISO_8859_1));
        out.getFD().sync();
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
