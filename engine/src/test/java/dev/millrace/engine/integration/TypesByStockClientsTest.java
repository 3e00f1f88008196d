package dev.millrace.engine.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.testing.InProcessServer;
import io.lettuce.core.Consumer;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.args.BitOP;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

/** Jedis and Lettuce, unchanged, over every type of value: what they parse is what was meant. */
@Timeout(120)
@SuppressWarnings({"deprecation", "unchecked"}) // old calls are what old programs make
class TypesByStockClientsTest {
  @TempDir Path directory;
  private InProcessServer server;

  @BeforeEach
  void start() {
    server = InProcessServer.start(directory);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", server.port());
  }

  @Test
  void jedisShouldWorkOnListsAndWait() throws Exception {
    try (Jedis jedis = jedis()) {
      assertThat(jedis.rpush("l", "a", "b", "c")).isEqualTo(3);
      assertThat(jedis.lrange("l", 0, -1)).containsExactly("a", "b", "c");
      assertThat(jedis.lmove("l", "m", ListDirection.LEFT, ListDirection.RIGHT)).isEqualTo("a");
      assertThat(jedis.lpos("l", "c")).isEqualTo(1);
      assertThat(jedis.lpop("l", 5)).containsExactly("b", "c");
      assertThat(jedis.exists("l")).isFalse();
      CompletableFuture<List<String>> waiting =
          CompletableFuture.supplyAsync(() -> {
            try (Jedis other = jedis()) {
              return other.blpop(20, "queue");
            }
          });
      while (!jedis.info("clients").contains("blocked_clients:1")) {
        Thread.onSpinWait();
      }
      jedis.lpush("queue", "job");
      assertThat(waiting.get(10, TimeUnit.SECONDS)).containsExactly("queue", "job");
    }
  }

  @Test
  void jedisShouldWorkOnHashesAndSets() {
    try (Jedis jedis = jedis()) {
      assertThat(jedis.hset("h", Map.of("a", "1", "b", "2"))).isEqualTo(2);
      assertThat(jedis.hgetAll("h")).isEqualTo(Map.of("a", "1", "b", "2"));
      assertThat(jedis.hincrBy("h", "a", 41)).isEqualTo(42);
      assertThat(jedis.hmget("h", "a", "none")).containsExactly("42", null);
      for (int i = 0; i < 2000; i++) {
        jedis.hset("large", "field" + i, "value" + i);
      }
      assertThat(jedis.objectEncoding("large")).isEqualTo("hashtable");
      assertThat(jedis.hlen("large")).isEqualTo(2000);
      assertThat(jedis.sadd("s", "1", "2", "3")).isEqualTo(3);
      assertThat(jedis.objectEncoding("s")).isEqualTo("intset");
      jedis.sadd("t", "3", "4", "x");
      assertThat(jedis.sinter("s", "t")).containsExactly("3");
      assertThat(jedis.sunionstore("u", "s", "t")).isEqualTo(5);
      assertThat(jedis.smismember("u", "x", "y")).containsExactly(true, false);
      assertThat(jedis.spop("u", 5)).hasSize(5);
    }
  }

  @Test
  void jedisShouldWorkOnSortedSets() {
    try (Jedis jedis = jedis()) {
      assertThat(jedis.zadd("z", Map.of("a", 1.0, "b", 2.5, "c", 3.0))).isEqualTo(3);
      assertThat(jedis.zrangeWithScores("z", 0, 0).getFirst().getScore()).isEqualTo(1.0);
      assertThat(jedis.zincrby("z", 10, "a")).isEqualTo(11.0);
      assertThat(jedis.zrevrange("z", 0, -1)).containsExactly("a", "c", "b");
      assertThat(jedis.zrank("z", "c")).isEqualTo(1);
      assertThat(jedis.zrangeByScore("z", 2, 3)).containsExactly("b", "c");
      assertThat(jedis.zpopmax("z").getElement()).isEqualTo("a");
      assertThat(jedis.zcard("z")).isEqualTo(2);
    }
  }

