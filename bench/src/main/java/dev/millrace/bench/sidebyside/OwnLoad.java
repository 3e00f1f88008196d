package dev.millrace.bench.sidebyside;

import dev.millrace.bench.load.ClosedLoop;
import dev.millrace.bench.load.ConstantRate;
import dev.millrace.bench.load.Form;
import dev.millrace.bench.load.KeyDraw;
import dev.millrace.bench.load.Measured;
import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;
import java.util.SplittableRandom;

/** The generator of {@link dev.millrace.bench.load}, in this process. */
final class OwnLoad implements Load {
  private static final long SEED = 20_26;

  private final Options options;
  private final KeyDraw keys;

  OwnLoad(Options options) {
    this.options = options;
    SplittableRandom random = new SplittableRandom(SEED);
    this.keys =
        options.zipf()
            ? KeyDraw.zipf(options.keys(), random)
            : KeyDraw.uniform(options.keys(), random);
  }

  @Override
  public String title() {
    return "bench's own generator";
  }

  @Override
  public Sample run(ServerProcess server, Work work) throws IOException {
    long requests = work.requests(options.requests());
    long cpuBefore = server.facts().cpuMicros();
    Measured measured =
        new ClosedLoop(
                server.port(),
                options.connections(),
                work.pipeline(),
                Form.named(work.test()),
                options.valueBytes(),
                keys)
            .run(requests);
    return sample(measured, server.facts().cpuMicros() - cpuBefore);
  }

  /** One run at that many requests per second, one request at a time per connection. */
  Sample run(ServerProcess server, Work work, double perSecond, double seconds)
      throws IOException, InterruptedException {
    long cpuBefore = server.facts().cpuMicros();
    Measured measured =
        new ConstantRate(
                server.port(),
                options.connections(),
                Form.named(work.test()),
                options.valueBytes(),
                keys)
            .run((long) (perSecond * seconds), perSecond);
    return sample(measured, server.facts().cpuMicros() - cpuBefore);
  }

  private static Sample sample(Measured measured, long cpuMicros) {
    return new Sample(
        measured.requestsPerSecond(),
        measured.millisAt(50),
        measured.millisAt(99),
        measured.millisAt(99.9),
        (double) cpuMicros / measured.requests(),
        measured.ownMicrosPerRequest());
  }
}
