package dev.millrace.engine.command.bloom;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.BloomType;
import java.util.Locale;

/**
 * BF.INFO and BF.DEBUG tell of a filter, BF.SCANDUMP and BF.LOADCHUNK carry one elsewhere in
 * pieces.
 *
 * <p>Owned by: executor thread.
 */
final class BloomInspection implements CommandGroup {
  static final CommandError NOT_FOUND = new CommandError("ERR not found");

  private static final CommandError BAD_FIELD = new CommandError("ERR Invalid information value");
  private static final CommandError NOT_NUMERIC =
      new CommandError("ERR Second argument must be numeric");
  private static final CommandError BAD_DATA = new CommandError("ERR received bad data");
  private static final CommandError NO_LINK =
      new CommandError("ERR invalid offset - no link found");
  private static final CommandError TOO_BIG =
      new CommandError("ERR invalid chunk - Too big for current filter");

  /** RedisBloom gives up to 16 MiB at once; smaller pieces hold the executor less long. */
  private static final long PIECE_BYTES_MAX = 1024 * 1024;

  private static final byte[] EMPTY = {};

  private final BloomType blooms;
  private final Scratch scratch;

  BloomInspection(BloomType blooms, Scratch scratch) {
    this.blooms = blooms;
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    Argument iterator = Argument.of("iterator", "integer");
    table.add(
        BloomCommands.read("bf.info", -2, "Tells of a Bloom filter's size.", "O(1)")
            .arguments(
                Argument.key("key"),
                Argument.oneOf(
                        "single_value",
                        Argument.token("capacity", "CAPACITY"),
                        Argument.token("size", "SIZE"),
                        Argument.token("filters", "FILTERS"),
                        Argument.token("items", "ITEMS"),
                        Argument.token("expansion", "EXPANSION"))
                    .optional())
            .handledBy(this::info));
    table.add(
        BloomCommands.read("bf.debug", 2, "Tells of each filter of a chain.", "O(N) in filters.")
            .arguments(Argument.key("key"))
            .handledBy(this::debug));
    table.add(
        BloomCommands.read("bf.scandump", 3, "Gives a piece of a Bloom filter.", "O(N)")
            .arguments(Argument.key("key"), iterator)
            .handledBy(this::scanDump));
    table.add(
        BloomCommands.write("bf.loadchunk", 4, "Takes a piece of a Bloom filter.", "O(N)")
            .arguments(Argument.key("key"), iterator, Argument.of("data", "string"))
            .handledBy(this::loadChunk));
  }

  /** The filter under the first key. */
  private static long existing(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    BloomCommands.require(entry);
    if (entry == 0) {
      throw NOT_FOUND;
    }
    return entry;
  }

  private void info(Call call) {
    if (call.argc() > 3) {
      throw new CommandError("ERR wrong number of arguments for 'bf.info' command");
    }
    long entry = existing(call);
    ReplyWriter reply = call.reply();
    if (call.argc() == 3) {
      String field = call.text(2).toLowerCase(Locale.ROOT);
      switch (field) {
        case "capacity" -> one(reply, blooms.capacity(entry));
        case "size" -> one(reply, blooms.toldBytes(entry));
        case "filters" -> one(reply, blooms.filters(entry));
        case "items" -> one(reply, blooms.items(entry));
        case "expansion" -> {
          reply.array(1);
          expansion(reply, entry);
        }
        default -> throw BAD_FIELD;
      }
      return;
    }
    reply.map(5);
    reply.simple("Capacity");
    reply.integer(blooms.capacity(entry));
    reply.simple("Size");
    reply.integer(blooms.toldBytes(entry));
    reply.simple("Number of filters");
    reply.integer(blooms.filters(entry));
    reply.simple("Number of items inserted");
    reply.integer(blooms.items(entry));
    reply.simple("Expansion rate");
    expansion(reply, entry);
  }

  private static void one(ReplyWriter reply, long value) {
    reply.array(1);
    reply.integer(value);
  }

  private void expansion(ReplyWriter reply, long entry) {
    int growth = blooms.growth(entry);
    if (growth == 0) {
      reply.nullBulk();
    } else {
      reply.integer(growth);
    }
  }

  private void debug(Call call) {
    long entry = existing(call);
    int filters = blooms.filters(entry);
    call.reply().array(1L + filters);
    call.reply().bulk("size:" + blooms.items(entry));
    for (int i = 0; i < filters; i++) {
      call.reply().bulk(blooms.description(entry, i));
    }
  }

  private void scanDump(Call call) {
    long entry = existing(call);
    long iterator = call.longArgument(2, NOT_NUMERIC);
    ReplyWriter reply = call.reply();
    reply.array(2);
    if (iterator == 0) {
      int bytes = blooms.headerBytes(entry);
      long header = scratch.room(bytes);
      blooms.writeHeader(entry, header);
      reply.integer(1);
      reply.bulk(header, bytes);
      return;
    }
    int filter = iterator < 0 ? -1 : blooms.filterAt(entry, iterator - 1);
    if (filter < 0) {
      reply.integer(0);
      reply.bulk(EMPTY);
      return;
    }
    long bytes = Math.min(PIECE_BYTES_MAX, blooms.bytesFrom(entry, filter, iterator - 1));
    reply.integer(iterator + bytes);
    reply.bulk(blooms.addressAt(entry, filter, iterator - 1), bytes);
  }

  private void loadChunk(Call call) {
    long iterator = call.longArgument(2, NOT_NUMERIC);
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    BloomCommands.require(entry);
    long data = call.address(3);
    long bytes = call.length(3);
    if (entry == 0) {
      if (iterator != 1) {
        throw NOT_FOUND;
      }
      if (blooms.createFromHeader(database, call.address(1), call.length(1), hash, data, bytes)
          == 0) {
        throw BAD_DATA;
      }
    } else {
      loadPiece(database, entry, hash, iterator, data, bytes);
    }
    call.changed();
    call.keyChanged(1);
    call.reply().ok();
  }

  private void loadPiece(
      Database database, long entry, long hash, long iterator, long data, long bytes) {
    if (iterator <= 0 || iterator < bytes) {
      throw BAD_DATA;
    }
    long position = iterator - bytes - 1;
    int filter = position < 0 ? -1 : blooms.filterAt(entry, position);
    if (filter < 0) {
      throw NO_LINK;
    }
    if (bytes > blooms.bytesFrom(entry, filter, position)) {
      throw TOO_BIG;
    }
    database.aboutToChange(hash);
    Memory.copy(data, blooms.addressAt(entry, filter, position), bytes);
  }
}
