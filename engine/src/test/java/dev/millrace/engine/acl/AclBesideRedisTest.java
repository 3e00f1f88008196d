package dev.millrace.engine.acl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.testing.Conversation;
import dev.millrace.engine.testing.Peer;
import dev.millrace.engine.testing.RespClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users, rules, denials and the log of denials beside redis-server. */
@Timeout(120)
@SuppressWarnings("NullAway") // a reply that is null fails the test as well
class AclBesideRedisTest {
  @TempDir Path directory;
  private Conversation talk;

  @BeforeEach
  void start() {
    talk = new Conversation(directory, 4);
  }

  @AfterEach
  void stop() {
    talk.close();
  }

  /** Applies rules one by one, and compares what the user has become after each. */
  private void rules(String user, String... rules) {
    for (String rule : rules) {
      List<Object> command = new ArrayList<>(List.of("ACL", "SETUSER", user));
      command.addAll(List.of(rule.split("\\|\\|")));
      talk.say(0, command.toArray());
      talk.say(0, "ACL", "GETUSER", user);
      talk.say(0, "ACL", "LIST");
    }
  }

  @Test
  void shouldTakeRulesAsRedisDoes() {
    rules("u", "on", "off", ">pw||>pw2", "<pw", "<nosuch", "nopass", ">x", "resetpass");
    rules("u", "#2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "#abc", "!abc");
    rules("u", "#2CF24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    rules("u", "!2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    rules("u", "~a*", "~a*", "%R~r*", "%W~r*", "%rw~z", "%~x", "%Q~x", "%", "%R~", "%RR~a", "~a b");
    rules("u", "allkeys", "~b", "resetkeys||~b", "~*", "%R~*", "resetkeys", "%R~*", "~x");
    rules("u", "&x", "&x", "&y*", "allchannels", "&z", "resetchannels||&z", "&*", "resetchannels");
    rules("u", "& x", "foo", "@all", "+", "-", "+@", "reset");
    rules("u", "sanitize-payload", "skip-sanitize-payload", "RESET", "ON", "AllKeys");
    rules("", "on");
    rules("x y", "on");
  }

  @Test
  void shouldTellWhatCommandsAUserMayRunAsRedisDoes() {
    rules("u", "+get", "+GET", "-get", "+@all", "-get", "+get", "-@all", "allcommands");
    rules(
        "u", "nocommands", "+@read", "-@read", "+@all||-@dangerous", "+config|get", "-config|get");
    rules("u", "-@all||+config", "-config|set", "+config|set", "+client|id||-client", "+nosuch");
    rules("u", "+config|nosuch", "-config|nosuch", "+config|", "+config|get|x", "+@nosuch");
    rules(
        "u",
        "-@all||+select|0||+SELECT|1||+select|0",
        "+select",
        "-select||+select|2",
        "-select|2");
    rules("u", "-@all||+@string", "-@all||+@string||-set", "-@all||+@write||+@read");
    rules("u", "+@all||-@admin||-@blocking||-@pubsub||+publish", "reset");
  }

  @Test
  void shouldTakeSelectorsAsRedisDoes() {
    rules("u", "(+get ~x)", "(+set %W~y &c)||(~z +@read)", "clearselectors", "(on)", "(foo)");
    rules("u", "(+get||~x)", "(||~u||+set||)", "(+get", "(+get||(+set)", "( +get )", "reset");
  }

  @Test
  void shouldJudgeCallsAsRedisDoes() {
    // What is excepted from the categories Redis lists in no order, so only its judgement counts.
    talk.play(
        """
        0 ACL|SETUSER|bob|on|nopass|~key*|%R~r*|%W~w*|&ch*|+@all|-@dangerous|-get
        0 ACL|SETUSER|bob|(+get ~sel* resetchannels)
        """);
    talk.say(0, "ACL", "SETUSER", "bob", "+config|get");
    for (String call :
        List.of(
            "nosuch|a",
            "get",
            "get|keya",
            "get|sel1",
            "get|x",
            "set|keya|b",
            "set|x|b",
            "set|wx|b",
            "set|rx|b",
            "set|wx|b|GET",
            "getex|rx",
            "getdel|wx",
            "mget|r1|r2|w1",
            "mset|w1|a|w2|b",
            "mset|w1|a|x|b",
            "strlen|rx",
            "strlen|wx",
            "exists|wx",
            "exists|qx",
            "rename|keya|keyb",
            "rename|wx|wy",
            "copy|rx|wx",
            "copy|wx|rx",
            "publish|x|y",
            "publish|chx|y",
            "subscribe|chx|y",
            "psubscribe|ch*",
            "psubscribe|chx",
            "unsubscribe|zz",
            "config|get|x",
            "config|set|x|y",
            "config|nosuch",
            "config",
            "blah|x",
            "config|get|port",
            "ping",
            "flushall",
            "object|encoding|keya",
            "object|encoding|x",
            "ssubscribe|chx",
            "spublish|x|y",
            "multi",
            "client|id",
            "client|kill|x",
            "hello",
            "auth|x",
            "quit")) {
      Object[] command = ("ACL|DRYRUN|bob|" + call).split("\\|");
      talk.say(0, command);
      talk.say(0, Arrays.stream(command).map(w -> w.equals("bob") ? "default" : w).toArray());
    }
    talk.play("0 ACL|DRYRUN|nosuch|get|a");
  }

  @Test
  void shouldDenyAndLogAsRedisDoes() {
    talk.play(
        """
        0 ACL|SETUSER|bob|on|>pw|~k*|+@all|-flushall|-@dangerous|resetchannels|&ch*
        1 AUTH|bob|bad
        1 AUTH|bob
        1 AUTH|nosuch|pw
        1 AUTH|a|b|c
        1 AUTH|bob|pw
        1 ACL|WHOAMI
        1 FLUSHALL
        1 GET|x
        1 MGET|k1|x
        1 PUBLISH|x|y
        1 CONFIG|GET|x
        1 ACL|SETUSER|x
        1 MULTI
        1 SET|k1|v
        1 GET|x
        1 EXEC
        1 MULTI
        1 SET|k1|v
        0 ACL|SETUSER|bob|-set
        1 EXEC
        0 ACL|SETUSER|bob|+set|resetkeys|~q*
        1 MULTI
        1 SET|q1|v
        1 PING
        0 ACL|SETUSER|bob|resetkeys|~k*
        1 EXEC
        1 MULTI
        1 PUBLISH|ch1|v
        0 ACL|SETUSER|bob|resetchannels
        1 EXEC
        1 WATCH|zz
        1 PSUBSCRIBE|ch*
        1 GET|notallowed
        1 GET|notallowed
        1 HELLO|2|AUTH|bob|bad
        1 HELLO|2|AUTH|bob|pw
        """);
    for (RespClient client : List.of(talk.ours(0), talk.real(0))) {
      List<?> log = (List<?>) client.call("ACL", "LOG", "20");
      assertThat(log.stream().map(AclBesideRedisTest::event).toList())
          .isEqualTo(
              ((List<?>) talk.real(0).call("ACL", "LOG", "20"))
                  .stream().map(AclBesideRedisTest::event).toList());
    }
    talk.play(
        """
        0 ACL|LOG|0
        0 ACL|LOG|-1
        0 ACL|LOG|x
        0 ACL|LOG|RESET|x
        0 ACL|LOG|RESET
        0 ACL|LOG
        1 RESET
        1 ACL|WHOAMI
        """);
  }

  /** An event of the log without its age and the client's description. */
  private static String event(Object entry) {
    List<?> fields = (List<?>) entry;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < fields.size(); i += 2) {
      String name = RespClient.render(fields.get(i));
      if (!name.equals("age-seconds") && !name.equals("client-info")) {
        text.append(name).append('=').append(RespClient.render(fields.get(i + 1))).append(' ');
      }
    }
    return text.toString();
  }

  @Test
  void shouldGiveAScriptTheRightsOfItsCaller() {
    talk.play(
        """
        0 ACL|SETUSER|b|on|nopass|+@all|-set|~a*|resetchannels|&c*
        1 AUTH|b|x
        """);
    for (String script :
        List.of(
            "return redis.call('set','a','b')",
            "return redis.call('get','zz')",
            "return redis.call('get','a')",
            "return redis.call('publish','zz','x')",
            "return redis.pcall('mget','a','b')",
            "return tostring(redis.acl_check_cmd('set','a','b'))",
            "return tostring(redis.acl_check_cmd('get','a'))",
            "return tostring(redis.acl_check_cmd('config','set'))")) {
      talk.say(1, "EVAL", script, "0");
    }
    talk.say(1, "EVAL", "return 1", "1", "notallowed");
  }

  @Test
  void shouldAskForThePasswordOfTheDefaultUser() {
    talk.play(
        """
        0 AUTH|x
        0 AUTH|default|anything
        0 CONFIG|SET|requirepass|secret
        0 CONFIG|GET|requirepass
        0 ACL|LIST
        0 AUTH|wrong
        0 AUTH|secret
        0 RESET
        0 GET|a
        0 HELLO|3
        0 AUTH|secret
        0 GET|a
        0 CONFIG|SET|requirepass|
        0 ACL|LIST
        """);
    // A new connection is asked when the default user has a password, or is off.
    for (String rules : List.of(">x", "resetpass", "nopass", "off", "on")) {
      talk.say(0, "ACL", "SETUSER", "default", rules);
      for (Peer peer : List.of(talk.ours(), talk.real())) {
        try (RespClient fresh = RespClient.connect(peer.port())) {
          boolean asked = !rules.equals("nopass") && !rules.equals("on");
          assertThat(fresh.wire("GET", "a"))
              .as(rules)
              .isEqualTo(asked ? "-NOAUTH Authentication required.\r\n" : "$-1\r\n");
        }
      }
    }
  }

  @Test
  void shouldCloseTheConnectionsOfUsersThatAreGoneOrLostTheirChannels() {
    talk.play(
        """
        0 ACL|SETUSER|bob|reset|on|nopass|+@all|~*|&a*|&b
        1 AUTH|bob|x
        1 SUBSCRIBE|a1
        1 PSUBSCRIBE|a*
        1 PSUBSCRIBE|a1*
        2 AUTH|bob|x
        0 ACL|SETUSER|bob|&c
        0 CLIENT|KILL|USER|nosuch
        """);
    talk.ours(0).text("ACL", "SETUSER", "bob", "resetchannels", "&a1");
    talk.real(0).text("ACL", "SETUSER", "bob", "resetchannels", "&a1");
    assertThat(talk.ours(1).isAtEnd()).isTrue();
    assertThat(talk.real(1).isAtEnd()).isTrue();
    assertThat(talk.ours(0).call("ACL", "DELUSER", "default").toString())
        .isEqualTo(talk.real(0).call("ACL", "DELUSER", "default").toString());
    for (int side = 0; side < 2; side++) {
      RespClient admin = side == 0 ? talk.ours(0) : talk.real(0);
      assertThat(admin.call("ACL", "DELUSER", "nosuch", "bob")).isEqualTo(1L);
      assertThat((side == 0 ? talk.ours(2) : talk.real(2)).isAtEnd()).isTrue();
    }
  }

  @Test
  void shouldListCategoriesAsRedisDoes() {
    talk.play("0 ACL|CAT\n0 ACL|CAT|nosuch\n0 ACL|CAT|a|b\n0 ACL|USERS\n0 ACL|NOSUCH\n0 ACL");
    // Only the commands that both know: there are some of our own.
    TreeSet<String> known = names(talk.ours(0));
    known.retainAll(names(talk.real(0)));
    for (Object category : (List<?>) talk.real(0).call("ACL", "CAT")) {
      String name = RespClient.render(category);
      assertThat(members(talk.ours(0), name, known))
          .as(name)
          .isEqualTo(members(talk.real(0), name, known));
    }
  }

  private static TreeSet<String> names(RespClient client) {
    TreeSet<String> names = new TreeSet<>();
    for (Object name : (List<?>) client.call("COMMAND", "LIST")) {
      names.add(RespClient.render(name));
    }
    return names;
  }

  private static TreeSet<String> members(
      RespClient client, String category, TreeSet<String> known) {
    TreeSet<String> members = new TreeSet<>();
    for (Object member : (List<?>) client.call("ACL", "CAT", category)) {
      String name = RespClient.render(member);
      if (known.contains(name.split("\\|")[0])) {
        members.add(name);
      }
    }
    return members;
  }

  private static final String[] RULES = {
    "+@all",
    "-@all",
    "+@read",
    "-@read",
    "+@write",
    "-@write",
    "+@dangerous",
    "-@dangerous",
    "+@keyspace",
    "-@string",
    "+@pubsub",
    "-@fast",
    "+@slow",
    "-@admin",
    "+get",
    "-get",
    "+set",
    "-set",
    "+config",
    "-config",
    "+config|get",
    "-config|set",
    "+select|1",
    "-select",
    "+client",
    "-client|kill",
    "allkeys",
    "resetkeys",
    "~a*",
    "~b",
    "%R~c*",
    "%W~c*",
    "%RW~d?",
    "%R~[ab]1",
    "allchannels",
    "resetchannels",
    "&a*",
    "&b",
    "(+get ~x*)",
    "(+@write %W~y* -set)",
    "(+@pubsub &c*)",
    "(+@all ~z* allchannels)",
    "clearselectors",
    "reset",
    "+publish",
    "-publish"
  };
  private static final String[] CALLS = {
    "GET|K",
    "SET|K|v",
    "SET|K|v|GET",
    "MGET|K|K",
    "MSET|K|v|K|v",
    "DEL|K|K",
    "RENAME|K|K",
    "COPY|K|K",
    "EXISTS|K",
    "STRLEN|K",
    "GETDEL|K",
    "GETEX|K",
    "INCR|K",
    "EXPIRE|K|1",
    "TTL|K",
    "CONFIG|GET|x",
    "CONFIG|SET|x|y",
    "SELECT|1",
    "SELECT|0",
    "client|id",
    "client|kill|x",
    "PUBLISH|K|m",
    "SPUBLISH|K|m",
    "SUBSCRIBE|K|K",
    "PSUBSCRIBE|K",
    "PSUBSCRIBE|a*",
    "SSUBSCRIBE|K",
    "UNSUBSCRIBE|K",
    "FLUSHALL",
    "PING",
    "OBJECT|ENCODING|K",
    "MULTI",
    "LPUSH|K|v",
    "LMOVE|K|K|LEFT|LEFT",
    "HSET|K|f|v",
    "SUNIONSTORE|K|K|K",
    "ZADD|K|1|m",
    "ZUNIONSTORE|K|2|K|K",
    "SINTERCARD|2|K|K",
    "XADD|K|*|f|v",
    "BITFIELD|K|GET|u8|0",
    "BITFIELD|K|SET|u8|0|1",
    "BITOP|AND|K|K|K",
    "SORT|K",
    "SORT|K|STORE|K",
    "LMPOP|2|K|K|LEFT",
    "XREAD|COUNT|1|STREAMS|K|K|0|0",
    "GEOSEARCHSTORE|K|K|FROMMEMBER|m|BYRADIUS|1|km"
  };

  @Test
  void shouldJudgeRandomCallsUnderRandomRulesAsRedisDoes() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> said = new ArrayList<>();
    try {
      talk.play("0 ACL|SETUSER|u|allkeys");
      for (int i = 0; i < Integer.getInteger("millrace.differential", 1200); i++) {
        Object[] command;
        if (random.nextInt(3) == 0) {
          command = new Object[] {"ACL", "SETUSER", "u", RULES[random.nextInt(RULES.length)]};
        } else {
          String call = "ACL|DRYRUN|u|" + CALLS[random.nextInt(CALLS.length)];
          while (call.contains("|K")) {
            call = call.replaceFirst("\\|K(?=\\||$)", "|" + name(random));
          }
          command = call.split("\\|");
        }
        said.add(Arrays.toString(command));
        talk.say(0, command);
      }
    } catch (AssertionError | RuntimeException e) {
      List<String> rules = said.stream().filter(each -> each.contains("SETUSER")).toList();
      throw new AssertionError(
          "seed " + seed + "; the rules were " + rules + ", the call " + said.getLast(), e);
    }
  }

