package dev.millrace.aof;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The directory a log lives in: the only way this module reaches a disk, so that tests can put
 * faults and power cuts in its place. Names are plain file names inside the one directory. Safe for
 * use by any thread; what is not forced by {@link #sync} or {@link #syncDirectory} may be lost in a
 * power cut, in any order.
 */
public interface SegmentStore {
  /** Names of all plain files, in no order. */
  List<String> list() throws IOException;

  /** True when a file of this name exists. */
  boolean exists(String name) throws IOException;

  /** Creates an empty file and opens it for reading and writing; fails when it exists. */
  SegmentFile create(String name) throws IOException;

  /** Opens an existing file for reading and writing. */
  SegmentFile open(String name) throws IOException;

  /** Opens an existing file for reading. It stays readable when its name is deleted meanwhile. */
  SegmentFile openToRead(String name) throws IOException;

  /** Renames atomically, replacing what was called {@code to}. */
  void rename(String from, String to) throws IOException;

  /** Deletes a file; nothing happens when it does not exist. */
  void delete(String name) throws IOException;

  /** Forces one file's content and length to the disk. */
  void sync(String name) throws IOException;

  /** Forces creations, renames and deletions to the disk. */
  void syncDirectory() throws IOException;

  /** Room left on the volume, in bytes. */
  long usableBytes() throws IOException;

  /** Where the directory is on a real file system; the ledger lives below it. */
  Path directory();
}
