package dev.millrace.engine.command.generic;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.snapshot.DumpPayload;
import dev.millrace.engine.snapshot.StoredTypes;
import dev.millrace.engine.value.StoredType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * DUMP and RESTORE: a value as a string that another server can take. RESTORE with a time to live
 * is propagated with the moment instead (ABSTTL).
 *
 * <p>Owned by: executor thread.
 */
final class DumpCommands implements CommandGroup {
  private static final byte[] REPLACE = "replace".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ABSTTL = "absttl".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] IDLETIME = "idletime".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FREQ = "freq".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ABSTTL_EFFECT = "ABSTTL".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError BUSY =
      new CommandError("BUSYKEY Target key name already exists.");
  private static final CommandError BAD_TTL =
      new CommandError("ERR Invalid TTL value, must be >= 0");
  private static final CommandError BAD_IDLETIME =
      new CommandError("ERR Invalid IDLETIME value, must be >= 0");
  private static final CommandError BAD_FREQ =
      new CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255");
  private static final CommandError BAD_CHECKSUM =
      new CommandError("ERR DUMP payload version or checksum are wrong");
  private static final CommandError BAD_FORMAT = new CommandError("ERR Bad data format");

  private static final CommandError TOO_LARGE =
      new CommandError("ERR The value is too large for a payload");

  private static final int FREQ_MAX = 255;
  private static final long NOT_GIVEN = -1;

  private final DumpPayload payload;
  private final BooleanSupplier compresses;

  private @Nullable StoredTypes types;
  private boolean replaces;
  private boolean absolute;
  private long idleSeconds;
  private long frequency;

  DumpCommands(DumpPayload payload, BooleanSupplier compresses) {
    this.payload = payload;
    this.compresses = compresses;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("dump")
            .group("generic")
            .since("2.6.0")
            .arity(2)
            .flags(READONLY)
            .categories("keyspace")
            .keys(1, 1, 1, "RO", "access")
            .tips("nondeterministic_output")
            .summary("Returns a value in the form RESTORE takes.")
            .complexity("O(N) in the size of the value.")
            .arguments(Argument.key("key"))
            .handledBy(this::dump));
    table.add(restore("restore").group("generic").since("2.6.0"));
    // What MIGRATE sends between the nodes of a cluster.
    table.add(restore("restore-asking").group("server").since("3.0.0").flags(CommandFlag.ASKING));
  }

  private Command.Builder restore(String name) {
    return Command.named(name)
        .arity(-4)
        .flags(WRITE, DENYOOM)
        .categories("keyspace", "dangerous")
        .keys(1, 1, 1, "OW", "update")
        .summary("Gives a key a value in the form DUMP returned.")
        .complexity("O(N) in the size of the value.")
        .arguments(
            Argument.key("key"),
            Argument.of("ttl", "integer"),
            Argument.of("serialized-value", "string"),
            Argument.token("replace", "REPLACE").since("3.0.0").optional(),
            Argument.token("absttl", "ABSTTL").since("5.0.0").optional(),
            Argument.of("seconds", "integer").after("IDLETIME").since("5.0.0").optional(),
            Argument.of("frequency", "integer").after("FREQ").since("5.0.0").optional())
        .handledBy(this::restore);
  }

  private void dump(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    if (entry == 0) {
      call.reply().nullBulk();
      return;
    }
    if (!payload.encode(entry, types(call), compresses.getAsBoolean())) {
      throw TOO_LARGE;
    }
    call.reply().bulk(payload.address(), payload.length());
  }

  private void restore(Call call) {
    readOptions(call);
    Database database = call.database();
    long hash = call.keyHash(1);
    long old = database.findForWrite(call.address(1), call.length(1), hash);
    if (old != 0 && !replaces) {
      throw BUSY;
    }
    long expireAt = expireAt(call);
    decode(call);
    if (expireAt != Database.NO_EXPIRY
        && expireAt <= call.nowMillis()
        && call.keyspace().expiryMode() == ExpiryMode.DELETE) {
      if (old != 0) {
        database.delete(old, hash);
        call.changed();
        call.keyChanged(1);
        call.notify(KeyspaceEvents.GENERIC, "del", 1);
        call.effect(2).argument(DEL).argument(call.address(1), call.length(1));
      }
      call.reply().ok();
      return;
    }
    long entry = replace(call, database, old, hash, expireAt);
    if (idleSeconds != NOT_GIVEN) {
      call.keyspace().inspection().setIdleSeconds(entry, idleSeconds);
    } else if (frequency != NOT_GIVEN) {
      call.keyspace().inspection().setFrequency(entry, (int) frequency);
    }
    call.changed();
    call.keyChanged(1);
    call.notify(KeyspaceEvents.GENERIC, "restore", 1);
    call.reply().ok();
    if (expireAt != Database.NO_EXPIRY && !absolute) {
      propagate(call, expireAt);
    }
  }

  private void readOptions(Call call) {
    replaces = false;
    absolute = false;
    idleSeconds = NOT_GIVEN;
    frequency = NOT_GIVEN;
    for (int i = 4; i < call.argc(); i++) {
      boolean hasValue = i + 1 < call.argc();
      if (call.is(i, REPLACE)) {
        replaces = true;
      } else if (call.is(i, ABSTTL)) {
        absolute = true;
      } else if (hasValue && frequency == NOT_GIVEN && call.is(i, IDLETIME)) {
        idleSeconds = call.longArgument(++i);
        if (idleSeconds < 0) {
          throw BAD_IDLETIME;
        }
      } else if (hasValue && idleSeconds == NOT_GIVEN && call.is(i, FREQ)) {
        frequency = call.longArgument(++i);
        if (frequency < 0 || frequency > FREQ_MAX) {
          throw BAD_FREQ;
        }
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  private long expireAt(Call call) {
    long ttl = call.longArgument(2);
    if (ttl < 0) {
      throw BAD_TTL;
    }
    if (ttl == 0) {
      return Database.NO_EXPIRY;
    }
    // A sum beyond 64 bits wraps into the past in Redis; there the key is not made, nor here.
    return absolute ? ttl : Math.max(0, ttl + call.nowMillis());
  }

  private void decode(Call call) {
    switch (payload.decode(call.address(3), call.length(3))) {
      case SOUND -> {}
      case WRONG_VERSION_OR_CHECKSUM -> throw BAD_CHECKSUM;
      case BAD_FORMAT -> throw BAD_FORMAT;
    }
  }

  /** The key with the decoded value; when that is not sound, the key is as it was. */
  private long replace(Call call, Database database, long old, long hash, long expireAt) {
    if (payload.isString()) {
      if (old != 0) {
        // A value that replaces another is a new one to the eviction policy too.
        database.delete(old, hash);
      }
      return store(call, expireAt);
    }
    StoredType type = types(call).reading(payload.type());
    if (type == null) {
      throw BAD_FORMAT;
    }
    Database aside = call.keyspace().aside();
    if (old != 0) {
      database.move(old, hash, aside);
    }
    long entry = 0;
    try {
      entry =
          type.load(
              payload.type(),
              payload.source(),
              database,
              call.address(1),
              call.length(1),
              hash,
              expireAt);
    } catch (IOException e) {
      throw BAD_FORMAT;
    } finally {
      if (old != 0 && entry == 0) {
        aside.move(old, hash, database);
      }
    }
    if (entry == 0) {
      throw BAD_FORMAT;
    }
    if (old != 0) {
      aside.delete(old, hash);
    }
    return entry;
  }

  private StoredTypes types(Call call) {
    StoredTypes known = types;
    if (known == null) {
      known = new StoredTypes(call.keyspace());
      types = known;
    }
    return known;
  }

  private long store(Call call, long expireAt) {
    Database database = call.database();
    long key = call.address(1);
    int length = call.length(1);
    long hash = call.keyHash(1);
    if (payload.isInteger()) {
      return database.setLong(key, length, hash, payload.integer(), expireAt);
    }
    return database.setString(
        key, length, hash, payload.valueAddress(), payload.valueLength(), expireAt);
  }

  private static void propagate(Call call, long expireAt) {
    Effects effect = call.effect(call.argc() + 1);
    for (int i = 0; i < call.argc(); i++) {
      if (i == 2) {
        effect.argument(expireAt);
      } else {
        effect.argument(call.address(i), call.length(i));
      }
    }
    effect.argument(ABSTTL_EFFECT);
  }
}
