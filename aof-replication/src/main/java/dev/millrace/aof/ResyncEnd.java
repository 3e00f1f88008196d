package dev.millrace.aof;

/**
 * What became of a resync: noted in the ledger after its {@link ResyncDecision}.
 *
 * @param replica how the replica is called, as in the decision
 * @param bytes sent until then: the dataset and the stream
 * @param micros from the request until the replica had acknowledged all there was when it asked, or
 *     was lost
 * @param complete false when the replica was lost before
 */
public record ResyncEnd(String replica, long bytes, long micros, boolean complete) {}
