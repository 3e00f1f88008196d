package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.MEGA;

/** Directives about memory: its limit, eviction, expiry, freeing, defragmentation. */
public final class MemorySettings {
  /** What is evicted when {@code maxmemory} is reached. */
  public enum EvictionPolicy {
    VOLATILE_LRU,
    VOLATILE_LFU,
    VOLATILE_RANDOM,
    VOLATILE_TTL,
    ALLKEYS_LRU,
    ALLKEYS_LFU,
    ALLKEYS_RANDOM,
    NOEVICTION
  }

  public final NumberDirective maxmemory;
  public final ChoiceDirective<EvictionPolicy> maxmemoryPolicy;
  public final NumberDirective maxmemorySamples;
  public final NumberDirective maxmemoryEvictionTenacity;
  public final NumberDirective lfuLogFactor;
  public final NumberDirective lfuDecayTime;
  public final NumberDirective activeExpireEffort;
  public final BooleanDirective lazyfreeLazyEviction;
  public final BooleanDirective lazyfreeLazyExpire;
  public final BooleanDirective lazyfreeLazyServerDel;
  public final BooleanDirective lazyfreeLazyUserDel;
  public final BooleanDirective lazyfreeLazyUserFlush;
  public final BooleanDirective activedefrag;
  public final NumberDirective activeDefragCycleMin;
  public final NumberDirective activeDefragCycleMax;
  public final NumberDirective activeDefragThresholdLower;
  public final NumberDirective activeDefragThresholdUpper;
  public final NumberDirective activeDefragMaxScanFields;
  public final NumberDirective activeDefragIgnoreBytes;

  MemorySettings(Declarations declare) {
    maxmemory = declare.number("maxmemory", NumberDirective.Form.UNSIGNED_MEMORY, 0, 0, -1L);
    maxmemoryPolicy = declare.choice("maxmemory-policy", EvictionPolicy.NOEVICTION);
    maxmemorySamples = declare.integer("maxmemory-samples", 5, 1, INT_MAX);
    maxmemoryEvictionTenacity = declare.integer("maxmemory-eviction-tenacity", 10, 0, 100);
    lfuLogFactor = declare.integer("lfu-log-factor", 10, 0, INT_MAX);
    lfuDecayTime = declare.integer("lfu-decay-time", 1, 0, INT_MAX);
    activeExpireEffort = declare.integer("active-expire-effort", 1, 1, 10);
    lazyfreeLazyEviction = declare.bool("lazyfree-lazy-eviction", false);
    lazyfreeLazyExpire = declare.bool("lazyfree-lazy-expire", false);
    lazyfreeLazyServerDel = declare.bool("lazyfree-lazy-server-del", false);
    lazyfreeLazyUserDel = declare.bool("lazyfree-lazy-user-del", false);
    lazyfreeLazyUserFlush = declare.bool("lazyfree-lazy-user-flush", false);
    activedefrag = declare.bool("activedefrag", false);
    activeDefragCycleMin = declare.integer("active-defrag-cycle-min", 1, 1, 99);
    activeDefragCycleMax = declare.integer("active-defrag-cycle-max", 25, 1, 99);
    activeDefragThresholdLower = declare.integer("active-defrag-threshold-lower", 10, 0, 1000);
    activeDefragThresholdUpper = declare.integer("active-defrag-threshold-upper", 100, 0, 1000);
    activeDefragMaxScanFields = declare.integer("active-defrag-max-scan-fields", 1000, 1, LONG_MAX);
    activeDefragIgnoreBytes = declare.memory("active-defrag-ignore-bytes", 100 * MEGA, 1, LONG_MAX);
  }
}
