package dev.millrace.engine.admin;

import java.util.List;

/** A server that has just started and holds nothing. */
final class FakeStatus implements ServerStatus, MemoryStatus, PersistenceStatus, ReplicationStatus {
  @Override
  public String redisVersion() {
    return "7.0.15";
  }

  @Override
  public String version() {
    return "1.2.3";
  }

  @Override
  public String runId() {
    return "a".repeat(40);
  }

  @Override
  public long startedMillis() {
    return 0;
  }

  @Override
  public int port() {
    return 1;
  }

  @Override
  public String transport() {
    return "epoll";
  }

  @Override
  public long shutdownInMillis() {
    return -1;
  }

  @Override
  public long networkInputBytes() {
    return 0;
  }

  @Override
  public long networkOutputBytes() {
    return 0;
  }

  @Override
  public long replicationInputBytes() {
    return 0;
  }

  @Override
  public long replicationOutputBytes() {
    return 0;
  }

  @Override
  public long fullSyncs() {
    return 0;
  }

  @Override
  public long partialSyncs() {
    return 0;
  }

  @Override
  public long partialSyncsRefused() {
    return 0;
  }

  @Override
  public LoadingStatus loading() {
    return new LoadingStatus(false, false, 0, 0, 0);
  }

  @Override
  public long datasetBytes() {
    return 1_000_000;
  }

  @Override
  public long reservedBytes() {
    return 2_000_000;
  }

  @Override
  public long backlogBytes() {
    return 0;
  }

  @Override
  public long streamBytes() {
    return 0;
  }

  @Override
  public long clientBytes() {
    return 0;
  }

  @Override
  public long residentBytes() {
    return 3_000_000;
  }

  @Override
  public long lazyFreePending() {
    return 0;
  }

  @Override
  public void purge() {}

  @Override
  public boolean isSaving() {
    return false;
  }

  @Override
  public long lastSaveMillis() {
    return 0;
  }

  @Override
  public boolean lastSaveOk() {
    return true;
  }

  @Override
  public long lastSaveDurationMillis() {
    return -1;
  }

  @Override
  public long saveStartedMillis() {
    return 0;
  }

  @Override
  public long changesSinceSave() {
    return 0;
  }

  @Override
  public long lastLoadKeys() {
    return 0;
  }

  @Override
  public long lastLoadKeysExpired() {
    return 0;
  }

  @Override
  public long saves() {
    return 0;
  }

  @Override
  public boolean isLogOn() {
    return true;
  }

  @Override
  public boolean isTakingBase() {
    return false;
  }

  @Override
  public boolean isBaseScheduled() {
    return false;
  }

  @Override
  public long lastBaseDurationMillis() {
    return -1;
  }

  @Override
  public long baseStartedMillis() {
    return 0;
  }

  @Override
  public boolean lastBaseOk() {
    return true;
  }

  @Override
  public long bases() {
    return 0;
  }

  @Override
  public boolean lastLogWriteOk() {
    return true;
  }

  @Override
  public long logBytes() {
    return 0;
  }

  @Override
  public long baseBytes() {
    return 0;
  }

  @Override
  public boolean isReplica() {
    return false;
  }

  @Override
  public String failoverState() {
    return "no-failover";
  }

  @Override
  public void writeMaster(InfoWriter out) {}

  @Override
  public List<String> replicas() {
    return List.of();
  }

  @Override
  public String id() {
    return "b".repeat(40);
  }

  @Override
  public String secondId() {
    return "0".repeat(40);
  }

  @Override
  public long offset() {
    return 0;
  }

  @Override
  public long secondOffset() {
    return -1;
  }

  @Override
  public long backlogFirstByte() {
    return 0;
  }

  @Override
  public void writeLog(InfoWriter out) {}
}
