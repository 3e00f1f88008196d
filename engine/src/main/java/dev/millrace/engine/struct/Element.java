package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * Where an element of a collection is put when it is read: a string by its address, or a number
 * that is kept in binary. The address dies with the next change of the collection.
 *
 * <p>Owned by: executor thread.
 */
public final class Element {
  private boolean isInteger;
  private long integer;
  private long address;
  private int length;

  /** Makes it a string of these bytes. */
  public void string(long address, int length) {
    this.isInteger = false;
    this.address = address;
    this.length = length;
  }

  /** Makes it a number. */
  public void number(long value) {
    this.isInteger = true;
    this.integer = value;
    this.address = 0;
    this.length = -1;
  }

  /** Whether the element is kept as a number. Its text is then that number in decimal. */
  public boolean isInteger() {
    return isInteger;
  }

  /** The number of an element for which {@link #isInteger} holds. */
  public long integer() {
    assert isInteger : "not a number";
    return integer;
  }

  /** Where the bytes of a string are; 0 for a number. */
  public long address() {
    return address;
  }

  /** Length of the element's text in bytes, a number's too. */
  public int length() {
    if (length < 0) {
      length = Decimal.length(integer);
    }
    return length;
  }

  /** Whether the element's text is exactly these bytes. */
  public boolean equalTo(long otherAddress, long otherLength) {
    if (!isInteger) {
      return length == otherLength && Memory.equal(address, otherAddress, otherLength);
    }
    return Decimal.isLong(otherAddress, otherLength)
        && Decimal.parse(otherAddress, otherLength) == integer;
  }

  /**
   * Writes the element's text.
   *
   * @return how many bytes that was, {@link #length}
   */
  public int copyTo(long to) {
    if (isInteger) {
      return Decimal.format(integer, to);
    }
    Memory.copy(address, to, length);
    return length;
  }

  /** The text as an array, for cold paths. */
  public byte[] bytes() {
    return isInteger ? Decimal.bytes(integer) : Memory.bytes(address, length);
  }
}
