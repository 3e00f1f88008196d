package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.InProcessServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.redisson.Redisson;
import org.redisson.RedissonRedLock;
import org.redisson.api.RAtomicLong;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RScoredSortedSet;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * Redisson, unchanged: locks that are scripts, hashes and messages together, a RedLock over five
 * servers, and collections.
 */
@Timeout(180)
class RedissonTest {
  private static final int SERVERS = 5;
  private static final int THREADS = 4;
  private static final int ROUNDS = 25;

  @TempDir Path directory;
  private final List<InProcessServer> servers = new ArrayList<>();
  private final List<RedissonClient> clients = new ArrayList<>();

  @AfterEach
  void stop() {
    clients.forEach(client -> client.shutdown(0, 5, TimeUnit.SECONDS));
    servers.forEach(InProcessServer::close);
  }

  private RedissonClient start(int number) {
    Path own = directory.resolve(Integer.toString(number));
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    InProcessServer server = InProcessServer.start(own);
    servers.add(server);
    return connect(server);
  }

  private RedissonClient connect(InProcessServer server) {
    Config config = new Config();
    config.setCodec(StringCodec.INSTANCE);
    config.setNettyThreads(2);
    config.setThreads(2);
    config
        .useSingleServer()
        .setAddress("redis://127.0.0.1:" + server.port())
        .setConnectionPoolSize(8)
        .setConnectionMinimumIdleSize(2);
    RedissonClient client = Redisson.create(config);
    clients.add(client);
    return client;
  }

  @Test
  void aLockShouldKeepAllButOneOut() throws Exception {
    RedissonClient one = start(0);
    RedissonClient other = connect(servers.getFirst());
    RAtomicLong inside = one.getAtomicLong("inside");
    RAtomicLong done = one.getAtomicLong("done");
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Long>> most = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        RLock lock = (i % 2 == 0 ? one : other).getLock("lock");
        most.add(
            threads.submit(() -> {
              long highest = 0;
              for (int round = 0; round < ROUNDS; round++) {
                lock.lock();
                try {
                  highest = Math.max(highest, inside.incrementAndGet());
                  done.incrementAndGet();
                  inside.decrementAndGet();
                } finally {
                  lock.unlock();
                }
              }
              return highest;
            }));
      }
      for (Future<Long> highest : most) {
        assertThat(highest.get(120, TimeUnit.SECONDS)).isEqualTo(1);
      }
    }
    assertThat(done.get()).isEqualTo(THREADS * ROUNDS);
    assertThat(one.getLock("lock").isLocked()).isFalse();
  }

  @Test
  void aLockShouldBeReentrantAndEndWithItsLease() throws Exception {
    RedissonClient one = start(0);
    RedissonClient other = connect(servers.getFirst());
    RLock lock = one.getLock("lock");
    lock.lock();
    lock.lock();
    assertThat(lock.getHoldCount()).isEqualTo(2);
    assertThat(other.getLock("lock").tryLock(50, TimeUnit.MILLISECONDS)).isFalse();
    lock.unlock();
    lock.unlock();
    assertThat(lock.tryLock(1, 500, TimeUnit.MILLISECONDS)).isTrue();
    assertThat(other.getLock("lock").tryLock(10, 10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aRedLockShouldHoldWhileMostServersLive() throws Exception {
    List<RedissonClient> all = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      all.add(start(i));
    }
    RLock[] locks = all.stream().map(client -> client.getLock("red")).toArray(RLock[]::new);
    RLock mine = redLock(locks);
    assertThat(mine.tryLock(10, 60, TimeUnit.SECONDS)).isTrue();
    for (InProcessServer server : servers) {
      assertThat(server.client().call("EXISTS", "red")).isEqualTo(1L);
    }
    CompletableFuture<Boolean> others =
        CompletableFuture.supplyAsync(() -> tryFor(redLock(locks), 300));
    assertThat(others.get(30, TimeUnit.SECONDS)).isFalse();
    mine.unlock();
    CompletableFuture<Boolean> afterwards =
        CompletableFuture.supplyAsync(() -> tryFor(redLock(locks), 10_000));
    assertThat(afterwards.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @SuppressWarnings("deprecation") // The lock that the issue of five servers is about.
  private static RLock redLock(RLock... locks) {
    return new RedissonRedLock(locks);
  }

  private static boolean tryFor(RLock lock, long millis) {
    try {
      return lock.tryLock(millis, 60_000, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void collectionsShouldWork() throws Exception {
    RedissonClient redisson = start(0);
    RMap<String, String> map = redisson.getMap("map");
    assertThat(map.put("a", "1")).isNull();
    assertThat(map.put("a", "2")).isEqualTo("1");
    assertThat(map.putIfAbsent("a", "3")).isEqualTo("2");
    map.putAll(Map.of("b", "x", "c", "y"));
    assertThat(map.readAllMap()).isEqualTo(Map.of("a", "2", "b", "x", "c", "y"));
    assertThat(map.replace("b", "x", "z")).isTrue();
    RScoredSortedSet<String> scores = redisson.getScoredSortedSet("scores");
    scores.add(2, "b");
    scores.add(1, "a");
    assertThat(scores.readAll()).containsExactly("a", "b");
    assertThat(scores.addScore("a", 5)).isEqualTo(6);
    assertThat(scores.last()).isEqualTo("a");
    RBlockingQueue<String> queue = redisson.getBlockingQueue("queue");
    CompletableFuture<String> waiting =
        CompletableFuture.supplyAsync(() -> {
          try {
            return queue.poll(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    queue.offer("job");
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo("job");
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    redisson.getTopic("news").addListener(String.class, (channel, text) -> heard.add(text));
    assertThat(redisson.getTopic("news").publish("hello")).isEqualTo(1);
    assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("hello");
  }
}
