package dev.millrace.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Random commands on geo indexes: positions all over the earth, in a city and near its edges, and
 * searches from a few metres to round the globe.
 *
 * <p>Owned by: the test's thread.
 */
final class GeoMix {
  static final List<String> KEYS = List.of("world", "town", "edge", "plain", "text");

  private final SideBySide both;
  private final RandomCommands make;

  GeoMix(SideBySide both, RandomCommands make) {
    this.both = both;
    this.make = make;
  }

  /** Makes a sorted set of any scores, and a key that is none. */
  void prepare(int client) {
    both.same(client, "DEL", "plain", "text");
    both.same(
        client,
        "ZADD",
        "plain",
        "0",
        "m0",
        "-1",
        "m1",
        "1e15",
        "m2",
        "4503599627370495",
        "m3",
        "12345.678",
        "m4",
        "9e15",
        "m5",
        "-3e18",
        "m6");
    both.same(client, "SET", "text", "hello");
  }

  /** One random command of a client. */
  void one(int client) {
    switch (make.below(12)) {
      case 0, 1, 2 -> add(client);
      case 3 -> distance(client);
      case 4 -> positions(client);
      case 5, 6 -> radius(client);
      case 7, 8, 9 -> search(client, false);
      case 10 -> search(client, true);
      default -> remove(client);
    }
  }

  private String key() {
    return make.chance(15)
        ? make.anyOf("gone", "text", "plain").toLowerCase(Locale.ROOT)
        : KEYS.get(make.below(3));
  }

  private String member() {
    return "m" + make.below(60);
  }

  private String[] position(String key) {
    double longitude;
    double latitude;
    switch (key) {
      case "town" -> {
        longitude = 13.4 + spread(0.1);
        latitude = 52.5 + spread(0.1);
      }
      case "edge" -> {
        longitude = (make.chance(2) ? 179.99 : -179.99) + spread(0.01);
        latitude = (make.chance(2) ? 85.04 : -85.04) + spread(0.01);
      }
      default -> {
        longitude = spread(180);
        latitude = spread(85);
      }
    }
    return new String[] {number(longitude), number(latitude)};
  }

  private double spread(double around) {
    return (make.below(2_000_001) - 1_000_000) / 1e6 * around;
  }

  private String number(double value) {
    return switch (make.below(80)) {
      case 0 -> "0";
      case 1 -> "-0";
      case 2 -> make.anyOf("180", "85.05112878", "-180", "-85.05112878", "90", "181", "-86");
      case 3 -> make.anyOf("abc", "", "nan", "inf", "1e300", "1 ");
      default -> Double.toString(value);
    };
  }

  private void add(int client) {
    String key = key();
    List<Object> command = new ArrayList<>(List.of(make.anyOf("GEOADD"), key));
    while (make.chance(5)) {
      command.add(make.anyOf("NX", "XX", "CH"));
    }
    for (int i = make.below(6); i >= 0; i--) {
      command.addAll(List.of(position(key)));
      command.add(member());
    }
    both.same(client, make.command(command, List.of()));
  }

  private void distance(int client) {
    List<List<Object>> unit = make.chance(2) ? List.of() : List.of(List.of(unit()));
    both.same(client, make.command(List.of("GEODIST", key(), member(), member()), unit));
  }

  private String unit() {
    return make.chance(40) ? "parsec" : make.anyOf("M", "KM", "FT", "MI");
  }

  private void positions(int client) {
    both.same(client, make.anyOf("GEOPOS", "GEOHASH"), key(), member(), member(), "missing");
  }

  private String length(String key) {
    return switch (make.below(40)) {
      case 0 -> make.anyOf("-1", "abc", "", "nan", "0", "inf");
      case 1 -> "0";
      default -> {
        double most = key.equals("town") ? 5_000 : 8_000_000;
        yield Double.toString(make.below(1_000_000) / 1e6 * most);
      }
    };
  }

  private List<List<Object>> options(boolean with) {
    List<List<Object>> options = new ArrayList<>();
    while (with && make.chance(2)) {
      options.add(List.of(make.anyOf("WITHDIST", "WITHHASH", "WITHCOORD")));
    }
    if (make.chance(2)) {
      options.add(List.of(make.anyOf("ASC", "DESC")));
    }
    if (make.chance(3)) {
      options.add(List.of("COUNT", make.chance(15) ? make.integer() : 1 + make.below(10)));
      if (make.chance(3)) {
        options.add(List.of(make.anyOf("ANY")));
      }
    } else if (make.chance(40)) {
      options.add(List.of("ANY"));
    }
    return options;
  }

  private void radius(int client) {
    String key = key();
    boolean stores = make.chance(4);
    List<List<Object>> options = options(!stores || make.chance(10));
    if (stores) {
      options.add(List.of(make.anyOf("STORE", "STOREDIST"), "found"));
    }
    String name = make.anyOf("GEORADIUS", "GEORADIUSBYMEMBER") + (make.chance(3) ? "_RO" : "");
    List<Object> command = new ArrayList<>(List.of(name, key));
    if (name.toLowerCase(Locale.ROOT).contains("member")) {
      command.add(member());
    } else {
      command.addAll(List.of(position(key)));
    }
    command.add(length(key));
    command.add(unit());
    both.same(client, make.command(command, options));
    if (stores) {
      compare(client, "found");
    }
  }

  private void search(int client, boolean stores) {
    String key = key();
    List<List<Object>> options = options(!stores || make.chance(10));
    List<Object> from = new ArrayList<>();
    if (make.chance(2)) {
      from.addAll(List.of(make.anyOf("FROMMEMBER"), member()));
    } else {
      from.add(make.anyOf("FROMLONLAT"));
      from.addAll(List.of(position(key)));
    }
    options.add(from);
    options.add(
        make.chance(2)
            ? List.of(make.anyOf("BYRADIUS"), length(key), unit())
            : List.of(make.anyOf("BYBOX"), length(key), length(key), unit()));
    if (make.chance(40)) {
      options.removeLast();
    }
    if (make.chance(60)) {
      options.add(from);
    }
    if (stores && make.chance(2)) {
      options.add(List.of(make.anyOf("STOREDIST")));
    }
    List<Object> command =
        new ArrayList<>(
            stores ? List.of("GEOSEARCHSTORE", "found", key) : List.of("GEOSEARCH", key));
    both.same(client, make.command(command, options));
    if (stores) {
      compare(client, "found");
    }
  }

  private void remove(int client) {
    both.same(client, "ZREM", key(), member(), member());
    if (make.chance(40)) {
      both.same(client, "DEL", "town", "found", "gone");
    }
  }

  private void compare(int client, String key) {
    both.same(client, "OBJECT", "ENCODING", key);
    both.same(client, "ZRANGE", key, "0", "-1", "WITHSCORES");
  }

  /** Everything in every key. */
  void compare(int client) {
    KEYS.forEach(key -> compare(client, key));
  }
}
