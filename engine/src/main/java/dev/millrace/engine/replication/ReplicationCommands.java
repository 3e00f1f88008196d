package dev.millrace.engine.replication;

import static dev.millrace.engine.command.Command.named;
import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.ALLOW_BUSY;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.NO_ASYNC_LOADING;
import static dev.millrace.engine.command.CommandFlag.NO_MULTI;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.ReplicaOf;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * The commands of replication: a replica's handshake and requests, REPLICAOF, ROLE and WAIT.
 *
 * <p>Runs on: executor thread.
 */
public final class ReplicationCommands implements CommandGroup {
  private static final byte[] NO = word("no");
  private static final byte[] ONE = word("one");
  private static final byte[] LISTENING_PORT = word("listening-port");
  private static final byte[] IP_ADDRESS = word("ip-address");
  private static final byte[] CAPA = word("capa");
  private static final byte[] PSYNC2 = word("psync2");
  private static final byte[] FAILOVER = word("failover");
  private static final byte[] ACK = word("ack");
  private static final byte[] GETACK = word("getack");
  private static final byte[] RDB_CHANNEL_REPL = word("rdb-channel-repl");
  private static final byte[] DUAL_CHANNEL = word("dual-channel");
  private static final byte[] SET_RDB_CLIENT_ID = word("set-rdb-client-id");
  private static final byte[] VERSION = word("version");
  private static final byte[] RDB_CHANNEL = word("rdb-channel");
  private static final byte[] MAIN_CLIENT_ID = word("main-ch-client-id");
  private static final byte[] SYNC_LESS = word("sync-less");
  private static final byte[] RDB_ONLY = word("rdb-only");
  private static final byte[] RDB_FILTER_ONLY = word("rdb-filter-only");

  private final Supplier<Replication> replication;
  private final Supplier<Role> role;
  private final Supplier<Failover> failover;

  /** The commands of parts that exist when the first of them runs. */
  public ReplicationCommands(
      Supplier<Replication> replication, Supplier<Role> role, Supplier<Failover> failover) {
    this.replication = replication;
    this.role = role;
    this.failover = failover;
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        server("psync", -3)
            .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
            .since("2.8.0")
            .summary("Asks for the replication stream from an offset on.")
            .arguments(Argument.of("replicationid", "string"), Argument.of("offset", "integer"))
            .handledBy(this::psync));
    table.add(
        server("sync", 1)
            .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
            .since("1.0.0")
            .summary("Asks for a full copy and the replication stream, as replicas before 2.8 do.")
            .handledBy(this::sync));
    table.add(
        server("replconf", -1)
            .flags(ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY)
            .since("3.0.0")
            .summary("Carries what replica and master tell each other beside the stream.")
            .handledBy(this::replconf));
    for (String name : new String[] {"replicaof", "slaveof"}) {
      table.add(
          server(name, 3)
              .flags(ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
              .since(name.equals("slaveof") ? "1.0.0" : "5.0.0")
              .summary("Makes this server a master (NO ONE) or a replica.")
              .arguments(
                  Argument.oneOf(
                      "args",
                      Argument.block(
                          "host-port",
                          Argument.of("host", "string"),
                          Argument.of("port", "integer")),
                      Argument.block(
                          "no-one", Argument.token("no", "NO"), Argument.token("one", "ONE"))))
              .handledBy(this::replicaOf));
    }
    table.add(FailoverCommand.declaration(failover));
    table.add(
        server("role", 1)
            .flags(NOSCRIPT, LOADING, STALE, FAST)
            .categories("admin", "dangerous")
            .since("2.8.12")
            .summary("Tells this server's part in replication.")
            .handledBy(this::role));
    table.add(
        named("wait")
            .arity(3)
            .flags(NOSCRIPT)
            .categories("connection")
            .tips("request_policy:all_shards", "response_policy:agg_min")
            .group("generic")
            .since("3.0.0")
            .complexity("O(1)")
            .summary("Waits until enough replicas have acknowledged this client's writes.")
            .arguments(Argument.of("numreplicas", "integer"), Argument.of("timeout", "integer"))
            .handledBy(this::waitForReplicas));
  }

  private static Command.Builder server(String name, int arity) {
    return named(name).arity(arity).group("server").complexity("O(1)");
  }

  private void psync(Call call) {
    long firstByte = call.longArgument(2);
    if (call.argc() > 3 && call.is(3, FAILOVER)) {
      takeOver(call);
    }
    refuseWithoutStream();
    replication.get().psync(call.client(), call.text(1), firstByte, call.nowMillis());
  }

  /** The master we follow hands its part over to us: from here on it follows us. */
  private void takeOver(Call call) {
    if (role.get().link() == null) {
      throw new CommandError("ERR PSYNC FAILOVER can't be sent to a master.");
    }
    if (!call.text(1).equalsIgnoreCase(replication.get().history().id().toString())) {
      throw new CommandError("ERR PSYNC FAILOVER replid must match my replid.");
    }
    role.get().promote();
  }

