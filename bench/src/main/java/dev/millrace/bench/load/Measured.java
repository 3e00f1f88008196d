package dev.millrace.bench.load;

import org.HdrHistogram.Histogram;

/**
 * What one run gave.
 *
 * @param requests how many were answered
 * @param nanos from the first request to the last reply
 * @param latency of requests, in microseconds
 * @param cpuNanos processor time of the generator's threads
 */
public record Measured(long requests, long nanos, Histogram latency, long cpuNanos) {
  /** Requests per second. */
  public double requestsPerSecond() {
    return requests * 1e9 / nanos;
  }

  /** A percentile of latency in milliseconds. */
  public double millisAt(double percentile) {
    return latency.getValueAtPercentile(percentile) / 1000.0;
  }

  /** What the generator itself took for a request, in microseconds of processor time. */
  public double ownMicrosPerRequest() {
    return cpuNanos / 1000.0 / requests;
  }

  static Histogram newHistogram() {
    return new Histogram(60_000_000, 3);
  }
}
