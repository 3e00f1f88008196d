package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;

/**
 * MEMORY.
 *
 * <p>Owned by: executor thread.
 */
public final class MemoryCommands implements CommandGroup {
  private static final byte[] SAMPLES = "samples".getBytes(StandardCharsets.US_ASCII);
  private static final double FRAGMENTATION_WORTH_A_WORD = 1.4;
  private static final long SMALL_BYTES = 5 * 1024 * 1024;

  private final MemoryStatus memory;
  private final MemoryPeak peak;

  /** The commands. */
  public MemoryCommands(MemoryStatus memory, MemoryPeak peak) {
    this.memory = memory;
    this.peak = peak;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        MonitorDeclarations.memory()
            .subcommand(MonitorDeclarations.memoryPurge().handledBy(this::purge))
            .subcommand(
                MonitorDeclarations.memoryHelp()
                    .handledBy(
                        HelpText.of(
                            "MEMORY",
                            "DOCTOR",
                            "    A report in words.",
                            "MALLOC-STATS",
                            "    The allocator's figures.",
                            "PURGE",
                            "    Gives free memory back to the system.",
                            "STATS",
                            "    What memory is used for.",
                            "USAGE <key> [SAMPLES <count>]",
                            "    The bytes that a key takes; of a large collection only so many",
                            "    elements are looked at.")))
            .subcommand(MonitorDeclarations.memoryMallocStats().handledBy(this::mallocStats))
            .subcommand(MonitorDeclarations.memoryDoctor().handledBy(this::doctor))
            .subcommand(MonitorDeclarations.memoryStats().handledBy(this::stats))
            .subcommand(MonitorDeclarations.memoryUsage().handledBy(MemoryCommands::usage)));
  }

  private static void usage(Call call) {
    for (int i = 3; i < call.argc(); i += 2) {
      if (!call.is(i, SAMPLES) || i + 1 == call.argc()) {
        throw CommandError.SYNTAX;
      }
      if (call.longArgument(i + 1) < 0) {
        throw CommandError.SYNTAX;
      }
    }
    long entry = call.database().inspect(call.address(2), call.length(2), call.keyHash(2));
    if (entry == 0) {
      call.reply().nullBulk();
    } else {
      call.reply().integer(call.keyspace().inspection().memoryUsage(entry));
    }
  }

  private void purge(Call call) {
    memory.purge();
    call.reply().ok();
  }

  private void stats(Call call) {
    ReplyWriter reply = call.reply();
    long total = peak.usedBytes();
    long keys = call.keyspace().size();
    long tables = call.keyspace().tableBytes();
    long overhead = total - memory.datasetBytes() + tables;
    long dataset = Math.max(0, total - overhead);
    reply.map(19);
    integer(reply, "peak.allocated", peak.peakBytes());
    integer(reply, "total.allocated", total);
    integer(reply, "startup.allocated", 0);
    integer(reply, "replication.backlog", memory.streamBytes());
    integer(reply, "clients.slaves", memory.replicaBytes());
    integer(reply, "clients.normal", memory.clientBytes());
    integer(reply, "cluster.links", 0);
    integer(reply, "aof.buffer", 0);
    integer(reply, "lua.caches", memory.scripts().scriptBytes());
    integer(reply, "functions.caches", memory.scripts().functionBytes());
    integer(reply, "overhead.total", overhead);
    integer(reply, "keys.count", keys);
    integer(reply, "keys.bytes-per-key", keys == 0 ? 0 : memory.datasetBytes() / keys);
    integer(reply, "dataset.bytes", dataset);
    number(reply, "dataset.percentage", percent(dataset, total));
    number(reply, "peak.percentage", percent(total, peak.peakBytes()));
    integer(reply, "allocator.allocated", memory.datasetBytes());
    integer(reply, "allocator.resident", memory.reservedBytes());
    number(reply, "fragmentation", fragmentation());
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? 0 : part * 100.0 / whole;
  }

  private double fragmentation() {
    return memory.datasetBytes() == 0 ? 1 : (double) memory.reservedBytes() / memory.datasetBytes();
  }

  private static void integer(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void number(ReplyWriter reply, String name, double value) {
    reply.bulk(name);
    reply.doubleValue(value);
  }

  private void doctor(Call call) {
    String text;
    if (memory.datasetBytes() < SMALL_BYTES) {
      text = "There is too little data to say anything about.\n";
    } else if (fragmentation() > FRAGMENTATION_WORTH_A_WORD) {
      text =
          "The allocator holds "
              + InfoWriter.human(memory.reservedBytes())
              + " for "
              + InfoWriter.human(memory.datasetBytes())
              + " of data: slabs are partly empty after deletions. MEMORY PURGE gives empty ones"
              + " back.\n";
    } else {
      text = "Nothing stands out.\n";
    }
    call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
  }

  private void mallocStats(Call call) {
    String text =
        "slab allocator: "
            + memory.datasetBytes()
            + " bytes handed out, "
            + memory.reservedBytes()
            + " bytes mapped\nJava heap: "
            + memory.heapBytes()
            + " bytes used\n";
    call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
  }
}
