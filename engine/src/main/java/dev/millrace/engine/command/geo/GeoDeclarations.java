package dev.millrace.engine.command.geo;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.KeySpec;
import java.util.List;

/** What COMMAND tells of the commands on geo indexes. */
final class GeoDeclarations {
  private GeoDeclarations() {}

  static Command.Builder geoadd() {
    return Command.named("geoadd")
        .group("geo")
        .since("3.2.0")
        .arity(-5)
        .flags(WRITE, DENYOOM)
        .categories("geo")
        .keys(1, 1, 1, "RW", "update")
        .summary("Adds members at longitudes and latitudes to a geo index.")
        .complexity("O(log(N)) for each member, N being the size of the index.")
        .arguments(
            Argument.key("key"),
            Argument.oneOf("condition", Argument.token("nx", "NX"), Argument.token("xx", "XX"))
                .since("6.2.0")
                .optional(),
            Argument.token("change", "CH").since("6.2.0").optional(),
            Argument.block(
                    "longitude_latitude_member",
                    Argument.of("longitude", "double"),
                    Argument.of("latitude", "double"),
                    Argument.of("member", "string"))
                .multiple());
  }

  static Command.Builder geodist() {
    return Command.named("geodist")
        .group("geo")
        .since("3.2.0")
        .arity(-4)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the distance between two members of a geo index.")
        .complexity("O(1)")
        .arguments(
            Argument.key("key"),
            Argument.of("member1", "string"),
            Argument.of("member2", "string"),
            unit().optional());
  }

  static Command.Builder geohash() {
    return Command.named("geohash")
        .group("geo")
        .since("3.2.0")
        .arity(-2)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the positions of members as standard geohash strings.")
        .complexity("O(N) in the number of members asked for.")
        .arguments(Argument.key("key"), Argument.of("member", "string").multiple());
  }

  static Command.Builder geopos() {
    return Command.named("geopos")
        .group("geo")
        .since("3.2.0")
        .arity(-2)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns longitudes and latitudes of members.")
        .complexity("O(N) in the number of members asked for.")
        .arguments(Argument.key("key"), Argument.of("member", "string").multiple());
  }

  static Command.Builder georadius() {
    return Command.named("georadius")
        .group("geo")
        .since("3.2.0")
        .arity(-6)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .keys(after("STORE", 6, "OW", "update"))
        .keys(after("STOREDIST", 6, "OW", "update"))
        .summary("Returns or stores the members within a distance from a point.")
        .complexity("O(N+log(M)) for N members in the square around the circle, of M in the index.")
        .arguments(
            Argument.key("key"),
            Argument.of("longitude", "double"),
            Argument.of("latitude", "double"),
            Argument.of("radius", "double"),
            unit(),
            Argument.token("withcoord", "WITHCOORD").optional(),
            Argument.token("withdist", "WITHDIST").optional(),
            Argument.token("withhash", "WITHHASH").optional(),
            Argument.block(
                    "count",
                    Argument.of("count", "integer").after("COUNT"),
                    Argument.token("any", "ANY").since("6.2.0").optional())
                .optional(),
            order(),
            key("key", 1).after("STORE").optional(),
            key("key", 2).after("STOREDIST").optional());
  }

  static Command.Builder georadiusRo() {
    return Command.named("georadius_ro")
        .group("geo")
        .since("3.2.10")
        .arity(-6)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members within a distance from a point.")
        .complexity("O(N+log(M)) for N members in the square around the circle, of M in the index.")
        .arguments(
            Argument.key("key"),
            Argument.of("longitude", "double"),
            Argument.of("latitude", "double"),
            Argument.of("radius", "double"),
            unit(),
            Argument.token("withcoord", "WITHCOORD").optional(),
            Argument.token("withdist", "WITHDIST").optional(),
            Argument.token("withhash", "WITHHASH").optional(),
            Argument.block(
                    "count",
                    Argument.of("count", "integer").after("COUNT"),
                    Argument.token("any", "ANY").since("6.2.0").optional())
                .optional(),
            order());
  }

