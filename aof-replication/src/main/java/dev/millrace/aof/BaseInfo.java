package dev.millrace.aof;

import java.nio.file.Path;

/**
 * A base on disk.
 *
 * @param offset where its dataset stands
 * @param path its file
 * @param bytes length of the file
 */
public record BaseInfo(long offset, Path path, long bytes) {}
