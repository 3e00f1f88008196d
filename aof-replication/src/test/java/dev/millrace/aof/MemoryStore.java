package dev.millrace.aof;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory with a fault model. What was not forced may be lost in a power cut, in any
 * combination: every page of every unforced write by itself, every unforced change of the directory
 * by itself, and a lost page inside a file that has grown reads as zeros. It can be full, and it
 * can fail. For tests of one thread at a time.
 */
final class MemoryStore implements SegmentStore {
  private static final int PAGE = 512;

  /** Called before every change, with what it is; a test throws from here to crash. */
  interface Observer {
    void before(String operation) throws IOException;
  }

  /** A crash, so that nothing in between mistakes it for an I/O error. */
  static final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final class Inode {
    private byte[] content = {};
    private byte[] forced = {};
    private final List<Write> unforced = new ArrayList<>();
  }

  /** Bytes at a position; without bytes, a cut to that length. */
  private static final class Write {
    private final int position;
    private final byte @Nullable [] bytes;

    Write(int position, byte @Nullable [] bytes) {
      this.position = position;
      this.bytes = bytes;
    }
  }

  private record Link(@Nullable String removed, @Nullable String added, @Nullable Inode inode) {}

  private final Map<String, Inode> names = new TreeMap<>();
  private final Map<String, Inode> forcedNames = new TreeMap<>();
  private final List<Link> unforcedLinks = new ArrayList<>();
  private long capacity = Long.MAX_VALUE;
  private int openFiles;
  Observer observer = operation -> {};
  Predicate<String> syncFails = name -> false;
  int syncs;

  void setCapacity(long bytes) {
    capacity = bytes;
  }

  long used() {
    return names.values().stream().mapToLong(i -> i.content.length).sum();
  }

  int openFiles() {
    return openFiles;
  }

  /** The disk as a power cut may leave it. */
  MemoryStore afterPowerCut(RandomGenerator chance) {
    MemoryStore left = new MemoryStore();
    Map<String, Inode> survived = new TreeMap<>(forcedNames);
    int luck = chance.nextInt(0, 101);
    for (Link link : unforcedLinks) {
      if (chance.nextInt(100) < luck) {
        if (link.removed != null) {
          survived.remove(link.removed);
        }
        if (link.added != null && link.inode != null) {
          survived.put(link.added, link.inode);
        }
      }
    }
    survived.forEach((name, inode) -> left.put(name, content(inode, chance)));
    return left;
  }

  private static byte[] content(Inode inode, RandomGenerator chance) {
    byte[] content = inode.forced;
    int luck = chance.nextInt(0, 101);
    for (Write write : inode.unforced) {
      byte[] bytes = write.bytes;
      if (bytes == null) {
        if (chance.nextInt(100) < luck) {
          content = Arrays.copyOf(content, Math.min(content.length, write.position));
        }
        continue;
      }
      for (int from = 0; from < bytes.length; ) {
        int at = write.position + from;
        int n = Math.min(bytes.length - from, PAGE - at % PAGE);
        if (chance.nextInt(100) < luck) {
          content = Arrays.copyOf(content, Math.max(content.length, at + n));
          System.arraycopy(bytes, from, content, at, n);
        }
        from += n;
      }
    }
    return content;
  }

  /** The disk as a killed process leaves it: everything that was written is there. */
  MemoryStore copy() {
    MemoryStore copy = new MemoryStore();
    names.forEach((name, inode) -> copy.put(name, inode.content));
    return copy;
  }

  void put(String name, byte[] content) {
    Inode inode = new Inode();
    inode.content = content.clone();
    inode.forced = inode.content.clone();
    names.put(name, inode);
    forcedNames.put(name, inode);
  }

  byte[] get(String name) {
    return Check.present(names.get(name), name).content.clone();
  }

  Set<String> files() {
    return new HashSet<>(names.keySet());
  }

  @Override
  public List<String> list() {
    return new ArrayList<>(names.keySet());
  }

  @Override
  public boolean exists(String name) {
    return names.containsKey(name);
  }

  @Override
  public SegmentFile create(String name) throws IOException {
    observer.before("create " + name);
    if (names.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }
    if (used() >= capacity) {
      throw new DiskFullException("no room for " + name, new IOException("full"));
    }
    Inode inode = new Inode();
    names.put(name, inode);
    unforcedLinks.add(new Link(null, name, inode));
    return new File(name, inode);
  }

  @Override
  public SegmentFile open(String name) throws IOException {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new FileNotFoundException(name);
    }
    return new File(name, inode);
  }

  @Override
  public SegmentFile openToRead(String name) throws IOException {
    return open(name);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    observer.before("rename " + from + " to " + to);
    Inode inode = names.remove(from);
    if (inode == null) {
      throw new FileNotFoundException(from);
    }
    names.put(to, inode);
    unforcedLinks.add(new Link(from, to, inode));
  }

  @Override
  public void delete(String name) throws IOException {
    if (names.containsKey(name)) {
      observer.before("delete " + name);
      names.remove(name);
      unforcedLinks.add(new Link(name, null, null));
    }
  }

  @Override
  public void sync(String name) throws IOException {
    try (SegmentFile file = open(name)) {
      file.sync();
    }
  }

  @Override
  public void syncDirectory() throws IOException {
    observer.before("sync directory");
    forcedNames.clear();
    forcedNames.putAll(names);
    unforcedLinks.clear();
  }

  @Override
  public long usableBytes() {
    return capacity - used();
  }

  @Override
  public Path directory() {
    return Path.of("/memory");
  }

  private final class File implements SegmentFile {
    private final String name;
    private final Inode inode;
    private boolean closed;

    File(String name, Inode inode) {
      this.name = name;
      this.inode = inode;
      openFiles++;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long size() {
      return inode.content.length;
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      observer.before("write " + name);
      int at = (int) position;
      int room = (int) Math.min(bytes.remaining(), Math.max(0, capacity - used()));
      boolean full = room < bytes.remaining();
      byte[] chunk = new byte[full ? room : bytes.remaining()];
      bytes.get(chunk);
      inode.content =
          Arrays.copyOf(inode.content, Math.max(inode.content.length, at + chunk.length));
      System.arraycopy(chunk, 0, inode.content, at, chunk.length);
      inode.unforced.add(new Write(at, chunk));
      if (full) {
        throw new DiskFullException("no room for " + name, new IOException("full"));
      }
    }

    @Override
    public int read(ByteBuffer into, long position) {
      if (position >= inode.content.length) {
        return -1;
      }
      int n = Math.min(into.remaining(), inode.content.length - (int) position);
      into.put(inode.content, (int) position, n);
      return n;
    }

    @Override
    public void sync() throws IOException {
      observer.before("sync " + name);
      if (syncFails.test(name)) {
        throw new IOException("Input/output error");
      }
      syncs++;
      inode.forced = inode.content.clone();
      inode.unforced.clear();
    }

    @Override
    public void truncate(long size) throws IOException {
      observer.before("truncate " + name);
      inode.content = Arrays.copyOf(inode.content, (int) size);
      inode.unforced.add(new Write((int) size, null));
    }

    @Override
    public MemorySegment map(Arena arena, long bytes) {
      return MemorySegment.ofArray(Arrays.copyOf(inode.content, (int) bytes)).asReadOnly();
    }

    @Override
    public int descriptor() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel channel() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openFiles--;
      }
    }
  }
}
