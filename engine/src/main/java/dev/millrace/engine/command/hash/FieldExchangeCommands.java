package dev.millrace.engine.command.hash;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.HashType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Commands of Redis 8.0 that read or set fields and change when they expire: HGETDEL, HGETEX,
 * HSETEX.
 *
 * <p>The stream carries what they did, in commands that 7.4 knows: HDEL, HPEXPIREAT, HPERSIST, and
 * HSET with HPEXPIREAT behind it, for HSET takes the expiry away.
 *
 * <p>Owned by: executor thread.
 */
final class FieldExchangeCommands implements CommandGroup {
  private static final byte[] HDEL = bytes("HDEL");
  private static final byte[] HSET = bytes("HSET");
  private static final byte[] HPERSIST = bytes("HPERSIST");
  private static final byte[] HPEXPIREAT = bytes("HPEXPIREAT");
  private static final byte[] FIELDS = bytes("FIELDS");

  private final HashType hashes;
  private final FieldOptions reading = FieldOptions.ofReading();
  private final FieldOptions writing = FieldOptions.ofWriting();
  private final Element value = new Element();

  /** The arguments that are fields which the command that runs has changed. */
  private int[] done = new int[16];

  private int doneCount;

  FieldExchangeCommands(HashType hashes) {
    this.hashes = hashes;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        writing("hgetdel", "Returns the values of fields and removes them.", -5, WRITE, FAST)
            .arguments(Argument.key("key"), NamedFields.argument())
            .handledBy(this::getAndDelete));
    table.add(
        writing("hgetex", "Returns the values of fields and sets their expiry.", -5, WRITE, FAST)
            .arguments(Argument.key("key"), expiry("persist"), NamedFields.argument())
            .handledBy(this::getAndExpire));
    table.add(
        writing("hsetex", "Sets fields with their expiry.", -6, WRITE, DENYOOM, FAST)
            .arguments(
                Argument.key("key"),
                Argument.oneOf(
                        "condition", Argument.token("fnx", "FNX"), Argument.token("fxx", "FXX"))
                    .optional(),
                expiry("keepttl"),
                Argument.block(
                        "fields",
                        Argument.of("numfields", "integer"),
                        Argument.block(
                                "data",
                                Argument.of("field", "string"),
                                Argument.of("value", "string"))
                            .multiple())
                    .after("FIELDS"))
            .handledBy(this::set));
  }

  private static Command.Builder writing(
      String name, String summary, int arity, CommandFlag... flags) {
    return HashCommands.onHash(name, summary)
        .since("8.0.0")
        .arity(arity)
        .flags(flags)
        .keys(1, 1, 1, "RW", "update")
        .complexity("O(N) in the number of fields named.");
  }

  private static Argument expiry(String word) {
    return Argument.oneOf(
            "expiration",
            Argument.of("seconds", "integer").after("EX"),
            Argument.of("milliseconds", "integer").after("PX"),
            Argument.of("unix-time-seconds", "unix-time").after("EXAT"),
            Argument.of("unix-time-milliseconds", "unix-time").after("PXAT"),
            Argument.token(word, word.toUpperCase(Locale.ROOT)))
        .optional();
  }

  private void getAndDelete(Call call) {
    long entry = HashCommands.findForWrite(call);
    int first = NamedFields.first(call, 2, NamedFields.COUNT_NOT_POSITIVE);
    replyValues(call, entry, first);
    if (entry != 0) {
      remove(call, entry, first, 1);
    }
  }

  private void getAndExpire(Call call) {
    reading.parse(call);
    long entry = HashCommands.findForWrite(call);
    int first = reading.first;
    replyValues(call, entry, first);
    long at = reading.expiry;
    if (entry == 0 || at == FieldOptions.UNSAID) {
      return;
    }
    if (at >= 0 && call.keyspace().isPastMoment(at)) {
      remove(call, entry, first, 1);
      return;
    }
    boolean persist = at == FieldOptions.WORD;
    begin(call, first);
    for (int i = first; i < call.argc(); i++) {
      long before = hashes.expireAt(entry, call.address(i), call.length(i));
      if (persist ? before >= 0 : before != HashType.NO_FIELD) {
        entry = expire(call, entry, i, persist ? HashType.NO_EXPIRY : at);
        done[doneCount++] = i;
      }
    }
    if (doneCount > 0) {
      call.changed(doneCount);
      if (persist) {
        fields(named(call, 4 + doneCount, HPERSIST).argument(FIELDS).argument(doneCount), call);
      } else {
        expired(call, at);
      }
      call.keyChanged(1);
      call.notify(KeyspaceEvents.HASH, persist ? "hpersist" : "hexpire", 1);
    }
  }

  private void set(Call call) {
    writing.parse(call);
    long entry = HashCommands.findForWrite(call);
    int first = writing.first;
    if (!isMet(call, entry, first)) {
      call.reply().integer(0);
      return;
    }
    call.reply().integer(1);
    long at = writing.expiry;
    if (at >= 0 && call.keyspace().isPastMoment(at)) {
      // What would be set is gone at once: only what was there before goes.
      if (entry != 0) {
        remove(call, entry, first, 2);
      }
      return;
    }
    long hash = call.keyHash(1);
    if (entry == 0) {
      entry = hashes.create(call.database(), call.address(1), call.length(1), hash);
    }
    Effects effect = named(call, 2 + call.argc() - first, HSET);
    for (int i = first; i < call.argc(); i++) {
      effect.argument(call.address(i), call.length(i));
    }
    begin(call, first);
    for (int i = first; i < call.argc(); i += 2) {
      long before = hashes.expireAt(entry, call.address(i), call.length(i));
      entry =
          hashes.set(
              call.database(),
              entry,
              hash,
              call.address(i),
              call.length(i),
              call.address(i + 1),
              call.length(i + 1));
      if (at >= 0) {
        entry = expire(call, entry, i, at);
        done[doneCount++] = i;
      } else if (at == FieldOptions.WORD && before >= 0) {
        entry = expire(call, entry, i, before);
        doneCount = 1;
        done[0] = i;
        expired(call, before);
      }
    }
    if (at >= 0) {
      expired(call, at);
    }
    call.changed((call.argc() - first) / 2);
    call.keyChanged(1);
    call.notify(KeyspaceEvents.HASH, "hset", 1);
    if (at >= 0) {
      call.notify(KeyspaceEvents.HASH, "hexpire", 1);
    }
  }

  /** Whether all fields are there (FXX), or none (FNX). */
  private boolean isMet(Call call, long entry, int first) {
    if (writing.condition.isEmpty()) {
      return true;
    }
    boolean wanted = writing.condition.equals("fxx");
    for (int i = first; i < call.argc(); i += 2) {
      boolean there = entry != 0 && hashes.contains(entry, call.address(i), call.length(i));
      if (there != wanted) {
        return false;
      }
    }
    return true;
  }

  private void replyValues(Call call, long entry, int first) {
    call.reply().array(call.argc() - first);
    for (int i = first; i < call.argc(); i++) {
      if (entry != 0 && hashes.get(entry, call.address(i), call.length(i), value)) {
        Elements.reply(call.reply(), value);
      } else {
        call.reply().nullBulk();
      }
    }
  }

  private void begin(Call call, int first) {
    doneCount = 0;
    if (done.length < call.argc() - first) {
      done = Arrays.copyOf(done, call.argc() - first);
    }
  }

  private long expire(Call call, long entry, int field, long at) {
    return hashes.expire(
        call.database(), entry, call.keyHash(1), call.address(field), call.length(field), at);
  }

  /** Removes every {@code step}th argument from the first field on, and the hash with the last. */
  private void remove(Call call, long entry, int first, int step) {
    long hash = call.keyHash(1);
    begin(call, first);
    boolean emptied = false;
    for (int i = first; i < call.argc() && !emptied; i += step) {
      entry = hashes.remove(call.database(), entry, hash, call.address(i), call.length(i));
      if (hashes.changed()) {
        done[doneCount++] = i;
      }
      emptied = hashes.length(entry) == 0;
    }
    if (emptied) {
      call.database().delete(entry, hash);
    }
    if (doneCount > 0) {
      call.changed(doneCount);
      fields(named(call, 2 + doneCount, HDEL), call);
      call.keyChanged(1);
      call.notify(KeyspaceEvents.HASH, "hdel", 1);
      if (emptied) {
        call.notify(KeyspaceEvents.GENERIC, "del", 1);
      }
    }
  }

  private void expired(Call call, long at) {
    fields(
        named(call, 5 + doneCount, HPEXPIREAT).argument(at).argument(FIELDS).argument(doneCount),
        call);
  }

  private static Effects named(Call call, int argc, byte[] command) {
    return call.effect(argc).argument(command).argument(call.address(1), call.length(1));
  }

  private void fields(Effects effect, Call call) {
    for (int i = 0; i < doneCount; i++) {
      effect.argument(call.address(done[i]), call.length(done[i]));
    }
  }
}
