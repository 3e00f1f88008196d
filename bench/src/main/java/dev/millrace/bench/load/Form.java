package dev.millrace.bench.load;

import java.util.List;
import java.util.Locale;

/**
 * A request's form. {@code #} stands for twelve digits of a key number that is drawn anew each
 * time, {@code $} for the value. The keys are those of {@code redis-benchmark -r}, so that both
 * generators do the same to a server.
 */
public enum Form {
  SET("SET key:# $"),
  GET("GET key:#"),
  INCR("INCR counter:#"),
  MSET("MSET" + " key:# $".repeat(10)),
  LPUSH("LPUSH mylist $"),
  RPOP("RPOP mylist"),
  HSET("HSET myhash element:# $"),
  SADD("SADD myset element:#"),
  ZADD("ZADD myzset # element:#"),
  XADD("XADD mystream * myfield $");

  private final String words;

  Form(String words) {
    this.words = words;
  }

  /** The form of that name, in any case. */
  public static Form named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** The command and its arguments, with {@code #} and {@code $} in them. */
  List<String> words() {
    return List.of(words.split(" ", -1));
  }
}
