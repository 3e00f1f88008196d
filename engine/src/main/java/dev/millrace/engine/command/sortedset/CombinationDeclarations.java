package dev.millrace.engine.command.sortedset;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.KeySpec;
import java.util.List;

/** What COMMAND tells of the commands that combine sorted sets. */
final class CombinationDeclarations {
  private CombinationDeclarations() {}

  static Command.Builder zunion() {
    return Command.named("zunion")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-3)
        .flags(READONLY, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(1, "RO", "access"))
        .summary("Returns the union of sorted sets, scores combined.")
        .complexity("O(N+M*log(M)) for N members in all and M in the result.")
        .arguments(
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.of("weight", "integer").after("WEIGHTS").optional().multiple(),
            Argument.oneOf(
                    "aggregate",
                    Argument.token("sum", "SUM"),
                    Argument.token("min", "MIN"),
                    Argument.token("max", "MAX"))
                .after("AGGREGATE")
                .optional(),
            Argument.token("withscores", "WITHSCORES").optional());
  }

  static Command.Builder zinter() {
    return Command.named("zinter")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-3)
        .flags(READONLY, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(1, "RO", "access"))
        .summary("Returns the intersection of sorted sets, scores combined.")
        .complexity("O(N*K+M*log(M)) for N members in the smallest of K sets and M in the result.")
        .arguments(
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.of("weight", "integer").after("WEIGHTS").optional().multiple(),
            Argument.oneOf(
                    "aggregate",
                    Argument.token("sum", "SUM"),
                    Argument.token("min", "MIN"),
                    Argument.token("max", "MAX"))
                .after("AGGREGATE")
                .optional(),
            Argument.token("withscores", "WITHSCORES").optional());
  }

  static Command.Builder zdiff() {
    return Command.named("zdiff")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-3)
        .flags(READONLY, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(1, "RO", "access"))
        .summary("Returns the members of the first sorted set that are in none of the others.")
        .complexity("O(L+M*log(M)) for L members in all and M in the result.")
        .arguments(
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.token("withscores", "WITHSCORES").optional());
  }

  static Command.Builder zunionstore() {
    return Command.named("zunionstore")
        .group("sorted-set")
        .since("2.0.0")
        .arity(-4)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .categories("sortedset")
        .keys(1, 1, 1, "OW", "update")
        .keys(counted(2, "RO", "access"))
        .summary("Stores the union of sorted sets, scores combined, in a key.")
        .complexity("O(N+M*log(M)) for N members in all and M in the result.")
        .arguments(
            Argument.key("destination"),
            Argument.of("numkeys", "integer"),
            key("key", 1).multiple(),
            Argument.of("weight", "integer").after("WEIGHTS").optional().multiple(),
            Argument.oneOf(
                    "aggregate",
                    Argument.token("sum", "SUM"),
                    Argument.token("min", "MIN"),
                    Argument.token("max", "MAX"))
                .after("AGGREGATE")
                .optional());
  }

  static Command.Builder zinterstore() {
    return Command.named("zinterstore")
        .group("sorted-set")
        .since("2.0.0")
        .arity(-4)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .categories("sortedset")
        .keys(1, 1, 1, "OW", "update")
        .keys(counted(2, "RO", "access"))
        .summary("Stores the intersection of sorted sets, scores combined, in a key.")
        .complexity("O(N*K+M*log(M)) for N members in the smallest of K sets and M in the result.")
        .arguments(
            Argument.key("destination"),
            Argument.of("numkeys", "integer"),
            key("key", 1).multiple(),
            Argument.of("weight", "integer").after("WEIGHTS").optional().multiple(),
            Argument.oneOf(
                    "aggregate",
                    Argument.token("sum", "SUM"),
                    Argument.token("min", "MIN"),
                    Argument.token("max", "MAX"))
                .after("AGGREGATE")
                .optional());
  }

  static Command.Builder zdiffstore() {
    return Command.named("zdiffstore")
        .group("sorted-set")
        .since("6.2.0")
        .arity(-4)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .categories("sortedset")
        .keys(1, 1, 1, "OW", "update")
        .keys(counted(2, "RO", "access"))
        .summary(
            "Stores the members of the first sorted set that are in none of the others in a key.")
        .complexity("O(L+M*log(M)) for L members in all and M in the result.")
        .arguments(
            Argument.key("destination"),
            Argument.of("numkeys", "integer"),
            key("key", 1).multiple());
  }

  static Command.Builder zintercard() {
    return Command.named("zintercard")
        .group("sorted-set")
        .since("7.0.0")
        .arity(-3)
        .flags(READONLY, MOVABLEKEYS)
        .categories("sortedset")
        .keys(counted(1, "RO", "access"))
        .summary("Counts the members of the intersection of sorted sets.")
        .complexity("O(N*K) for N members in the smallest of K sets.")
        .arguments(
            Argument.of("numkeys", "integer"),
            Argument.key("key").multiple(),
            Argument.of("limit", "integer").after("LIMIT").optional());
  }

  /** Keys whose number stands at an argument, before the first of them. */
  private static KeySpec counted(int number, String... flags) {
    return new KeySpec(number, "", 0, KeySpec.Find.KEYNUM, 0, 1, 0, List.of(flags), "");
  }

  private static Argument key(String name, int keySpecIndex) {
    return new Argument(name, "key", "", keySpecIndex, "", List.of(), List.of());
  }
}
