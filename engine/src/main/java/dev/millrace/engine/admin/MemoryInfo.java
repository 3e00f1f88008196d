package dev.millrace.engine.admin;

import dev.millrace.engine.config.MemorySettings;
import dev.millrace.engine.keyspace.Keyspace;
import dev.millrace.engine.memory.MachineMemory;

/** The memory section of INFO. */
final class MemoryInfo {
  private MemoryInfo() {}

  static void write(
      InfoWriter out,
      MemoryStatus memory,
      MemoryPeak peak,
      Keyspace keyspace,
      MemorySettings settings) {
    long used = peak.usedBytes();
    long peakBytes = peak.peakBytes();
    long resident = memory.residentBytes();
    long overhead = used - memory.datasetBytes() + keyspace.tableBytes();
    long dataset = Math.max(0, used - overhead);
    long allocated = memory.datasetBytes();
    long reserved = memory.reservedBytes();
    out.memory("used_memory", used);
    out.memory("used_memory_rss", resident);
    out.memory("used_memory_peak", peakBytes);
    out.percent("used_memory_peak_perc", used, peakBytes);
    out.field("used_memory_overhead", overhead);
    out.field("used_memory_startup", memory.streamBytes());
    out.field("used_memory_dataset", dataset);
    out.percent("used_memory_dataset_perc", dataset, used);
    out.field("allocator_allocated", allocated);
    out.field("allocator_active", reserved);
    out.field("allocator_resident", reserved);
    out.memory("total_system_memory", MachineMemory.totalBytes());
    scripts(out, memory.scripts());
    out.memory("maxmemory", settings.maxmemory.value());
    out.field("maxmemory_policy", settings.maxmemoryPolicy.text());
    out.decimal("allocator_frag_ratio", ratio(reserved, allocated));
    out.field("allocator_frag_bytes", reserved - allocated);
    out.decimal("allocator_rss_ratio", 1);
    out.field("allocator_rss_bytes", 0);
    out.decimal("rss_overhead_ratio", ratio(resident, reserved));
    out.field("rss_overhead_bytes", resident - reserved);
    out.decimal("mem_fragmentation_ratio", ratio(resident, used));
    out.field("mem_fragmentation_bytes", resident - used);
    out.field("mem_not_counted_for_evict", memory.replicaBytes());
    out.field("mem_replication_backlog", memory.streamBytes());
    out.field("mem_total_replication_buffers", memory.streamBytes());
    out.field("mem_clients_slaves", memory.replicaBytes());
    out.field("mem_clients_normal", memory.clientBytes());
    out.field("mem_cluster_links", 0);
    out.field("mem_aof_buffer", 0);
    out.field("mem_java_heap", memory.heapBytes());
    out.field("mem_allocator", "slab");
    out.field("active_defrag_running", 0);
    out.field("lazyfree_pending_objects", memory.lazyFreePending());
    out.field("lazyfreed_objects", keyspace.statistics().lazyFreedObjects());
  }

  private static void scripts(InfoWriter out, ScriptMemory scripts) {
    long luaBytes = scripts.scriptLuaBytes();
    out.field("used_memory_lua", luaBytes);
    out.field("used_memory_vm_eval", luaBytes);
    out.field("used_memory_lua_human", InfoWriter.human(luaBytes));
    out.field("used_memory_scripts_eval", scripts.scriptBytes());
    out.field("number_of_cached_scripts", scripts.scripts());
    out.field("number_of_functions", scripts.functions());
    out.field("number_of_libraries", scripts.libraries());
    out.field("used_memory_vm_functions", scripts.functionLuaBytes());
    out.memory("used_memory_vm_total", scripts.scriptLuaBytes() + scripts.functionLuaBytes());
    out.field("used_memory_functions", scripts.functionBytes());
    out.memory("used_memory_scripts", scripts.scriptBytes() + scripts.functionBytes());
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 1 : (double) part / whole;
  }
}
