package dev.millrace.bench.sidebyside;

/**
 * One run of one work against one server.
 *
 * @param requestsPerSecond as the generator counts
 * @param p50Millis median latency as the generator sees it
 * @param p99Millis the 99th percentile
 * @param p999Millis the 99.9th percentile; not a number where the generator does not tell it
 * @param cpuMicrosPerRequest processor time of the server process
 * @param loadMicrosPerRequest processor time of the generator
 */
record Sample(
    double requestsPerSecond,
    double p50Millis,
    double p99Millis,
    double p999Millis,
    double cpuMicrosPerRequest,
    double loadMicrosPerRequest) {}
