package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.LiveServer;
import dev.millrace.engine.testing.RespClient;
import dev.millrace.engine.testing.RespError;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * {@code kill -9} under load, over and over, with {@code appendfsync always}: what was acknowledged
 * is there, once. {@code -Dmillrace.crashCycles=200} runs the long form, {@code -Dmillrace.seed=…}
 * one that failed again.
 */
class CrashTest {
  private static final int CYCLES = Integer.getInteger("millrace.crashCycles", 20);
  private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
  private static final int WRITERS = 4;
  private static final int LOAD_MILLIS_MAX = 300;

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void noAcknowledgedWriteShouldBeLostOrDoneTwice() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    List<Writer> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer("w" + i));
    }
    try (LiveServer server = LiveServer.start("--appendfsync", "always")) {
      for (int cycle = 1; cycle <= CYCLES; cycle++) {
        for (Writer writer : writers) {
          writer.start(server.port());
        }
        TimeUnit.MILLISECONDS.sleep(20 + random.nextInt(LOAD_MILLIS_MAX));
        server.kill();
        for (Writer writer : writers) {
          writer.join();
        }
        server.restart();
        long keys = 0;
        for (Writer writer : writers) {
          writer.compare(server.client(), "cycle " + cycle + " of seed " + SEED);
          keys += writer.keys();
        }
        assertThat(server.client().call("DBSIZE"))
            .as("keys in cycle %d of seed %d", cycle, SEED)
            .isEqualTo(keys);
      }
      assertThat(writers).allSatisfy(w -> assertThat(w.value).isGreaterThan(CYCLES));
      for (Writer writer : writers) {
        writer.compareAll(server.client(), "the end of seed " + SEED);
      }
    }
  }

  /**
   * One client: increments its counter, then appends one byte to a key named by the new value, and
   * so on. At most one command is not answered when the server dies, so what must be there is known
   * but for that one.
   *
   * <p>Owned by: the test's thread, between {@link #join} and {@link #start}; else its own.
   */
  private static final class Writer {
    private final String name;
    private long value;
    private boolean counted;
    private boolean appended = true;
    private long firstOfCycle;
    private @Nullable Thread thread;
    private volatile @Nullable AssertionError wrong;

    Writer(String name) {
      this.name = name;
    }

    void start(int port) {
      firstOfCycle = value + 1;
      Thread writing = Thread.ofPlatform().name(name).unstarted(() -> write(port));
      thread = writing;
      writing.start();
    }

    private void write(int port) {
      try (RespClient client = RespClient.connect(port)) {
        while (true) {
          if (!appended) {
            expect(client.call("APPEND", key(value), "x"), 1);
            appended = true;
          }
          counted = false;
          expect(client.call("INCR", name), value + 1);
          counted = true;
          value++;
          appended = false;
        }
      } catch (UncheckedIOException e) {
        // Killed: what is not answered by now never will be.
      } catch (AssertionError e) {
        wrong = e;
      }
    }

    private void expect(@Nullable Object reply, long wanted) {
      if (reply instanceof RespError error) {
        throw new AssertionError(name + " was refused: " + error.text());
      }
      if (!Long.valueOf(wanted).equals(reply)) {
        throw new AssertionError(
            name + " expected " + wanted + " and was told " + RespClient.render(reply));
      }
    }

    void join() throws InterruptedException {
      java.util.Objects.requireNonNull(thread).join();
      AssertionError failure = wrong;
      if (failure != null) {
        throw failure;
      }
    }

    /** What was acknowledged is there; the one command in flight may be there or not. */
    void compare(RespClient client, String when) {
      long found = number(client, name);
      if (counted || !appended) {
        assertThat(found).as("%s after %s", name, when).isEqualTo(value);
      } else {
        assertThat(found).as("%s after %s", name, when).isBetween(value, value + 1);
      }
      if (!appended) {
        appended = Long.valueOf(1).equals(client.call("STRLEN", key(value)));
      }
      if (found > value) {
        value = found;
        appended = false;
      }
      compareKeys(client, firstOfCycle, when);
    }

    void compareAll(RespClient client, String when) {
      compareKeys(client, 1, when);
    }

    private void compareKeys(RespClient client, long from, String when) {
      long last = appended ? value : value - 1;
      for (long i = from; i <= last; i++) {
        client.send("GET", key(i));
      }
      for (long i = from; i <= last; i++) {
        assertThat(RespClient.render(client.read())).as("%s after %s", key(i), when).isEqualTo("x");
      }
    }

    long keys() {
      return (value > 0 ? 1 : 0) + (appended ? value : value - 1);
    }

    private static long number(RespClient client, String key) {
      Object reply = client.call("GET", key);
      return reply == null ? 0 : Long.parseLong(RespClient.render(reply));
    }

    private String key(long number) {
      return name + ":" + number;
    }
  }
}