  private static String name(SplittableRandom random) {
    return "" + "abcdxyz".charAt(random.nextInt(7)) + (random.nextInt(4) == 0 ? "" : "1");
  }

  @Test
  void shouldMakePasswordsOfTheLengthAskedFor() {
    for (Map.Entry<String, Integer> asked :
        Map.of("1", 1, "5", 2, "256", 64, "4096", 1024).entrySet()) {
      assertThat(talk.ours(0).text("ACL", "GENPASS", asked.getKey()))
          .matches("[0-9a-f]{" + asked.getValue() + "}");
    }
    assertThat(talk.ours(0).text("ACL", "GENPASS"))
        .hasSize(64)
        .isNotEqualTo(talk.ours(0).text("ACL", "GENPASS"));
    talk.play(
        """
        0 ACL|GENPASS|0
        0 ACL|GENPASS|4097
        0 ACL|GENPASS|x
        0 ACL|GENPASS|5|5
        """);
  }

  @Test
  void shouldJudgeKeysThatNoArgumentOrOnlyAnOptionNamesAsRedisDoes() {
    talk.say(0, "ACL", "SETUSER", "m", "+@all", "%R~read*", "%W~write*", "%RW~rw*");
    for (String key : List.of("rw", "read", "write")) {
      talk.say(0, "ACL", "DRYRUN", "m", "MIGRATE", "h", "1", key, "0", "5");
      talk.say(0, "ACL", "DRYRUN", "m", "MIGRATE", "h", "1", "", "0", "5", "KEYS", key);
      talk.say(
          0, "ACL", "DRYRUN", "m", "MIGRATE", "h", "1", "", "0", "5", "AUTH", "KEYS", "KEYS", key);
    }
    talk.say(0, "SET", "v1", "1");
    talk.say(0, "RPUSH", "l", "1");
    for (String rules : List.of("(+sort ~l)", "(+sort ~l ~v*)", "(+sort ~l %W~*)", "(+sort ~*)")) {
      talk.say(0, "ACL", "SETUSER", "s", "reset", "on", "nopass", "+ping", rules);
      talk.say(1, "AUTH", "s", "");
      talk.say(1, "SORT", "l", "BY", "v*");
      talk.say(1, "SORT", "l", "BY", "nosort");
      talk.say(1, "SORT", "l", "GET", "v*");
      talk.say(1, "SORT", "l", "GET", "#");
    }
    talk.say(0, "ACL", "SETUSER", "s", "(+sort %R~*)");
    talk.say(1, "SORT", "l", "BY", "v*", "GET", "v*");
  }
}
