package dev.millrace.engine.snapshot;

import dev.millrace.engine.value.ValueSink;

/**
 * Copies the parts of a value into a snapshot's chunks as they come; the snapshot thread encodes
 * them. Nothing is allocated.
 *
 * <p>Owned by: executor thread.
 */
final class ChannelSink implements ValueSink {
  private final SnapshotChannel channel;
  private final SnapshotLane lane;
  private int database;
  private long keyAddress;
  private int keyLength;
  private long expireAtMillis;
  private long idleSeconds;
  private int frequency;

  ChannelSink(SnapshotChannel channel, SnapshotLane lane) {
    this.channel = channel;
    this.lane = lane;
  }

  /** The value that comes is this key's; its type comes first. */
  void key(
      int ofDatabase, long address, int length, long expireAt, long idle, int accessFrequency) {
    database = ofDatabase;
    keyAddress = address;
    keyLength = length;
    expireAtMillis = expireAt;
    idleSeconds = idle;
    frequency = accessFrequency;
  }

  /** The value is complete. */
  void end() {
    channel.part(lane, SnapshotChunk.PART_END, 0);
  }

  @Override
  public void type(int rdbType) {
    channel.beginValue(
        lane, database, keyAddress, keyLength, expireAtMillis, idleSeconds, frequency, rdbType);
  }

  @Override
  public void length(long value) {
    channel.part(lane, SnapshotChunk.PART_LENGTH, value);
  }

  @Override
  public void string(long address, long bytes) {
    channel.part(lane, SnapshotChunk.PART_STRING, bytes);
    channel.partBytes(lane, address, bytes);
  }

  @Override
  public void integer(long value) {
    channel.part(lane, SnapshotChunk.PART_INTEGER, value);
  }

  @Override
  public void eightBytes(long bits) {
    channel.part(lane, SnapshotChunk.PART_EIGHT_BYTES, bits);
  }

  @Override
  public void raw(long address, long bytes) {
    channel.part(lane, SnapshotChunk.PART_RAW, bytes);
    channel.partBytes(lane, address, bytes);
  }
}
