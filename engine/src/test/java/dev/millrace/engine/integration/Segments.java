package dev.millrace.engine.integration;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** The segment files of a log, as a test finds them on disk. */
final class Segments {
  private static final String PREFIX = "stream-";
  private static final String SUFFIX = ".aof";

  private Segments() {}

  /** Their files, oldest first. */
  static List<Path> of(Path logDirectory) throws IOException {
    try (Stream<Path> files = Files.list(logDirectory)) {
      return files.filter(file -> name(file).startsWith(PREFIX)).sorted().toList();
    }
  }

  /** Replication offset of a segment's first byte, as its name says. */
  static long start(Path segment) {
    String name = name(segment);
    return Long.parseLong(name.substring(PREFIX.length(), name.length() - SUFFIX.length()));
  }

  /** The bytes of all of them, one after the other. */
  static byte[] bytes(Path logDirectory) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Path segment : of(logDirectory)) {
      all.writeBytes(Files.readAllBytes(segment));
    }
    return all.toByteArray();
  }

  /** Replication offset after the last byte. */
  static long end(Path logDirectory) throws IOException {
    Path last = of(logDirectory).getLast();
    return start(last) + Files.size(last);
  }

  /** All bytes from an offset on that is not before the first, without holding them. */
  static InputStream from(long offset, Path logDirectory) throws IOException {
    List<InputStream> files = new ArrayList<>();
    List<Path> segments = of(logDirectory);
    for (Path segment : segments) {
      files.add(Files.newInputStream(segment));
    }
    InputStream all =
        new BufferedInputStream(new SequenceInputStream(Collections.enumeration(files)));
    all.skipNBytes(offset - start(segments.getFirst()));
    return all;
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }
}
