package dev.millrace.engine.command.stream;

import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.StreamConsumer;
import dev.millrace.engine.value.StreamGroup;
import dev.millrace.engine.value.StreamGroups;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamPending;
import dev.millrace.engine.value.StreamType;

/**
 * XCLAIM and XAUTOCLAIM: make a consumer the holder of entries that are pending with others. Both
 * go to the replication stream as one XCLAIM for each entry, with the time and count that came out.
 *
 * <p>Owned by: executor thread.
 */
final class ClaimCommands implements CommandGroup {
  private static final int KEY = 1;
  private static final int CONSUMER = 3;
  private static final int MIN_IDLE = 4;
  private static final int IDS = 5;
  private static final int AUTO_OPTIONS = 6;

  private static final byte[] FORCE = StreamArguments.word("force");
  private static final byte[] JUSTID = StreamArguments.word("justid");
  private static final byte[] IDLE = StreamArguments.word("idle");
  private static final byte[] TIME = StreamArguments.word("time");
  private static final byte[] RETRYCOUNT = StreamArguments.word("retrycount");
  private static final byte[] LASTID = StreamArguments.word("lastid");

  private static final CommandError BAD_MIN_IDLE =
      new CommandError("ERR Invalid min-idle-time argument for XCLAIM");
  private static final CommandError BAD_AUTO_MIN_IDLE =
      new CommandError("ERR Invalid min-idle-time argument for XAUTOCLAIM");
  private static final CommandError BAD_IDLE =
      new CommandError("ERR Invalid IDLE option argument for XCLAIM");
  private static final CommandError BAD_TIME =
      new CommandError("ERR Invalid TIME option argument for XCLAIM");
  private static final CommandError BAD_RETRYCOUNT =
      new CommandError("ERR Invalid RETRYCOUNT option argument for XCLAIM");
  private static final CommandError BAD_COUNT = new CommandError("ERR COUNT must be > 0");
  private static final CommandError COUNT_TOO_HIGH =
      new CommandError(
          "ERR Insufficient memory, failed allocating transient memory, COUNT too high.");

  private static final long AUTO_COUNT = 100;
  private static final int LOOKS_PER_CLAIM = 10;
  private static final int ID_BYTES = 16;

  /** Where Redis fails to allocate room for that many IDs: beyond a process's address space. */
  private static final long COUNT_MAX = (1L << 47) / ID_BYTES;

  private final StreamType type;
  private final StreamGroups groups;
  private final StreamReplies replies;
  private final StreamId id = new StreamId();
  private final StreamId lastId = new StreamId();
  private final IdList claimed = new IdList();
  private final IdList deleted = new IdList();

  private boolean force;
  private boolean justId;
  private long deliveredMillis;
  private long retryCount;

  /** Whom the running command claims for; 0 until it claims something. */
  private long consumer;

