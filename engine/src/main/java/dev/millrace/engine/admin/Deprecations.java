package dev.millrace.engine.admin;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which commands COMMAND DOCS calls out of date, and which it calls the system's own. */
final class Deprecations {
  /**
   * One command's end.
   *
   * @param since the version that brought something better
   * @param replacedBy what that is
   */
  record Deprecation(String since, String replacedBy) {}

  private static final String GEO = "6.2.0";
  private static final Map<String, Deprecation> DEPRECATED =
      Map.ofEntries(
          entry("brpoplpush", "6.2.0", "`BLMOVE` with `RIGHT` and `LEFT`"),
          entry("cluster|slaves", "5.0.0", "`CLUSTER REPLICAS`"),
          entry("cluster|slots", "7.0.0", "`CLUSTER SHARDS`"),
          entry("georadius", GEO, "`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS`"),
          entry("georadius_ro", GEO, "`GEOSEARCH` with `BYRADIUS`"),
          entry(
              "georadiusbymember",
              GEO,
              "`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS` and `FROMMEMBER`"),
          entry("georadiusbymember_ro", GEO, "`GEOSEARCH` with `BYRADIUS` and `FROMMEMBER`"),
          entry("getset", "6.2.0", "`SET` with `GET`"),
          entry("hmset", "4.0.0", "`HSET`, which takes several fields"),
          entry("rpoplpush", "6.2.0", "`LMOVE` with `RIGHT` and `LEFT`"),
          entry("slaveof", "5.0.0", "`REPLICAOF`"),
          entry("substr", "2.0.0", "`GETRANGE`"),
          entry("zrangebylex", "6.2.0", "`ZRANGE` with `BYLEX`"),
          entry("zrangebyscore", "6.2.0", "`ZRANGE` with `BYSCORE`"),
          entry("zrevrange", "6.2.0", "`ZRANGE` with `REV`"),
          entry("zrevrangebylex", "6.2.0", "`ZRANGE` with `REV` and `BYLEX`"),
          entry("zrevrangebyscore", "6.2.0", "`ZRANGE` with `REV` and `BYSCORE`"));

  private static final Set<String> SYSTEM =
      Set.of("debug", "pfdebug", "pfselftest", "replconf", "restore-asking");

  private Deprecations() {}

  private static Map.Entry<String, Deprecation> entry(String name, String since, String by) {
    return Map.entry(name, new Deprecation(since, by));
  }

  static @Nullable Deprecation of(String fullName) {
    return DEPRECATED.get(fullName);
  }

  /** True for a command that servers and tests use, not clients. */
  static boolean isSystemCommand(String fullName) {
    return SYSTEM.contains(fullName);
  }
}
