package dev.millrace.engine.value;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Tree;

/**
 * A place in the order of members: right before or right after a member, which need not exist, or
 * at either end. The member's bytes must stay where they are while the place is used.
 *
 * <p>Owned by: executor thread.
 */
public final class MemberPlace implements Tree.Target {
  private long address;
  private int length;
  private int whenEqual;
  private int end;

  /** Before all members. */
  public void start() {
    end = -1;
  }

  /** After all members. */
  public void end() {
    end = 1;
  }

  /** Right before a member. */
  public void before(long memberAddress, int memberLength) {
    set(memberAddress, memberLength, -1);
  }

  /** Right after a member. */
  public void after(long memberAddress, int memberLength) {
    set(memberAddress, memberLength, 1);
  }

  private void set(long memberAddress, int memberLength, int equal) {
    end = 0;
    address = memberAddress;
    length = memberLength;
    whenEqual = equal;
  }

  /** Whether this is the same place as another, or one behind it. */
  public boolean isAtOrAfter(MemberPlace other) {
    if (end != 0 || other.end != 0) {
      return end > other.end || end == other.end;
    }
    int order = Memory.compare(address, length, other.address, other.length);
    return order > 0 || (order == 0 && whenEqual >= other.whenEqual);
  }

  @Override
  public int compareTo(long item) {
    if (end != 0) {
      return end;
    }
    int order = Memory.compare(address, length, ScoredItem.address(item), ScoredItem.length(item));
    return order == 0 ? whenEqual : order;
  }

  /** Negative or positive as the place is before or after a member. */
  int compareTo(Element member) {
    if (end != 0) {
      return end;
    }
    int order = -compare(member, address, length);
    return order == 0 ? whenEqual : order;
  }

  /** Compares the text of an element with bytes, as memcmp does. */
  static int compare(Element element, long otherAddress, int otherLength) {
    if (!element.isInteger()) {
      return Memory.compare(element.address(), element.length(), otherAddress, otherLength);
    }
    long number = element.integer();
    int digits = element.length();
    long rest = number;
    int order = 0;
    // From the last digit to the first, so that the first difference is what stays.
    for (int i = digits - 1; i >= 0; i--) {
      long tens = rest / 10;
      int c = i == 0 && number < 0 ? '-' : '0' + (int) Math.abs(rest - tens * 10);
      rest = tens;
      if (i < otherLength) {
        int difference = c - (Memory.getByte(otherAddress + i) & 0xFF);
        order = difference != 0 ? difference : order;
      }
    }
    assert digits == Decimal.length(number);
    return order != 0 ? order : Integer.compare(digits, otherLength);
  }
}
