package dev.millrace.engine.command.sortedset;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import java.util.List;

/** What COMMAND tells of the commands on ranges of sorted sets. */
final class RangeDeclarations {
  private RangeDeclarations() {}

  static Command.Builder zrange() {
    return Command.named("zrange")
        .group("sorted-set")
        .since("1.2.0")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two ranks, scores or members.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("start", "string"),
            Argument.of("stop", "string"),
            Argument.oneOf(
                    "sortby",
                    Argument.token("byscore", "BYSCORE"),
                    Argument.token("bylex", "BYLEX"))
                .since("6.2.0")
                .optional(),
            Argument.token("rev", "REV").since("6.2.0").optional(),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .since("6.2.0")
                .optional(),
            Argument.token("withscores", "WITHSCORES").optional());
  }

  static Command.Builder zrangestore() {
    return Command.named("zrangestore")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-5)
        .flags(WRITE, DENYOOM)
        .categories("sortedset")
        .keys(1, 1, 1, "OW", "update")
        .keys(2, 2, 1, "RO", "access")
        .summary("Stores the members between two ranks, scores or members in another key.")
        .complexity("O(log(N)+M) for M members stored of N.")
        .arguments(
            Argument.key("dst"),
            key("src", 1),
            Argument.of("min", "string"),
            Argument.of("max", "string"),
            Argument.oneOf(
                    "sortby",
                    Argument.token("byscore", "BYSCORE"),
                    Argument.token("bylex", "BYLEX"))
                .optional(),
            Argument.token("rev", "REV").optional(),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional());
  }

  static Command.Builder zrangebyscore() {
    return Command.named("zrangebyscore")
        .group("sorted-set")
        .since("1.0.5")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two scores.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("min", "double"),
            Argument.of("max", "double"),
            Argument.token("withscores", "WITHSCORES").since("2.0.0").optional(),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional());
  }

  static Command.Builder zrevrangebyscore() {
    return Command.named("zrevrangebyscore")
        .group("sorted-set")
        .since("2.2.0")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two scores, highest first.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("max", "double"),
            Argument.of("min", "double"),
            Argument.token("withscores", "WITHSCORES").optional(),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional());
  }

  static Command.Builder zrangebylex() {
    return Command.named("zrangebylex")
        .group("sorted-set")
        .since("2.8.9")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two members, in the order of their bytes.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("min", "string"),
            Argument.of("max", "string"),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional());
  }

  static Command.Builder zrevrangebylex() {
    return Command.named("zrevrangebylex")
        .group("sorted-set")
        .since("2.8.9")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two members, in the reverse order of their bytes.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("max", "string"),
            Argument.of("min", "string"),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional());
  }

  static Command.Builder zrevrange() {
    return Command.named("zrevrange")
        .group("sorted-set")
        .since("1.2.0")
        .arity(-4)
        .flags(READONLY)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members between two ranks, highest score first.")
        .complexity("O(log(N)+M) for M members returned of N.")
        .arguments(
            Argument.key("key"),
            Argument.of("start", "integer"),
            Argument.of("stop", "integer"),
            Argument.token("withscores", "WITHSCORES").optional());
  }

  static Command.Builder zcount() {
    return Command.named("zcount")
        .group("sorted-set")
        .since("2.0.0")
        .arity(4)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Counts the members between two scores.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key"), Argument.of("min", "double"), Argument.of("max", "double"));
  }

  static Command.Builder zlexcount() {
    return Command.named("zlexcount")
        .group("sorted-set")
        .since("2.8.9")
        .arity(4)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .summary("Counts the members between two members, in the order of their bytes.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key"), Argument.of("min", "string"), Argument.of("max", "string"));
  }

  static Command.Builder zremrangebyrank() {
    return Command.named("zremrangebyrank")
        .group("sorted-set")
        .since("2.0.0")
        .arity(4)
        .flags(WRITE)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "delete")
        .summary("Removes the members between two ranks.")
        .complexity("O(log(N)+M) for M members removed from N.")
        .arguments(
            Argument.key("key"), Argument.of("start", "integer"), Argument.of("stop", "integer"));
  }

  static Command.Builder zremrangebyscore() {
    return Command.named("zremrangebyscore")
        .group("sorted-set")
        .since("1.2.0")
        .arity(4)
        .flags(WRITE)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "delete")
        .summary("Removes the members between two scores.")
        .complexity("O(log(N)+M) for M members removed from N.")
        .arguments(Argument.key("key"), Argument.of("min", "double"), Argument.of("max", "double"));
  }

  static Command.Builder zremrangebylex() {
    return Command.named("zremrangebylex")
        .group("sorted-set")
        .since("2.8.9")
        .arity(4)
        .flags(WRITE)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "delete")
        .summary("Removes the members between two members, in the order of their bytes.")
        .complexity("O(log(N)+M) for M members removed from N.")
        .arguments(Argument.key("key"), Argument.of("min", "string"), Argument.of("max", "string"));
  }

  private static Argument key(String name, int keySpecIndex) {
    return new Argument(name, "key", "", keySpecIndex, "", List.of(), List.of());
  }
}
