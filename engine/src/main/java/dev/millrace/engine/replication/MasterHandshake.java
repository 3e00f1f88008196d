package dev.millrace.engine.replication;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replica says before it asks by PSYNC: who it is, where it listens, and what it
 * understands.
 *
 * <p>Owned by: the link's thread.
 */
final class MasterHandshake {
  private static final Logger LOG = LoggerFactory.getLogger(MasterHandshake.class);

  private MasterHandshake() {}

  /**
   * Says it.
   *
   * @return whether the master was asked for no dataset, and will send none
   * @throws IOException also when the master does not want us: what it said
   */
  static boolean shakeHands(MasterConnection open, MasterLink.Settings settings)
      throws IOException {
    String pong = open.ask("PING");
    if (!pong.startsWith("+")
        && !pong.startsWith("-NOAUTH")
        && !pong.startsWith("-NOPERM")
        && !pong.startsWith("-ERR operation not permitted")) {
      throw new IOException("it answered PING with " + pong);
    }
    open.authenticate(settings.user(), settings.password());
    // Old masters do not know REPLCONF; what it says is useful and not needed.
    tell(open, "REPLCONF", "listening-port", Integer.toString(settings.listeningPort()));
    if (!settings.announcedAddress().isEmpty()) {
      tell(open, "REPLCONF", "ip-address", settings.announcedAddress());
    }
    boolean withoutDataset = settings.syncLess() && askForNoDataset(open);
    if (settings.rdbChannel()) {
      // As Redis 8 calls it and we do, and as Valkey does.
      tell(
          open,
          "REPLCONF",
          "capa",
          "eof",
          "capa",
          "psync2",
          "capa",
          "rdb-channel-repl",
          "capa",
          "dual-channel");
    } else {
      tell(open, "REPLCONF", "capa", "eof", "capa", "psync2");
    }
    return withoutDataset;
  }

  private static boolean askForNoDataset(MasterConnection open) throws IOException {
    String answer = open.ask("REPLCONF", "sync-less", "1");
    if (answer.startsWith("-")) {
      LOG.warn(
          "repl-sync-less is refused by this master, which sends its dataset as ever: {}", answer);
    }
    return answer.startsWith("+");
  }

  private static void tell(MasterConnection open, String... words) throws IOException {
    String answer = open.ask(words);
    if (answer.startsWith("-")) {
      LOG.info("the master does not understand {}: {}", String.join(" ", words), answer);
    }
  }
}
