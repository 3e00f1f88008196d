package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.config.ServerSettings;
import dev.millrace.engine.pipeline.CallObserver;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches how long things take: the last 160 samples of each event that took at least {@code
 * latency-monitor-threshold}, and with {@code latency-tracking} a histogram for each command.
 * Events are few and named by the server's own code, so that all of it is bounded (L7).
 *
 * <p>Owned by: executor thread.
 */
public final class LatencyMonitor implements CallObserver {
  static final int SAMPLES_MAX = 160;

  /** One second's worst. */
  record Sample(long unixSeconds, long millis) {}

  /** The samples of one event, oldest first. */
  static final class Event {
    private final List<Sample> samples = new ArrayList<>();
    private long maxMillis;

    List<Sample> samples() {
      return samples;
    }

    Sample latest() {
      return samples.get(samples.size() - 1);
    }

    long maxMillis() {
      return maxMillis;
    }

    private void add(long unixSeconds, long millis) {
      maxMillis = Math.max(maxMillis, millis);
      int last = samples.size() - 1;
      if (last >= 0 && samples.get(last).unixSeconds == unixSeconds) {
        long worst = Math.max(samples.get(last).millis, millis);
        samples.set(last, new Sample(unixSeconds, worst));
        return;
      }
      if (samples.size() == SAMPLES_MAX) {
        samples.remove(0);
      }
      samples.add(new Sample(unixSeconds, millis));
    }
  }

  private final ServerSettings settings;
  private final LongSupplier clockMillis;
  private final Map<String, Event> events = new TreeMap<>();
  private final IdentityHashMap<Command, LatencyHistogram> histograms = new IdentityHashMap<>();

  /** Nothing seen yet. */
  public LatencyMonitor(ServerSettings settings, LongSupplier clockMillis) {
    this.settings = settings;
    this.clockMillis = clockMillis;
  }

  @Override
  public void ran(Client client, Request request, Command command, long nanos) {
    if (settings.latencyTracking.value()) {
      LatencyHistogram histogram = histograms.get(command);
      if (histogram == null) {
        histogram = new LatencyHistogram();
        histograms.put(command, histogram);
      }
      histogram.record(nanos);
    }
    if (settings.latencyMonitorThreshold.value() != 0) {
      took(command.has(CommandFlag.FAST) ? "fast-command" : "command", nanos);
    }
  }

  /**
   * Something took so long.
   *
   * @param event a constant, such as {@code expire-cycle}
   */
  public void took(String event, long nanos) {
    long threshold = settings.latencyMonitorThreshold.value();
    long millis = nanos / 1_000_000;
    if (threshold == 0 || millis < threshold) {
      return;
    }
    events.computeIfAbsent(event, _ -> new Event()).add(clockMillis.getAsLong() / 1000, millis);
  }

  /** True when events are not watched. */
  boolean isOff() {
    return settings.latencyMonitorThreshold.value() == 0;
  }

  Map<String, Event> events() {
    return events;
  }

  /** Forgets an event's samples; false when there were none. */
  boolean forget(String event) {
    return events.remove(event) != null;
  }

  @Nullable LatencyHistogram histogram(Command command) {
    return histograms.get(command);
  }

  /** CONFIG RESETSTAT: histograms begin anew. */
  public void reset() {
    histograms.clear();
  }
}
