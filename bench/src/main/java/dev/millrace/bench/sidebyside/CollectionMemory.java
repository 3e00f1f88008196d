package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.Contender;
import dev.millrace.bench.servers.PlainClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fills fresh servers with many small collections, or one large one, and prints what each takes.
 */
@Command(
    name = "bench/memory",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true,
    description = "Measures the memory of collections in Millrace beside Redis.")
@SuppressWarnings("NullAway.Init") // picocli sets the options
public final class CollectionMemory implements Callable<Integer> {
  /**
   * What a server is filled with; the keys are 14 bytes long, members about as redis-benchmark's.
   */
  private enum Kind {
    HASHES("hash of 5 fields", false) {
      @Override
      String command(long i) {
        String[] words = new String[12];
        words[0] = "HSET";
        words[1] = key(i);
        for (int field = 0; field < 5; field++) {
          words[2 + 2 * field] = "field" + field;
          words[3 + 2 * field] = "value:" + (i + field);
        }
        return PlainClient.command(words);
      }
    },
    SETS("set of 10 integers", false) {
      @Override
      String command(long i) {
        return ten("SADD", i, member -> Long.toString(i + 1000 * member));
      }
    },
    SORTED_SETS("sorted set of 10 members", false) {
      @Override
      String command(long i) {
        String[] words = new String[22];
        words[0] = "ZADD";
        words[1] = key(i);
        for (int member = 0; member < 10; member++) {
          words[2 + 2 * member] = Long.toString(i + member);
          words[3 + 2 * member] = "member:" + member;
        }
        return PlainClient.command(words);
      }
    },
    LISTS("list of 10 items", false) {
      @Override
      String command(long i) {
        return ten("RPUSH", i, item -> "item:" + (i + item));
      }
    },
    HASH_MEMBERS("field of one large hash", true) {
      @Override
      String command(long i) {
        return PlainClient.command("HSET", "large", "field:" + i, "value:" + i);
      }
    },
    SORTED_SET_MEMBERS("member of one large sorted set", true) {
      @Override
      String command(long i) {
        // Scattered, so that the order is not that of insertion.
        long score = (i * 0x9E3779B97F4A7C15L) >>> 24;
        return PlainClient.command("ZADD", "large", Long.toString(score), "member:" + i);
      }
    };

    final String title;
    final boolean inOneKey;

    Kind(String title, boolean inOneKey) {
      this.title = title;
      this.inOneKey = inOneKey;
    }

    abstract String command(long i);

    private static String key(long i) {
      return String.format(Locale.ROOT, "key:%010d", i);
    }

    private static String ten(String name, long i, LongFunction<String> member) {
      String[] words = new String[12];
      words[0] = name;
      words[1] = key(i);
      for (int each = 0; each < 10; each++) {
        words[2 + each] = member.apply(each);
      }
      return PlainClient.command(words);
    }
  }

  @Option(
      names = "--collections",
      description = "Small collections of each kind.",
      defaultValue = "1000000")
  private long collections;

  @Option(names = "--members", description = "Members of each large one.", defaultValue = "5000000")
  private long members;

  @Option(
      names = "--kinds",
      split = ",",
      description = "Which: ${COMPLETION-CANDIDATES}. All when not given.")
  private List<Kind> kinds = List.of(Kind.values());

  @Option(
      names = "--redis-server",
      description = "The Redis to compare with.",
      defaultValue = "redis-server")
  private Path redisServer;

  @Option(names = "--out", description = "Writes the table to this file too.")
  private @Nullable Path out;

  private final PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);

  /** Runs the comparison. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new CollectionMemory()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%,d small collections, %,d members of a large one; bytes of each.%n%n",
            collections,
            members));
    table.append("| | Redis | Millrace | ratio | Redis, resident | Millrace, resident | ratio |\n");
    table.append("|---|---|---|---|---|---|---|\n");
    for (Kind kind : kinds) {
      MemoryPerKey theirs = measure(Contender.redis("Redis", redisServer.toString()), kind);
      MemoryPerKey ours = measure(Contender.millrace(), kind);
      table.append(row(kind, theirs, ours));
    }
    System.out.print(table);
    if (out != null) {
      Files.writeString(out, table);
    }
    return 0;
  }

  private MemoryPerKey measure(Contender contender, Kind kind)
      throws IOException, InterruptedException {
    progress.printf("%s: %s%n", kind.title, contender.title());
    long count = kind.inOneKey ? members : collections;
    return MemoryPerKey.measure(
        contender,
        List.of(),
        kind.inOneKey ? 1 : collections,
        count,
        client -> client.fill(count, kind::command));
  }

  private static String row(Kind kind, MemoryPerKey redis, MemoryPerKey ours) {
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.2f | %.1f | %.1f | %.2f |%n",
        kind.title,
        redis.allocatedBytes(),
        ours.allocatedBytes(),
        ours.allocatedBytes() / redis.allocatedBytes(),
        redis.residentBytes(),
        ours.residentBytes(),
        ours.residentBytes() / redis.residentBytes());
  }
}
