package dev.millrace.engine.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Several clients talking to Millrace and to redis-server at once. After each command everything
 * that any of the clients received, asked for or not, must be the same to the byte on both sides;
 * times and addresses in MONITOR lines are left out.
 *
 * <p>A client's messages are known to have come once a PING sent after the command is answered.
 * Inside MULTI that would be queued, so there they are compared when it ends. A client whose
 * command waits ({@link #begin}) is asked after by CLIENT LIST instead, and compared once it does
 * not wait any more.
 *
 * <p>Owned by: the test's thread.
 */
public final class Conversation implements AutoCloseable {
  private final InProcessServer ours;
  private final RealRedis real;
  private final List<Talker> talkers = new ArrayList<>();
  private int fences;

  private static final class Talker {
    final RespClient ours;
    final RespClient real;
    boolean inMulti;
    final String ourId;
    final String realId;
    boolean silent;
    boolean gone;
    boolean waits;

    Talker(RespClient ours, RespClient real) {
      this.ours = ours;
      this.real = real;
      this.ourId = ours.text("CLIENT", "ID");
      this.realId = real.text("CLIENT", "ID");
    }
  }

  /** Starts both servers with the same directives, and opens connections. */
  public Conversation(Path directory, int clients, String... directives) {
    List<String> theirs = new ArrayList<>(List.of("--enable-debug-command", "yes"));
    theirs.addAll(Arrays.asList(directives));
    real = RealRedis.start(theirs.toArray(new String[0]));
    List<String> all = new ArrayList<>(List.of("--appendonly", "no", "--save", ""));
    all.addAll(Arrays.asList(directives));
    ours = InProcessServer.start(directory, all.toArray(new String[0]));
    for (int i = 0; i < clients; i++) {
      connect();
    }
  }

  /** Opens one more connection; returns its number. */
  public int connect() {
    talkers.add(new Talker(RespClient.connect(ours.port()), RespClient.connect(real.port())));
    return talkers.size() - 1;
  }

  /** Closes a connection on both sides, and waits until both servers know. */
  public void disconnect(int client) {
    Talker talker = talkers.get(client);
    long before = talkers.stream().filter(each -> !each.gone).count();
    talker.ours.close();
    talker.real.close();
    talker.gone = true;
    awaitClients(ours, before);
    awaitClients(real, before);
  }

  private static void awaitClients(Peer peer, long before) {
    // The connection that asks counts as well.
    for (int i = 0; i < 10_000; i++) {
      if (peer.client().text("CLIENT", "LIST").split("\n").length <= before) {
        return;
      }
    }
    throw new IllegalStateException("the server does not notice that a client is gone");
  }

  /** Our server, for what is not compared. */
  public InProcessServer ours() {
    return ours;
  }

  /** The stock server. */
  public RealRedis real() {
    return real;
  }

  /** A client's number on our server. */
  public String ourId(int client) {
    return talkers.get(client).ourId;
  }

  /** A client's number on the stock server. */
  public String realId(int client) {
    return talkers.get(client).realId;
  }

  /** A client's connection to our server. */
  public RespClient ours(int client) {
    return talkers.get(client).ours;
  }

  /** A client's connection to the stock server. */
  public RespClient real(int client) {
    return talkers.get(client).real;
  }

  /**
   * Each line: a client's number, a blank, and a command whose words are divided by bars. Where an
   * asterisk follows the number, the command may wait.
   */
  public void play(String script) {
    for (String line : script.strip().split("\n")) {
      String trimmed = line.strip();
      int blank = trimmed.indexOf(' ');
      boolean mayWait = trimmed.charAt(blank - 1) == '*';
      int client = Integer.parseInt(trimmed.substring(0, mayWait ? blank - 1 : blank));
      Object[] command = trimmed.substring(blank + 1).split("\\|", -1);
      if (mayWait) {
        begin(client, command);
      } else {
        say(client, command);
      }
    }
  }

  /** One client says a command that may wait. What others say goes on meanwhile. */
  public void begin(int client, Object... command) {
    Talker talker = talkers.get(client);
    talker.ours.send(command);
    talker.real.send(command);
    awaitDone(talker.ours, ours, talker.ourId);
    awaitDone(talker.real, real, talker.realId);
    talker.waits = true;
    compareWaiting(client + " " + Arrays.toString(command));
  }

  /** Whether a client's command waits, on both sides. */
  public boolean waits(int client) {
    return talkers.get(client).waits;
  }

  /** Goes on once a client's command does not wait any more, on both sides: its time is over. */
  public void awaitEnd(int client) {
    Talker talker = talkers.get(client);
    while (isBlocked(ours, talker.ourId) || isBlocked(real, talker.realId)) {
      Thread.onSpinWait();
    }
    compareWaiting("the end of " + client + "'s wait");
  }

  private static void awaitDone(RespClient client, Peer peer, String id) {
    while (!client.hasInput() && !isBlocked(peer, id)) {
      Thread.onSpinWait();
    }
  }

  private static boolean isBlocked(Peer peer, String id) {
    String line = peer.client().text("CLIENT", "LIST", "ID", id);
    return line.matches("(?s).* flags=[a-zA-Z]*b[a-zA-Z]* .*");
  }

  private void compareWaiting(String after) {
    for (int i = 0; i < talkers.size(); i++) {
      Talker each = talkers.get(i);
      if (each.waits && !each.gone) {
        boolean our = isBlocked(ours, each.ourId);
        boolean their = isBlocked(real, each.realId);
        assertThat(our).as("client %d waits after %s", i, after).isEqualTo(their);
        if (!our) {
          each.waits = false;
          String fence = "fence-" + fences++;
          String got = upTo(each.ours, fence);
          assertThat(normal(got))
              .as("client %d after %s", i, after)
              .isEqualTo(normal(upTo(each.real, fence)));
        }
      }
    }
  }

  /**
   * One client says one command to both.
   *
   * @return what it was answered, and whatever else came to it, by our server
   */
  public String say(int client, Object... command) {
    Talker talker = talkers.get(client);
    String name = command[0].toString().toUpperCase(Locale.ROOT);
    boolean wasSilent = talker.silent;
    talker.silent = silenceAfter(talker, name, command);
    talker.ours.send(command);
    talker.real.send(command);
    StringBuilder our = new StringBuilder();
    StringBuilder their = new StringBuilder();
    if (!wasSilent && !talker.silent) {
      our.append(answer(talker.ours, talker.inMulti));
      their.append(answer(talker.real, talker.inMulti));
    }
    if (name.equals("MULTI") && their.toString().contains("+OK")) {
      talker.inMulti = true;
    } else if (name.equals("EXEC") || name.equals("DISCARD") || name.equals("RESET")) {
      talker.inMulti = false;
    }
    String shown = client + " " + Arrays.toString(command);
    // The one who spoke first, for that is where a difference begins.
    for (int next = 0; next < talkers.size(); next++) {
      int i = (client + next) % talkers.size();
      Talker each = talkers.get(i);
      if (!each.inMulti && !each.silent && !each.gone && !each.waits) {
        String fence = "fence-" + fences++;
        String before = each == talker ? our.toString() : "";
        String beforeTheirs = each == talker ? their.toString() : "";
        String got = before + upTo(each.ours, fence);
        String wanted = beforeTheirs + upTo(each.real, fence);
        if (each == talker) {
          our.append(got.substring(before.length()));
        }
        assertThat(normal(got)).as("client %d after %s", i, shown).isEqualTo(normal(wanted));
      } else if (each == talker) {
        assertThat(normal(our.toString())).as(shown).isEqualTo(normal(their.toString()));
      }
    }
    compareWaiting(shown);
    return our.toString();
  }

  /** What shows that the command has run: inside MULTI that is not any message before. */
  private static String answer(RespClient client, boolean inMulti) {
    StringBuilder all = new StringBuilder();
    String next;
    do {
      next = client.readWire();
      all.append(next);
    } while (inMulti && next.startsWith(">"));
    return all.toString();
  }

  private static boolean silenceAfter(Talker talker, String name, Object[] command) {
    if (name.equals("CLIENT") && command[1].toString().equalsIgnoreCase("REPLY")) {
      return command[2].toString().equalsIgnoreCase("OFF");
    }
    return talker.silent && !name.equals("RESET");
  }

  private static String upTo(RespClient client, String fence) {
    client.send("PING", fence);
    StringBuilder before = new StringBuilder();
    while (true) {
      String next = client.readWire();
      // A client that has not authenticated is told so instead.
      boolean isAnswer = next.contains(fence) && !next.startsWith("+1");
      if (isAnswer || next.startsWith("-NOAUTH")) {
        return before.toString();
      }
      before.append(next);
    }
  }

  private static String normal(String wire) {
    return wire.replaceAll("\\+\\d+\\.\\d{6} \\[(\\d+) [^\\]]*\\]", "+T [$1 A]")
        .replaceAll("\"fence-\\d+\"", "F")
        .replaceAll("(tracking-redir-broken\r\n):\\d+", "$1")
        .replaceAll("\\$2\r\nid\r\n:\\d+", "ID");
  }

  @Override
  public void close() {
    for (Talker talker : talkers) {
      talker.ours.close();
      talker.real.close();
    }
    real.close();
    ours.close();
  }
}
