package dev.millrace.aof;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a restart recovers from, in the file format of Redis 7, so that a stock redis-server can
 * open the directory: one line for each file,
 *
 * <pre>
 *   file base-4096.rdb seq 2 type b
 *   file stream-00000000000000004096.aof seq 7 type i
 *   file stream-00000000000067112960.aof seq 8 type i
 * </pre>
 *
 * <p>At most one base; then the segments from it on, their sequence numbers strictly rising. Older
 * segments kept for replicas are not listed. Immutable.
 *
 * @param base the base, null while there is none
 * @param baseSequence the base's sequence number, 0 without one
 * @param segments the segments in order of offset
 */
public record Manifest(@Nullable BaseName base, long baseSequence, List<Entry> segments) {
  /**
   * One listed segment.
   *
   * @param segment which
   * @param sequence its sequence number
   */
  public record Entry(SegmentName segment, long sequence) {}

  /** Lists nothing. */
  public static final Manifest EMPTY = new Manifest(null, 0, List.of());

  public Manifest {
    segments = List.copyOf(segments);
  }

  /** The manifest's file name for a log of this name. */
  public static String fileName(String logName) {
    return logName + ".manifest";
  }

  private static String temporaryName(String logName) {
    // Redis's own name for it; a stock server ignores and removes such a leftover, and so do we.
    return "temp_" + fileName(logName);
  }

  static boolean isTemporary(String fileName) {
    return fileName.startsWith("temp_") && fileName.endsWith(".manifest");
  }

  /** The same with one segment more. */
  public Manifest plus(SegmentName segment) {
    List<Entry> all = new ArrayList<>(segments);
    all.add(new Entry(segment, nextSequence()));
    return new Manifest(base, baseSequence, all);
  }

  /** A new base takes the place of the old one, and of the segments before it. */
  public Manifest withBase(BaseName newBase) {
    List<Entry> after =
        segments.stream().filter(e -> e.segment().startOffset() >= newBase.offset()).toList();
    return new Manifest(newBase, baseSequence + 1, after);
  }

  private long nextSequence() {
    return segments.isEmpty() ? 1 : segments.getLast().sequence() + 1;
  }

  /** The text a file holds. */
  public String format() {
    StringBuilder text = new StringBuilder();
    if (base != null) {
      line(text, base.fileName(), baseSequence, 'b');
    }
    for (Entry entry : segments) {
      line(text, entry.segment().fileName(), entry.sequence(), 'i');
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String file, long sequence, char type) {
    text.append("file ").append(file).append(" seq ").append(sequence);
    text.append(" type ").append(type).append('\n');
  }

  /**
   * Reads what {@link #format} wrote. Comment lines ({@code #}) and history entries of a stock
   * server ({@code type h}) are passed over.
   *
   * @throws IllegalArgumentException naming the line that is not understood
   */
  public static Manifest parse(String text) {
    BaseName base = null;
    long baseSequence = 0;
    List<Entry> segments = new ArrayList<>();
    if (!text.isEmpty() && !text.endsWith("\n")) {
      throw new IllegalArgumentException("the last line is cut short");
    }
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.trim().split("\\s+");
      if (words.length != 6 || !words[0].equals("file") || !words[2].equals("seq")) {
        throw notUnderstood(number, line);
      }
      long sequence = SegmentName.parseOffset(words[3], 0, words[3].length());
      if (sequence < 1 || !words[4].equals("type")) {
        throw notUnderstood(number, line);
      }
      switch (words[5]) {
        case "b" -> {
          if (base != null) {
            throw new IllegalArgumentException("line " + number + " names a second base");
          }
          base = BaseName.parse(words[1]).orElse(null);
          baseSequence = sequence;
          if (base == null) {
            throw notUnderstood(number, line);
          }
        }
        case "i" -> {
          SegmentName name = SegmentName.parse(words[1]).orElse(null);
          if (name == null) {
            throw notUnderstood(number, line);
          }
          Entry last = segments.isEmpty() ? null : segments.getLast();
          if (last != null
              && (sequence <= last.sequence() || name.compareTo(last.segment()) <= 0)) {
            throw new IllegalArgumentException("line " + number + " does not follow its sequence");
          }
          segments.add(new Entry(name, sequence));
        }
        case "h" -> {}
        default -> throw notUnderstood(number, line);
      }
    }
    return new Manifest(base, baseSequence, segments);
  }

  private static IllegalArgumentException notUnderstood(int number, String line) {
    return new IllegalArgumentException("line " + number + " is not understood: " + line);
  }

  /** Reads a log's manifest; null when there is none. */
  static @Nullable Manifest read(SegmentStore store, String logName)
      throws IOException, IllegalArgumentException {
    if (!store.exists(fileName(logName))) {
      return null;
    }
    try (SegmentFile file = store.openToRead(fileName(logName))) {
      long size = file.size();
      if (size > 1 << 26) {
        throw new IllegalArgumentException("it has " + size + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      if (!file.readFully(bytes, 0)) {
        throw new IOException("the manifest grew shorter while it was read");
      }
      Manifest manifest = parse(StandardCharsets.UTF_8.decode(bytes.flip()).toString());
      if (manifest.segments().isEmpty()) {
        // No log of ours is without a segment: an empty file must not make its base look unlisted.
        throw new IllegalArgumentException("it lists no segment");
      }
      return manifest;
    }
  }

  /**
   * Replaces a log's manifest.
   *
   * <pre>
   * 1. write a temporary file      crash: the old manifest stands, the leftover is removed at start
   * 2. force it                    crash: the same
   * 3. rename it over the old one  crash: the old or the new one stands, whole
   * 4. force the directory         from here on the new one stands
   * </pre>
   */
  void write(SegmentStore store, String logName) throws IOException {
    String temporary = temporaryName(logName);
    store.delete(temporary);
    try (SegmentFile file = store.create(temporary)) {
      file.write(ByteBuffer.wrap(format().getBytes(StandardCharsets.UTF_8)), 0);
      file.sync();
    } catch (IOException e) {
      store.delete(temporary);
      throw e;
    }
    store.rename(temporary, fileName(logName));
    store.syncDirectory();
  }
}