  /** While it is not settled whose stream ours is, nobody can follow it. */
  private void refuseWithoutStream() {
    if (failover.get().isUnderWay()) {
      throw new CommandError("NOMASTERLINK Can't SYNC while failing over");
    }
    MasterLink link = role.get().link();
    if (link != null && !link.isConnected()) {
      throw new CommandError("NOMASTERLINK Can't SYNC while not connected with my master");
    }
  }

  private void sync(Call call) {
    refuseWithoutStream();
    replication.get().sync(call.client(), call.nowMillis());
  }

  private void replconf(Call call) {
    if (call.argc() % 2 == 0) {
      throw CommandError.SYNTAX;
    }
    if (call.argc() > 1 && call.is(1, GETACK)) {
      // For a replica to obey; a master has nobody to acknowledge to, nor has one that replays its
      // log, in which every WAIT has left one of these.
      role.get().acknowledge();
      return;
    }
    Replica replica = replication.get().replicas().of(call.client());
    for (int i = 1; i < call.argc(); i += 2) {
      if (call.is(i, LISTENING_PORT)) {
        replica.listeningPort((int) call.longArgument(i + 1));
      } else if (call.is(i, IP_ADDRESS)) {
        if (call.length(i + 1) > 255) {
          throw new CommandError(
              "ERR REPLCONF ip-address provided by replica instance is too long: "
                  + call.length(i + 1)
                  + " bytes");
        }
        replica.announcedAddress(call.text(i + 1));
      } else if (call.is(i, CAPA)) {
        if (call.is(i + 1, PSYNC2)) {
          replica.understandPsync2();
        } else if (call.is(i + 1, RDB_CHANNEL_REPL)) {
          replica.understandRdbChannel();
        } else if (call.is(i + 1, DUAL_CHANNEL)) {
          replica.understandDualChannel();
        }
      } else if (call.is(i, SYNC_LESS)) {
        replica.wantsNoDataset(call.longArgument(i + 1) != 0);
      } else if (call.is(i, RDB_CHANNEL)) {
        replica.datasetForAnother(call.longArgument(i + 1) != 0);
      } else if (call.is(i, MAIN_CLIENT_ID)) {
        replication.get().secondConnection(replica, call.longArgument(i + 1));
      } else if (call.is(i, SET_RDB_CLIENT_ID)) {
        replication.get().secondConnectionIs(replica, call.longArgument(i + 1));
      } else if (call.is(i, RDB_ONLY)) {
        replica.wantsOnlyDataset(call.longArgument(i + 1) != 0);
      } else if (call.is(i, ACK)) {
        // Never answered: the peer does not read replies once it follows the stream.
        replication.get().acknowledged(replica, call.longArgument(i + 1), call.nowMillis());
        return;
      } else if (call.is(i, RDB_FILTER_ONLY)) {
        throw new CommandError(
            "ERR a part of the dataset is not sent: ask for all of it by rdb-only, or use FUNCTION DUMP");
      } else if (!call.is(i, VERSION)) {
        // The version makes no difference: RDB version 10, which all are sent, all can read.
        throw new CommandError("ERR Unrecognized REPLCONF option: " + call.text(i));
      }
    }
    call.reply().ok();
  }

  private void replicaOf(Call call) {
    if (failover.get().isUnderWay()) {
      throw new CommandError("ERR REPLICAOF not allowed while failing over.");
    }
    Role role = this.role.get();
    if (call.is(1, NO) && call.is(2, ONE)) {
      role.promote();
      call.reply().ok();
      return;
    }
    long port = call.longArgument(2);
    if (port < 0 || port > 65535) {
      throw new CommandError("ERR Invalid master port");
    }
    ReplicaOf master = new ReplicaOf(call.text(1), (int) port);
    if (role.link() != null && role.master().equals(master)) {
      call.reply().simple("OK Already connected to specified master");
      return;
    }
    call.reply().ok();
    role.follow(master);
  }

  private void role(Call call) {
    ReplyWriter reply = call.reply();
    MasterLink link = role.get().link();
    if (link != null) {
      reply.array(5);
      reply.bulk("slave");
      reply.bulk(role.get().master().host());
      reply.integer(role.get().master().port());
      reply.bulk(link.state().word());
      reply.integer(link.isConnected() ? replication.get().offset() : -1);
      return;
    }
    reply.array(3);
    reply.bulk("master");
    reply.integer(replication.get().offset());
    reply.begin();
    int online = 0;
    for (Replica replica : replication.get().replicas().attached()) {
      if (replica.state() == Replica.State.ONLINE) {
        online++;
        reply.array(3);
        reply.bulk(replica.address());
        reply.bulk(Integer.toString(replica.listeningPort()));
        reply.bulk(Long.toString(replica.ackOffset()));
      }
    }
    reply.endArray(online);
  }

  private void waitForReplicas(Call call) {
    long wanted = call.longArgument(1);
    long timeout =
        call.longArgument(2, new CommandError("ERR timeout is not an integer or out of range"));
    if (role.get().link() != null) {
      throw new CommandError(
          "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a"
              + " replica is configured to be writable (which is not the default) writes to replicas"
              + " are just local and are not propagated.");
    }
    if (timeout < 0) {
      throw new CommandError("ERR timeout is negative");
    }
    replication.get().waitFor(call, wanted, timeout);
  }
}
