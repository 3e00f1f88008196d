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
    double loadMicrosPerRequest) {
  /**
   * The same run, taken as over only so much later.
   *
   * @param cpuMicros processor time of the server process until then
   * @param requests how many the run had
   */
  Sample until(double secondsLater, long cpuMicros, long requests) {
    return new Sample(
        requests / (requests / requestsPerSecond + secondsLater),
        p50Millis,
        p99Millis,
        p999Millis,
        (double) cpuMicros / requests,
        loadMicrosPerRequest);
  }
}