  ClaimCommands(StreamType type) {
    this.type = type;
    this.groups = type.groups();
    this.replies = new StreamReplies(type.newCursor());
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        claim("xclaim", "Makes a consumer the holder of entries pending with others.", "update")
            .since("5.0.0")
            .complexity("O(log N) with N entries pending in the group, for each ID.")
            .arguments(
                Argument.key("key"),
                Argument.of("group", "string"),
                Argument.of("consumer", "string"),
                Argument.of("min-idle-time", "string"),
                Argument.of("id", "string").multiple(),
                Argument.of("ms", "integer").after("IDLE").optional(),
                Argument.of("unix-time-milliseconds", "unix-time").after("TIME").optional(),
                Argument.of("count", "integer").after("RETRYCOUNT").optional(),
                Argument.token("force", "FORCE").optional(),
                Argument.token("justid", "JUSTID").optional(),
                Argument.of("id", "string").after("LASTID").optional())
            .handledBy(this::claim));
    table.add(
        claim("xautoclaim", "Claims entries that have been pending for long.", "delete")
            .since("6.2.0")
            .complexity("O(1) for a small COUNT.")
            .arguments(
                Argument.key("key"),
                Argument.of("group", "string"),
                Argument.of("consumer", "string"),
                Argument.of("min-idle-time", "string"),
                Argument.of("start", "string"),
                Argument.of("count", "integer").after("COUNT").optional(),
                Argument.token("justid", "JUSTID").optional())
            .handledBy(this::autoClaim));
  }

  private static Command.Builder claim(String name, String summary, String keyFlag) {
    return Command.named(name)
        .group("stream")
        .arity(-6)
        .flags(WRITE, FAST)
        .categories("stream")
        .tips("nondeterministic_output")
        .keys(1, 1, 1, "RW", keyFlag)
        .summary(summary);
  }

  private void claim(Call call) {
    long entry = StreamArguments.find(call, KEY);
    long stream = entry == 0 ? 0 : StreamType.of(entry);
    long group = PendingCommands.requireGroup(call, groups, stream);
    long minIdle = Math.max(0, call.longArgument(MIN_IDLE, BAD_MIN_IDLE));
    int behindIds = IDS;
    while (behindIds < call.argc() && StreamArguments.isId(call, behindIds, id)) {
      behindIds++;
    }
    parseOptions(call, behindIds);
    type.forWriting(call.database(), entry, call.keyHash(KEY));
    call.withoutPropagation();
    boolean advanced =
        lastId.compareTo(StreamGroup.lastMillis(group), StreamGroup.lastSequence(group)) > 0;
    if (advanced) {
      StreamGroup.last(group, lastId.millis, lastId.sequence);
    }
    consumer = 0;
    ReplyWriter reply = call.reply();
    reply.begin();
    long written = 0;
    boolean told = false;
    for (int i = IDS; i < behindIds; i++) {
      StreamArguments.id(call, i, id);
      long pending = groups.findPending(stream, group, id.millis, id.sequence);
      if (!type.contains(stream, id.millis, id.sequence)) {
        if (pending != 0) {
          drop(call, stream, group, pending, i);
          told = true;
        }
        continue;
      }
      if (pending == 0 && force) {
        pending = groups.createPending(stream, group, id.millis, id.sequence);
        StreamPending.delivered(pending, call.nowMillis(), 1);
      } else if (pending == 0 || isTooFresh(call, pending, minIdle)) {
        continue;
      }
      long deliveries = StreamPending.deliveries(pending);
      if (retryCount >= 0) {
        deliveries = retryCount;
      } else if (!justId) {
        deliveries++;
      }
      give(call, stream, group, pending, deliveredMillis, deliveries);
      StreamEffects.claimed(call, KEY, group, pending, i);
      told = true;
      written++;
      write(reply, stream, id.millis, id.sequence);
    }
    reply.endArray(written);
    if (advanced && !told) {
      StreamEffects.advanced(call, KEY, group);
      call.changed();
    }
  }

  private void parseOptions(Call call, int first) {
    force = false;
    justId = false;
    retryCount = -1;
    lastId.setMin();
    long delivered = -1;
    int last = call.argc() - 1;
    for (int i = first; i <= last; i++) {
      boolean more = i < last;
      if (call.is(i, FORCE)) {
        force = true;
      } else if (call.is(i, JUSTID)) {
        justId = true;
      } else if (call.is(i, IDLE) && more) {
        i++;
        delivered = call.nowMillis() - call.longArgument(i, BAD_IDLE);
      } else if (call.is(i, TIME) && more) {
        i++;
        delivered = call.longArgument(i, BAD_TIME);
      } else if (call.is(i, RETRYCOUNT) && more) {
        i++;
        retryCount = call.longArgument(i, BAD_RETRYCOUNT);
      } else if (call.is(i, LASTID) && more) {
        i++;
        StreamArguments.id(call, i, lastId);
      } else {
        throw new CommandError(
            "ERR Unrecognized XCLAIM option '" + StreamArguments.shown(call, i) + "'");
      }
    }
    boolean isPast = delivered >= 0 && delivered <= call.nowMillis();
    deliveredMillis = isPast ? delivered : call.nowMillis();
  }

  private static boolean isTooFresh(Call call, long pending, long minIdle) {
    return minIdle > 0 && call.nowMillis() - StreamPending.deliveredMillis(pending) < minIdle;
  }

  /** Ends the pending of an entry that is no longer in the stream. */
  private void drop(Call call, long stream, long group, long pending, int idArgument) {
    StreamEffects.claimed(call, KEY, group, pending, idArgument);
    call.changed();
    groups.deletePending(stream, group, pending);
  }

  private void give(
      Call call, long stream, long group, long pending, long atMillis, long deliveries) {
    if (consumer == 0) {
      consumer = findConsumer(call, stream, group);
    }
    StreamPending.delivered(pending, atMillis, deliveries);
    groups.assign(stream, pending, consumer);
    call.changed();
  }

  private long findConsumer(Call call, long stream, long group) {
    long address = call.address(CONSUMER);
    int length = call.length(CONSUMER);
    long found = groups.findConsumer(stream, group, address, length);
    if (found != 0) {
      StreamConsumer.seen(found, call.nowMillis());
      return found;
    }
    long created = groups.createConsumer(stream, group, address, length, call.nowMillis());
    call.notify(KeyspaceEvents.STREAM, "xgroup-createconsumer", KEY);
    return created;
  }

  private void write(ReplyWriter reply, long stream, long millis, long sequence) {
    if (justId) {
      reply.bulkId(millis, sequence);
    } else {
      boolean written = replies.exactly(reply, stream, millis, sequence);
      assert written : "a claimed entry that is not there";
    }
  }

  private void autoClaim(Call call) {
    long minIdle = Math.max(0, call.longArgument(MIN_IDLE, BAD_AUTO_MIN_IDLE));
    StreamArguments.start(call, MIN_IDLE + 1, id);
    long count = AUTO_COUNT;
    justId = false;
    for (int i = AUTO_OPTIONS; i < call.argc(); i++) {
      if (call.is(i, StreamArguments.COUNT) && i + 1 < call.argc()) {
        i++;
        count = call.longArgument(i, BAD_COUNT);
        if (count < 1 || count > Long.MAX_VALUE / ID_BYTES) {
          throw BAD_COUNT;
        }
      } else if (call.is(i, JUSTID)) {
        justId = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    long entry = StreamArguments.find(call, KEY);
    long stream = entry == 0 ? 0 : StreamType.of(entry);
    long group = PendingCommands.requireGroup(call, groups, stream);
    if (count > COUNT_MAX) {
      throw COUNT_TOO_HIGH;
    }
    type.forWriting(call.database(), entry, call.keyHash(KEY));
    call.withoutPropagation();
    long next = claimFrom(call, stream, group, count, minIdle);
    ReplyWriter reply = call.reply();
    reply.array(3);
    reply.bulkId(
        next == 0 ? 0 : StreamPending.millis(next), next == 0 ? 0 : StreamPending.sequence(next));
    reply.array(claimed.size());
    for (int i = 0; i < claimed.size(); i++) {
      write(reply, stream, claimed.millis(i), claimed.sequence(i));
    }
    reply.array(deleted.size());
    for (int i = 0; i < deleted.size(); i++) {
      reply.bulkId(deleted.millis(i), deleted.sequence(i));
    }
  }

  /**
   * Claims from {@link #id} on, and lists what was claimed and what was found deleted.
   *
   * @return the entry to go on with the next time, or 0
   */
  private long claimFrom(Call call, long stream, long group, long count, long minIdle) {
    consumer = 0;
    claimed.clear();
    deleted.clear();
    long left = count;
    long looks = count * LOOKS_PER_CLAIM;
    long pending = groups.pendingFrom(stream, group, id.millis, id.sequence);
    while (looks > 0 && left > 0 && pending != 0) {
      looks--;
      long millis = StreamPending.millis(pending);
      long sequence = StreamPending.sequence(pending);
      id.set(millis, sequence);
      if (!type.contains(stream, millis, sequence)) {
        drop(call, stream, group, pending, 0);
        deleted.add(millis, sequence);
        left--;
      } else if (!isTooFresh(call, pending, minIdle)) {
        long deliveries = StreamPending.deliveries(pending) + (justId ? 0 : 1);
        give(call, stream, group, pending, call.nowMillis(), deliveries);
        StreamEffects.claimed(call, KEY, group, pending);
        claimed.add(millis, sequence);
        left--;
      }
      pending = id.increment() ? groups.pendingFrom(stream, group, id.millis, id.sequence) : 0;
    }
    return pending;
  }
}
