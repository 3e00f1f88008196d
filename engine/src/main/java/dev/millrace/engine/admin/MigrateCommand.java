package dev.millrace.engine.admin;

import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.keyspace.Watcher;
import dev.millrace.engine.keyspace.Watches;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.snapshot.StoredTypes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * MIGRATE: gives keys to another server. They are dumped on the executor, sent by another thread
 * while the caller waits (law L6), and deleted here once the other server has them, unless they
 * were changed meanwhile: then they stay, and the caller is told.
 *
 * <p>Owned by: executor thread.
 */
public final class MigrateCommand implements CommandGroup {
  /** Deletes keys as DEL does, effects and events included. */
  @FunctionalInterface
  public interface Deletion {
    void delete(int database, List<byte[]> keys);
  }

  /** A key under way. */
  private record Sent(byte[] key, Watcher watcher) {}

  private static final byte[] COPY = word("copy");
  private static final byte[] REPLACE = word("replace");
  private static final byte[] AUTH = word("auth");
  private static final byte[] AUTH2 = word("auth2");
  private static final byte[] KEYS = word("keys");
  private static final long DEFAULT_TIMEOUT_MILLIS = 1000;

  private static final CommandError TWO_KEYS =
      new CommandError(
          "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
  private static final CommandError NOT_HERE =
      new CommandError("ERR MIGRATE is not possible inside a transaction or a script");
  private static final String CHANGED =
      "ERR a key was changed while it was sent: it was not deleted here";

  private final Clients clients;
  private final DumpPayload payload;
  private final BooleanSupplier compresses;
  private final OffExecutor network;
  private final Deletion deletion;

  // The options of the command that runs.
  private boolean copies;
  private boolean replaces;
  private List<byte[]> credentials = List.of();
  private int firstKey;
  private int lastKey;

  /**
   * The command.
   *
   * @param network a thread that may wait for another server
   */
  public MigrateCommand(
      Clients clients,
      DumpPayload payload,
      BooleanSupplier compresses,
      OffExecutor network,
      Deletion deletion) {
    this.clients = clients;
    this.payload = payload;
    this.compresses = compresses;
    this.network = network;
    this.deletion = deletion;
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("migrate")
            .group("generic")
            .since("2.6.0")
            .arity(-6)
            .flags(WRITE, MOVABLEKEYS)
            .categories("keyspace", "dangerous")
            .tips("nondeterministic_output")
            .keys(3, 3, 1, "RW", "access", "delete")
            .keys(
                new KeySpec(
                    -1,
                    "KEYS",
                    -2,
                    KeySpec.Find.RANGE,
                    -1,
                    1,
                    0,
                    List.of("RW", "access", "delete", "incomplete"),
                    ""))
            .summary("Moves keys to another server.")
            .complexity("O(N) in the size of the values.")
            .arguments(
                Argument.of("host", "string"),
                Argument.of("port", "integer"),
                Argument.oneOf(
                    "key_or_empty_string", Argument.key("key"), Argument.token("empty_string", "")),
                Argument.of("destination-db", "integer"),
                Argument.of("timeout", "integer"),
                Argument.token("copy", "COPY").since("3.0.0").optional(),
                Argument.token("replace", "REPLACE").since("3.0.0").optional(),
                Argument.oneOf(
                        "authentication",
                        Argument.of("password", "string").after("AUTH").since("4.0.7").optional(),
                        Argument.block(
                                "username_password",
                                Argument.of("username", "string"),
                                Argument.of("password", "string"))
                            .after("AUTH2")
                            .since("6.0.0")
                            .optional())
                    .optional(),
                new Argument(
                    "key", "key", "KEYS", 1, "3.0.6", List.of("optional", "multiple"), List.of()))
            .handledBy(this::migrate));
  }

  private void migrate(Call call) {
    readOptions(call);
    long timeout = call.longArgument(5);
    long database = call.longArgument(4);
    MigrateExchange exchange =
        new MigrateExchange(
            call.text(1),
            call.text(2),
            (int) Math.min(timeout <= 0 ? DEFAULT_TIMEOUT_MILLIS : timeout, Integer.MAX_VALUE),
            credentials,
            database);
    if (call.client().mayNotBlock()) {
      throw NOT_HERE;
    }
    List<Sent> sent = new ArrayList<>();
    Watches watches = call.watches();
    for (int i = firstKey; i <= lastKey; i++) {
      dump(call, i, exchange, sent);
    }
    if (sent.isEmpty()) {
      call.reply().simple("NOKEY");
      return;
    }
    int from = call.database().index();
    boolean keeps = copies;
    Waiting waiting = Waiting.begin(clients, call);
    network.<MigrateExchange.Outcome>run(
        exchange::run,
        (outcome, failure) -> {
          String refusal = ended(watches, from, keeps, sent, outcome);
          waiting.end(client -> {
            if (refusal == null) {
              client.reply().ok();
            } else {
              client.reply().error(refusal);
            }
          });
        });
  }

  private void readOptions(Call call) {
    copies = false;
    replaces = false;
    credentials = List.of();
    firstKey = 3;
    lastKey = 3;
    for (int i = 6; i < call.argc(); i++) {
      int left = call.argc() - 1 - i;
      if (call.is(i, COPY)) {
        copies = true;
      } else if (call.is(i, REPLACE)) {
        replaces = true;
      } else if (call.is(i, AUTH) && left >= 1) {
        credentials = List.of(bytes(call, ++i));
      } else if (call.is(i, AUTH2) && left >= 2) {
        credentials = List.of(bytes(call, i + 1), bytes(call, i + 2));
        i += 2;
      } else if (call.is(i, KEYS)) {
        if (call.length(3) != 0) {
          throw TWO_KEYS;
        }
        firstKey = i + 1;
        lastKey = call.argc() - 1;
        return;
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  private static byte[] bytes(Call call, int argument) {
    return Memory.bytes(call.address(argument), call.length(argument));
  }

  private void dump(Call call, int argument, MigrateExchange exchange, List<Sent> sent) {
    Database database = call.database();
    long hash = call.keyHash(argument);
    long address = call.address(argument);
    int length = call.length(argument);
    long entry = database.find(address, length, hash);
    if (entry == 0
        || !payload.encode(entry, new StoredTypes(call.keyspace()), compresses.getAsBoolean())) {
      return;
    }
    long ttl = Entry.hasExpiry(entry) ? Math.max(1, Entry.expireAt(entry) - call.nowMillis()) : 0;
    byte[] key = bytes(call, argument);
    exchange.restore(key, ttl, payload.address(), payload.length(), replaces);
    Watcher watcher = new Watcher();
    call.watches().watch(watcher, database, address, length, hash);
    sent.add(new Sent(key, watcher));
  }

  /** Deletes what arrived; returns what went wrong, or null. */
  private @Nullable String ended(
      Watches watches,
      int database,
      boolean keeps,
      List<Sent> sent,
      MigrateExchange.@Nullable Outcome outcome) {
    String refusal = outcome == null ? MigrateExchange.NOT_CONNECTED : outcome.refusal();
    List<byte[]> arrived = new ArrayList<>();
    for (int i = 0; i < sent.size(); i++) {
      Watcher watcher = sent.get(i).watcher();
      boolean changed = watches.mustAbort(watcher);
      watches.unwatch(watcher);
      if (outcome != null && outcome.arrived()[i] && !keeps) {
        if (changed) {
          refusal = CHANGED;
        } else {
          arrived.add(sent.get(i).key());
        }
      }
    }
    if (!arrived.isEmpty()) {
      deletion.delete(database, arrived);
    }
    return refusal;
  }
}
