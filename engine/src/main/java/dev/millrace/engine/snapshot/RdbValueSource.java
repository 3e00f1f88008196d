package dev.millrace.engine.snapshot;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;

/**
 * Gives the parts of a value as they are read. Where the bytes are damaged it throws an {@link
 * RdbFormatException}.
 *
 * <p>Owned by: the reader's thread.
 */
final class RdbValueSource implements ValueSource {
  private static final String WHAT = "a value";

  private final RdbInput in;
  private final GrowingBuffer holder;
  private final boolean untrusted;
  private long address;
  private long bytes;

  /**
   * @param holder keeps strings that do not lie whole in the input
   * @param untrusted whether a client sent the bytes
   */
  RdbValueSource(RdbInput in, GrowingBuffer holder, boolean untrusted) {
    this.in = in;
    this.holder = holder;
    this.untrusted = untrusted;
  }

  @Override
  public long length() throws IOException {
    return in.readLength(WHAT);
  }

  @Override
  public long number() throws IOException {
    return in.readNumber(WHAT);
  }

  @Override
  public void string() throws IOException {
    if (in.readString(holder, WHAT)) {
      holder.clear();
      address = holder.extend(Decimal.MAX_LENGTH);
      bytes = Decimal.format(in.integer(), address);
    } else {
      address = in.stringAddress();
      bytes = in.stringLength();
    }
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long eightBytes() throws IOException {
    return in.readLong(WHAT);
  }

  @Override
  public int oneByte() throws IOException {
    return in.readByte(WHAT);
  }

  @Override
  public boolean isUntrusted() {
    return untrusted;
  }
}
