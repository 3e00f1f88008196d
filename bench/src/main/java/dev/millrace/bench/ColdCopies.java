package dev.millrace.bench;

import dev.millrace.engine.memory.Pages;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What this machine takes for a thousand bytes that nobody has touched for long, at the rate at
 * which a limited snapshot copies them: no server, no file, one thread. What a snapshot takes is
 * that and its own; on some virtual machines it is mostly that.
 */
@Command(
    name = "bench/cold-copies",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Measures copies of memory that has not been touched for long.")
@SuppressWarnings("NullAway.Init") // picocli sets the options
public final class ColdCopies implements Callable<Integer> {
  private static final long SEED = 20_26;
  private static final int COPY_BYTES = 1000;
  private static final int COPIES_PER_MILLI = 32;
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int DIGITS = 3;

  @Option(
      names = "--megabytes",
      split = ",",
      description = "How much; 2 stay in the caches and do not get cold.",
      defaultValue = "2,1024,4096")
  private List<Integer> megabytes;

  @Option(names = "--seconds", description = "How long for each.", defaultValue = "15")
  private int seconds;

  @Option(
      names = "--cold-seconds",
      description = "So long nothing is touched before.",
      defaultValue = "10")
  private int coldSeconds;

  /** Runs the measurement. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ColdCopies()).execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    System.out.println(
        "| memory | copies | mean µs | p50 | p90 | p99 | p99.9 | longest |\n|---|---:|---:|---:|---:|---:|---:|---:|");
    for (int size : megabytes) {
      for (boolean huge : new boolean[] {true, false}) {
        Histogram nanos = measure((long) size << 20, huge);
        System.out.printf(
            Locale.ROOT,
            "| %d MB, %s pages | %,d | %.1f | %.1f | %.1f | %.1f | %.1f | %,.0f |%n",
            size,
            huge ? "huge" : "small",
            nanos.getTotalCount(),
            nanos.getMean() / 1e3,
            nanos.getValueAtPercentile(50) / 1e3,
            nanos.getValueAtPercentile(90) / 1e3,
            nanos.getValueAtPercentile(99) / 1e3,
            nanos.getValueAtPercentile(99.9) / 1e3,
            nanos.getMaxValue() / 1e3);
      }
    }
    return 0;
  }

  private Histogram measure(long bytes, boolean huge) throws InterruptedException {
    long address = Pages.mapAligned(bytes, Pages.HUGE_PAGE_BYTES);
    try {
      if (huge) {
        Pages.adviseHuge(address, bytes);
      }
      MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(bytes);
      memory.fill((byte) 1);
      TimeUnit.SECONDS.sleep(coldSeconds);
      return copy(memory);
    } finally {
      Pages.unmap(address, bytes);
    }
  }

  private Histogram copy(MemorySegment memory) {
    SplittableRandom random = new SplittableRandom(SEED);
    MemorySegment to = MemorySegment.ofArray(new byte[COPY_BYTES]);
    Histogram nanos = new Histogram(LONGEST_NANOS, DIGITS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      for (int i = 0; i < COPIES_PER_MILLI; i++) {
        long from = random.nextLong(memory.byteSize() - COPY_BYTES);
        long start = System.nanoTime();
        MemorySegment.copy(memory, from, to, 0, COPY_BYTES);
        nanos.recordValue(Math.min(LONGEST_NANOS, System.nanoTime() - start));
      }
      LockSupport.parkNanos(REST_NANOS);
    }
    return nanos;
  }
}
