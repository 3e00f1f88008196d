package dev.millrace.engine.admin;

import java.util.List;

/** What INFO REPLICATION tells. Asked on the executor thread. */
public interface ReplicationStatus {
  /** Whether this server follows a master. */
  boolean isReplica();

  /** Fields between the role and the connected replicas that only a replica has. */
  void writeMaster(InfoWriter out);

  /** One connected replica each, as the fields after {@code slaveN:}. */
  List<String> replicas();

  /** How far a failover has come, by INFO's word. */
  String failoverState();

  /** The replication ID. */
  String id();

  /** The older ID, or 40 zeros. */
  String secondId();

  /** Bytes of the stream so far. */
  long offset();

  /** Up to which offset the older ID is valid, or -1. */
  long secondOffset();

  /** First byte that the backlog holds, counted from 1; 0 without a backlog. */
  long backlogFirstByte();

  /** Bytes that the backlog holds. */
  long backlogBytes();

  /** What else is to be said of the log as a source for replicas, after Redis's own fields. */
  void writeLog(InfoWriter out);
}