  @Test
  void jedisShouldWorkOnStreams() {
    try (Jedis jedis = jedis()) {
      StreamEntryID first = jedis.xadd("x", XAddParams.xAddParams(), Map.of("k", "1"));
      jedis.xadd("x", XAddParams.xAddParams(), Map.of("k", "2"));
      assertThat(jedis.xlen("x")).isEqualTo(2);
      assertThat(jedis.xgroupCreate("x", "g", new StreamEntryID("0-0"), false)).isEqualTo("OK");
      List<Map.Entry<String, List<StreamEntry>>> read =
          jedis.xreadGroup(
              "g",
              "me",
              XReadGroupParams.xReadGroupParams().count(10),
              Map.of("x", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
      assertThat(read.getFirst().getValue()).hasSize(2);
      assertThat(read.getFirst().getValue().getFirst().getFields()).isEqualTo(Map.of("k", "1"));
      assertThat(jedis.xack("x", "g", first)).isEqualTo(1);
      assertThat(jedis.xpending("x", "g").getTotal()).isEqualTo(1);
      assertThat(jedis.xinfoStream("x").getLength()).isEqualTo(2);
    }
  }

  @Test
  void jedisShouldWorkOnBitsAndEstimates() {
    try (Jedis jedis = jedis()) {
      assertThat(jedis.setbit("bits", 100, true)).isFalse();
      assertThat(jedis.getbit("bits", 100)).isTrue();
      assertThat(jedis.bitcount("bits")).isEqualTo(1);
      assertThat(jedis.bitpos("bits", true)).isEqualTo(100);
      assertThat(jedis.bitop(BitOP.NOT, "not", "bits")).isEqualTo(13);
      assertThat(jedis.bitfield("bits", "INCRBY", "u8", "0", "200", "GET", "u8", "0"))
          .containsExactly(200L, 200L);
      for (int i = 0; i < 10_000; i++) {
        jedis.pfadd("hll", "element:" + i);
      }
      assertThat(jedis.pfcount("hll")).isBetween(9_700L, 10_300L);
      assertThat(jedis.pfmerge("merged", "hll")).isEqualTo("OK");
      assertThat(jedis.pfcount("merged")).isEqualTo(jedis.pfcount("hll"));
      byte[] dump = jedis.dump("hll");
      jedis.restore("restored", 0, dump);
      assertThat(jedis.pfcount("restored")).isEqualTo(jedis.pfcount("hll"));
    }
  }

  @Test
  void lettuceShouldWorkOnCollections() throws Exception {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      RedisCommands<String, String> sync = connection.sync();
      assertThat(sync.lpush("l", "c", "b", "a")).isEqualTo(3);
      assertThat(sync.lrange("l", 0, -1)).containsExactly("a", "b", "c");
      assertThat(sync.rpoplpush("l", "m")).isEqualTo("c");
      assertThat(sync.hset("h", Map.of("a", "1", "b", "2"))).isEqualTo(2);
      assertThat(sync.hgetall("h")).isEqualTo(Map.of("a", "1", "b", "2"));
      assertThat(sync.sadd("s", "x", "y")).isEqualTo(2);
      assertThat(sync.smembers("s")).containsExactlyInAnyOrder("x", "y");
      assertThat(sync.zadd("z", ScoredValue.just(1.5, "a"), ScoredValue.just(2, "b"))).isEqualTo(2);
      assertThat(sync.zrangeWithScores("z", 0, -1))
          .containsExactly(ScoredValue.just(1.5, "a"), ScoredValue.just(2, "b"));
      assertThat(sync.zscore("z", "a")).isEqualTo(1.5);
      assertThat(sync.zcount("z", Range.create(1, 1.7))).isEqualTo(1);
      assertThat(sync.pfadd("hll", "a", "b", "c")).isEqualTo(1);
      assertThat(sync.pfcount("hll")).isEqualTo(3);
      assertThatThrownBy(() -> sync.lpush("h", "x"))
          .isInstanceOf(RedisCommandExecutionException.class)
          .hasMessageStartingWith("WRONGTYPE");
    } finally {
      client.shutdown(0, 5, TimeUnit.SECONDS);
    }
  }

  @Test
  void lettuceShouldWorkOnStreamsAndChannels() throws Exception {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
    try (StatefulRedisConnection<String, String> connection = client.connect();
        StatefulRedisPubSubConnection<String, String> listening = client.connectPubSub()) {
      RedisCommands<String, String> sync = connection.sync();
      String id = sync.xadd("x", Map.of("k", "v"));
      assertThat(sync.xgroupCreate(StreamOffset.from("x", "0"), "g")).isEqualTo("OK");
      List<StreamMessage<String, String>> read =
          sync.xreadgroup(Consumer.from("g", "me"), StreamOffset.lastConsumed("x"));
      assertThat(read).hasSize(1);
      assertThat(read.getFirst().getBody()).isEqualTo(Map.of("k", "v"));
      assertThat(sync.xack("x", "g", id)).isEqualTo(1);
      LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
      listening.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
              heard.add(channel + ": " + message);
            }
          });
      listening.sync().subscribe("news");
      assertThat(sync.publish("news", "hello")).isEqualTo(1);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("news: hello");
    } finally {
      client.shutdown(0, 5, TimeUnit.SECONDS);
    }
  }
}
