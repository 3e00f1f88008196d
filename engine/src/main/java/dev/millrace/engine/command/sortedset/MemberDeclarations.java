package dev.millrace.engine.command.sortedset;

import static dev.millrace.engine.command.CommandFlag.BLOCKING;
import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.KeySpec;
import java.util.List;

/** What COMMAND tells of the commands on single members of sorted sets. */
final class MemberDeclarations {
  private MemberDeclarations() {}

  static Command.Builder zadd() {
    return Command.named("zadd")
        .group("sorted-set")
        .since("1.2.0")
        .arity(-4)
        .flags(WRITE, DENYOOM, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "update")
        .member(3)
        .summary("Adds members with their scores to a sorted set, or changes their scores.")
        .complexity("O(log(N)) for each member, N being the size of the sorted set.")
        .arguments(
            Argument.key("key"),
            Argument.oneOf("condition", Argument.token("nx", "NX"), Argument.token("xx", "XX"))
                .since("3.0.2")
                .optional(),
            Argument.oneOf("comparison", Argument.token("gt", "GT"), Argument.token("lt", "LT"))
                .since("6.2.0")
                .optional(),
            Argument.token("change", "CH").since("3.0.2").optional(),
            Argument.token("increment", "INCR").since("3.0.2").optional(),
            Argument.block(
                    "score_member", Argument.of("score", "double"), Argument.of("member", "string"))
                .multiple());
  }

  static Command.Builder zincrby() {
    return Command.named("zincrby")
        .group("sorted-set")
        .since("1.2.0")
        .arity(4)
        .flags(WRITE, DENYOOM, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "access", "update")
        .member(3)
        .summary("Adds to the score of a member, which begins at zero.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(
            Argument.key("key"),
            Argument.of("increment", "integer"),
            Argument.of("member", "string"));
  }

  static Command.Builder zrem() {
    return Command.named("zrem")
        .group("sorted-set")
        .since("1.2.0")
        .arity(-3)
        .flags(WRITE, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "delete")
        .member(2)
        .summary("Removes members from a sorted set.")
        .complexity("O(M*log(N)) for M members removed from N.")
        .arguments(Argument.key("key"), Argument.of("member", "string").multiple());
  }

  static Command.Builder zcard() {
    return Command.named("zcard")
        .group("sorted-set")
        .since("1.2.0")
        .arity(2)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO")
        .summary("Counts the members of a sorted set.")
        .complexity("O(1)")
        .arguments(Argument.key("key"));
  }

  static Command.Builder zscore() {
    return Command.named("zscore")
        .group("sorted-set")
        .since("1.2.0")
        .arity(3)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .member(2)
        .summary("Returns the score of a member.")
        .complexity("O(1)")
        .arguments(Argument.key("key"), Argument.of("member", "string"));
  }

