package dev.millrace.engine.admin;

/** The persistence section of INFO. */
final class PersistenceInfo {
  private PersistenceInfo() {}

  static void write(
      InfoWriter out, PersistenceStatus status, LoadingStatus loading, long keys, long nowMillis) {
    boolean walking = status.isSaving() || status.isTakingBase();
    out.field("loading", loading.blocking());
    out.field("async_loading", loading.async());
    out.field("current_cow_peak", 0);
    out.field("current_cow_size", 0);
    out.field("current_cow_size_age", 0);
    out.decimal("current_fork_perc", 0);
    out.field("current_save_keys_processed", 0);
    out.field("current_save_keys_total", walking ? keys : 0);
    out.field("rdb_changes_since_last_save", status.changesSinceSave());
    out.field("rdb_bgsave_in_progress", status.isSaving());
    out.field("rdb_last_save_time", status.lastSaveMillis() / 1000);
    out.field("rdb_last_bgsave_status", status.lastSaveOk() ? "ok" : "err");
    out.field("rdb_last_bgsave_time_sec", seconds(status.lastSaveDurationMillis()));
    out.field(
        "rdb_current_bgsave_time_sec",
        status.isSaving() ? seconds(nowMillis - status.saveStartedMillis()) : -1);
    out.field("rdb_saves", status.saves());
    out.field("rdb_last_cow_size", 0);
    out.field("rdb_last_load_keys_expired", status.lastLoadKeysExpired());
    out.field("rdb_last_load_keys_loaded", status.lastLoadKeys());
    out.field("aof_enabled", status.isLogOn());
    out.field("aof_rewrite_in_progress", status.isTakingBase());
    out.field("aof_rewrite_scheduled", status.isBaseScheduled());
    out.field("aof_last_rewrite_time_sec", seconds(status.lastBaseDurationMillis()));
    out.field(
        "aof_current_rewrite_time_sec",
        status.isTakingBase() ? seconds(nowMillis - status.baseStartedMillis()) : -1);
    out.field("aof_last_bgrewrite_status", status.lastBaseOk() ? "ok" : "err");
    out.field("aof_rewrites", status.bases());
    out.field("aof_rewrites_consecutive_failures", status.lastBaseOk() ? 0 : 1);
    out.field("aof_last_write_status", status.lastLogWriteOk() ? "ok" : "err");
    out.field("aof_last_cow_size", 0);
    out.field("module_fork_in_progress", 0);
    out.field("module_fork_last_cow_size", 0);
    if (status.isLogOn()) {
      out.field("aof_current_size", status.logBytes());
      out.field("aof_base_size", status.baseBytes());
      out.field("aof_pending_rewrite", 0);
      out.field("aof_buffer_length", 0);
      out.field("aof_pending_bio_fsync", 0);
      out.field("aof_delayed_fsync", 0);
    }
    if (loading.blocking() || loading.async()) {
      loading(out, loading, nowMillis);
    }
  }

  private static void loading(InfoWriter out, LoadingStatus loading, long nowMillis) {
    long total = Math.max(0, loading.totalBytes());
    long loaded = loading.loadedBytes();
    double percent = total == 0 ? 0 : 100.0 * loaded / total;
    long elapsed = (nowMillis - loading.startedMillis()) / 1000;
    out.field("loading_start_time", loading.startedMillis() / 1000);
    out.field("loading_total_bytes", total);
    out.field("loading_rdb_used_mem", 0);
    out.field("loading_loaded_bytes", loaded);
    out.decimal("loading_loaded_perc", percent);
    out.field(
        "loading_eta_seconds", loaded == 0 ? 1 : elapsed * Math.max(0, total - loaded) / loaded);
  }

  private static long seconds(long millis) {
    return millis < 0 ? -1 : millis / 1000;
  }
}