  static Command.Builder georadiusbymember() {
    return Command.named("georadiusbymember")
        .group("geo")
        .since("3.2.0")
        .arity(-5)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .keys(after("STORE", 5, "OW", "update"))
        .keys(after("STOREDIST", 5, "OW", "update"))
        .summary("Returns or stores the members within a distance from a member.")
        .complexity("O(N+log(M)) for N members in the square around the circle, of M in the index.")
        .arguments(
            Argument.key("key"),
            Argument.of("member", "string"),
            Argument.of("radius", "double"),
            unit(),
            Argument.token("withcoord", "WITHCOORD").optional(),
            Argument.token("withdist", "WITHDIST").optional(),
            Argument.token("withhash", "WITHHASH").optional(),
            count(),
            order(),
            key("key", 1).after("STORE").optional(),
            key("key", 2).after("STOREDIST").optional());
  }

  static Command.Builder georadiusbymemberRo() {
    return Command.named("georadiusbymember_ro")
        .group("geo")
        .since("3.2.10")
        .arity(-5)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members within a distance from a member.")
        .complexity("O(N+log(M)) for N members in the square around the circle, of M in the index.")
        .arguments(
            Argument.key("key"),
            Argument.of("member", "string"),
            Argument.of("radius", "double"),
            unit(),
            Argument.token("withcoord", "WITHCOORD").optional(),
            Argument.token("withdist", "WITHDIST").optional(),
            Argument.token("withhash", "WITHHASH").optional(),
            count(),
            order());
  }

  static Command.Builder geosearch() {
    return Command.named("geosearch")
        .group("geo")
        .since("6.2.0")
        .arity(-7)
        .flags(READONLY)
        .categories("geo")
        .keys(1, 1, 1, "RO", "access")
        .summary("Returns the members inside a circle or a box.")
        .complexity("O(N+log(M)) for N members in the square around the shape, of M in the index.")
        .arguments(
            Argument.key("key"),
            origin(),
            shape(),
            order(),
            count(),
            Argument.token("withcoord", "WITHCOORD").optional(),
            Argument.token("withdist", "WITHDIST").optional(),
            Argument.token("withhash", "WITHHASH").optional());
  }

  static Command.Builder geosearchstore() {
    return Command.named("geosearchstore")
        .group("geo")
        .since("6.2.0")
        .arity(-8)
        .flags(WRITE, DENYOOM)
        .categories("geo")
        .keys(1, 1, 1, "OW", "update")
        .keys(2, 2, 1, "RO", "access")
        .summary("Stores the members inside a circle or a box in a key.")
        .complexity("O(N+log(M)) for N members in the square around the shape, of M in the index.")
        .arguments(
            Argument.key("destination"),
            key("source", 1),
            origin(),
            shape(),
            order(),
            count(),
            Argument.token("storedist", "STOREDIST").optional());
  }

  /** The key behind a word. */
  private static KeySpec after(String word, int from, String... flags) {
    return new KeySpec(-1, word, from, KeySpec.Find.RANGE, 0, 1, 0, List.of(flags), "");
  }

  private static Argument key(String name, int keySpecIndex) {
    return new Argument(name, "key", "", keySpecIndex, "", List.of(), List.of());
  }

  /** The unit of a distance. */
  private static Argument unit() {
    return Argument.oneOf(
        "unit",
        Argument.token("m", "M"),
        Argument.token("km", "KM"),
        Argument.token("ft", "FT"),
        Argument.token("mi", "MI"));
  }

  /** Where a search starts: a member, or a place. */
  private static Argument origin() {
    return Argument.oneOf(
        "from",
        Argument.of("member", "string").after("FROMMEMBER"),
        Argument.block(
                "longitude_latitude",
                Argument.of("longitude", "double"),
                Argument.of("latitude", "double"))
            .after("FROMLONLAT"));
  }

  /** What a search looks in: a circle or a box. */
  private static Argument shape() {
    return Argument.oneOf(
        "by",
        Argument.block("circle", Argument.of("radius", "double").after("BYRADIUS"), unit()),
        Argument.block(
            "box",
            Argument.of("width", "double").after("BYBOX"),
            Argument.of("height", "double"),
            unit()));
  }

  /** Nearest or farthest first. */
  private static Argument order() {
    return Argument.oneOf("order", Argument.token("asc", "ASC"), Argument.token("desc", "DESC"))
        .optional();
  }

  /** How many at most, and whether any will do. */
  private static Argument count() {
    return Argument.block(
            "count",
            Argument.of("count", "integer").after("COUNT"),
            Argument.token("any", "ANY").optional())
        .optional();
  }
}
