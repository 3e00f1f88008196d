package dev.millrace.engine.config;

/** What {@code shutdown-on-sigterm} and {@code shutdown-on-sigint} may say. */
public enum ShutdownMode {
  DEFAULT,
  SAVE,
  NOSAVE,
  NOW,
  FORCE
}
