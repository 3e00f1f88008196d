package dev.millrace.engine.replication;

import dev.millrace.engine.admin.RdbDigest;
import dev.millrace.engine.admin.Waiting;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.persistence.DigestsAtOffset;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.Map;
import java.util.function.Supplier;

/**
 * {@code MILLRACE DIGEST [AT offset] [PARTS | KEYS part]}: answers when the stream has reached the
 * offset, and until then the client waits.
 *
 * <p>Runs on: executor thread.
 */
final class DigestCommand {
  private static final byte[] AT = {'a', 't'};
  private static final byte[] PARTS = {'p', 'a', 'r', 't', 's'};
  private static final byte[] KEYS = {'k', 'e', 'y', 's'};
  private static final CommandError BAD_OFFSET =
      new CommandError("ERR offset must be a non-negative integer");
  private static final CommandError BAD_PART =
      new CommandError("ERR part must be between 0 and " + (RdbDigest.PARTS - 1));
  private static final CommandError MAY_NOT_WAIT =
      new CommandError("ERR MILLRACE DIGEST has to wait, which this client may not");

  private final Supplier<DigestsAtOffset> digests;
  private final Clients clients;

  DigestCommand(Supplier<DigestsAtOffset> digests, Clients clients) {
    this.digests = digests;
    this.clients = clients;
  }

  void run(Call call) {
    long now = digests.get().datasetOffset();
    long offset = now;
    boolean parts = false;
    int part = -1;
    for (int i = 2; i < call.argc(); i++) {
      boolean more = i + 1 < call.argc();
      if (call.is(i, AT) && more) {
        i++;
        offset = call.longArgument(i, BAD_OFFSET);
      } else if (call.is(i, PARTS)) {
        parts = true;
      } else if (call.is(i, KEYS) && more) {
        i++;
        long wanted = call.longArgument(i, BAD_PART);
        if (wanted < 0 || wanted >= RdbDigest.PARTS) {
          throw BAD_PART;
        }
        part = (int) wanted;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (offset < 0) {
      throw BAD_OFFSET;
    }
    if (offset < now) {
      throw new CommandError("ERR offset " + offset + " has passed, the dataset stands at " + now);
    }
    if (call.client().mayNotBlock()) {
      throw MAY_NOT_WAIT;
    }
    Waiting waiting = Waiting.begin(clients, call);
    digests.get().request(offset, part, new Answer(waiting, parts, part));
  }

  private record Answer(Waiting waiting, boolean parts, int part)
      implements DigestsAtOffset.Listener {
    @Override
    public void taken(long offset, RdbDigest digest) {
      waiting.end(client -> write(client.reply(), offset, digest));
    }

    @Override
    public void failed(String why) {
      waiting.end(client -> client.reply().error("ERR no digest: " + why));
    }

    @Override
    public boolean isGone() {
      return waiting.isOver();
    }

    private void write(ReplyWriter reply, long offset, RdbDigest digest) {
      reply.map(3 + (parts ? 1 : 0) + (part >= 0 ? 1 : 0));
      reply.bulk("offset");
      reply.integer(offset);
      reply.bulk("keys");
      reply.integer(digest.keys());
      reply.bulk("digest");
      reply.bulk(digest.all());
      if (parts) {
        Map<Integer, String> each = digest.parts();
        reply.bulk("parts");
        reply.array(2L * each.size());
        each.forEach((number, one) -> {
          reply.integer(number);
          reply.bulk(one);
        });
      }
      if (part >= 0) {
        Map<RdbDigest.Key, String> each = digest.keysOf(part);
        reply.bulk("keys-of-part");
        reply.array(3L * each.size());
        each.forEach((key, one) -> {
          reply.integer(key.database());
          reply.bulk(key.name());
          reply.bulk(one);
        });
      }
    }
  }
}
