package dev.millrace.engine.admin;

/**
 * A dataset that is being loaded from a master; the figures are those of the last one when none is.
 *
 * @param blocking whether clients are refused meanwhile
 * @param async whether clients are served the old one meanwhile
 * @param startedMillis when it began, in milliseconds since the epoch
 * @param totalBytes length of the RDB, -1 when it is not known
 * @param loadedBytes how much of it was read
 */
public record LoadingStatus(
    boolean blocking, boolean async, long startedMillis, long totalBytes, long loadedBytes) {}