  static Command.Builder zmscore() {
    return Command.named("zmscore")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-3)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .member(2)
        .summary("Returns the scores of several members.")
        .complexity("O(N) in the number of members asked for.")
        .arguments(Argument.key("key"), Argument.of("member", "string").multiple());
  }

  static Command.Builder zrank() {
    return Command.named("zrank")
        .group("sorted-set")
        .since("2.0.0")
        .arity(3)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .member(2)
        .summary("Returns the rank of a member, lowest score first.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key"), Argument.of("member", "string"));
  }

  static Command.Builder zrevrank() {
    return Command.named("zrevrank")
        .group("sorted-set")
        .since("2.0.0")
        .arity(3)
        .flags(READONLY, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RO", "access")
        .member(2)
        .summary("Returns the rank of a member, highest score first.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key"), Argument.of("member", "string"));
  }

  static Command.Builder zrandmember() {
    return Command.named("zrandmember")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-2)
        .flags(READONLY)
        .categories("sortedset")
        .tips("nondeterministic_output")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns members drawn at random.")
        .complexity("O(N*log(M)) for N members returned of M.")
        .arguments(
            Argument.key("key"),
            Argument.block(
                    "options",
                    Argument.of("count", "integer"),
                    Argument.token("withscores", "WITHSCORES").optional())
                .optional());
  }

  static Command.Builder zscan() {
    return Command.named("zscan")
        .group("sorted-set")
        .since("2.8.0")
        .arity(-3)
        .flags(READONLY)
        .categories("sortedset")
        .tips("nondeterministic_output")
        .keys(1, 1, 1, "RO", "access")
        .summary(
            "Returns some members with their scores and where to go on, until all have been seen.")
        .complexity("O(1) a call, O(N) in the size of the sorted set for a whole iteration.")
        .arguments(
            Argument.key("key"),
            Argument.of("cursor", "integer"),
            Argument.of("pattern", "pattern").after("MATCH").optional(),
            Argument.of("count", "integer").after("COUNT").optional());
  }

  static Command.Builder zpopmin() {
    return Command.named("zpopmin")
        .group("sorted-set")
        .since("5.0.0")
        .arity(-2)
        .flags(WRITE, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "access", "delete")
        .summary("Removes and returns the members with the lowest scores.")
        .complexity("O(log(N)*M) for M members of N.")
        .arguments(Argument.key("key"), Argument.of("count", "integer").optional());
  }

  static Command.Builder zpopmax() {
    return Command.named("zpopmax")
        .group("sorted-set")
        .since("5.0.0")
        .arity(-2)
        .flags(WRITE, FAST)
        .categories("sortedset")
        .keys(1, 1, 1, "RW", "access", "delete")
        .summary("Removes and returns the members with the highest scores.")
        .complexity("O(log(N)*M) for M members of N.")
        .arguments(Argument.key("key"), Argument.of("count", "integer").optional());
  }

  static Command.Builder zmpop() {
    return Command.named("zmpop")
        .group("sorted-set")
        .since("7.0.0")
        .arity(-4)
        .flags(WRITE, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(1, "RW", "access", "delete"))
        .summary("Removes and returns members of the first sorted set that is not empty.")
        .complexity("O(K+M*log(N)) for K keys and M members of N.")
        .arguments(
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.oneOf("where", Argument.token("min", "MIN"), Argument.token("max", "MAX")),
            Argument.of("count", "integer").after("COUNT").optional());
  }

  static Command.Builder bzpopmin() {
    return Command.named("bzpopmin")
        .group("sorted-set")
        .since("5.0.0")
        .arity(-3)
        .flags(WRITE, NOSCRIPT, BLOCKING, FAST)
        .categories("sortedset")
        .keys(1, -2, 1, "RW", "access", "delete")
        .summary("Removes and returns the member with the lowest score, or waits for one.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key").multiple(), Argument.of("timeout", "double"));
  }

  static Command.Builder bzpopmax() {
    return Command.named("bzpopmax")
        .group("sorted-set")
        .since("5.0.0")
        .arity(-3)
        .flags(WRITE, NOSCRIPT, BLOCKING, FAST)
        .categories("sortedset")
        .keys(1, -2, 1, "RW", "access", "delete")
        .summary("Removes and returns the member with the highest score, or waits for one.")
        .complexity("O(log(N)) in the size of the sorted set.")
        .arguments(Argument.key("key").multiple(), Argument.of("timeout", "double"));
  }

  static Command.Builder bzmpop() {
    return Command.named("bzmpop")
        .group("sorted-set")
        .since("7.0.0")
        .arity(-5)
        .flags(WRITE, BLOCKING, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(2, "RW", "access", "delete"))
        .summary(
            "Removes and returns members of the first sorted set that is not empty, or waits for some.")
        .complexity("O(K+M*log(N)) for K keys and M members of N.")
        .arguments(
            Argument.of("timeout", "double"),
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.oneOf("where", Argument.token("min", "MIN"), Argument.token("max", "MAX")),
            Argument.of("count", "integer").after("COUNT").optional());
  }

  /** Keys whose number stands at an argument, before the first of them. */
  private static KeySpec counted(int number, String... flags) {
    return new KeySpec(number, "", 0, KeySpec.Find.KEYNUM, 0, 1, 0, List.of(flags), "");
  }
}
