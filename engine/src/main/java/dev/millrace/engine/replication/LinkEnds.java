package dev.millrace.engine.replication;

/**
 * The two ends of a connection to a master. Immutable, for any thread.
 *
 * @param sinceMillis since when the stream comes by it, in milliseconds since the epoch
 */
public record LinkEnds(String remoteAddress, String localAddress, long sinceMillis) {}
