package dev.millrace.engine.keyspace;

import org.jspecify.annotations.Nullable;

/** The values of {@code maxmemory-policy}: which entries may go, and by what they are chosen. */
public enum EvictionPolicy {
  NOEVICTION("noeviction", false, Choice.NONE),
  ALLKEYS_LRU("allkeys-lru", false, Choice.LRU),
  ALLKEYS_LFU("allkeys-lfu", false, Choice.LFU),
  ALLKEYS_RANDOM("allkeys-random", false, Choice.RANDOM),
  VOLATILE_LRU("volatile-lru", true, Choice.LRU),
  VOLATILE_LFU("volatile-lfu", true, Choice.LFU),
  VOLATILE_RANDOM("volatile-random", true, Choice.RANDOM),
  VOLATILE_TTL("volatile-ttl", true, Choice.TTL);

  /** By what an entry is chosen among the sampled ones. */
  enum Choice {
    NONE,
    LRU,
    LFU,
    RANDOM,
    TTL
  }

  private final String configName;
  private final boolean expiringOnly;
  private final Choice choice;

  EvictionPolicy(String configName, boolean expiringOnly, Choice choice) {
    this.configName = configName;
    this.expiringOnly = expiringOnly;
    this.choice = choice;
  }

  /** The policy's name in the configuration. */
  public String configName() {
    return configName;
  }

  /** The policy of that name, or null. */
  public static @Nullable EvictionPolicy named(String configName) {
    for (EvictionPolicy policy : values()) {
      if (policy.configName.equals(configName)) {
        return policy;
      }
    }
    return null;
  }

  /** Whether the access bits of entries are LFU counters (OBJECT FREQ) or LRU times. */
  public boolean isLfu() {
    return choice == Choice.LFU;
  }

  /** Whether only entries with an expiry may be evicted. */
  public boolean isExpiringOnly() {
    return expiringOnly;
  }

  Choice choice() {
    return choice;
  }
}
