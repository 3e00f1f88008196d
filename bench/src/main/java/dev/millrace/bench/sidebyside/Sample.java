package dev.millrace.bench.sidebyside;

/**
 * One run of one work against one server.
 *
 * @param requestsPerSecond as redis-benchmark counts
 * @param p50Millis median latency as redis-benchmark sees it
 * @param p99Millis the 99th percentile
 * @param cpuMicrosPerRequest processor time of the server process
 */
record Sample(
    double requestsPerSecond, double p50Millis, double p99Millis, double cpuMicrosPerRequest) {}
