package dev.millrace.engine.value;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.struct.DictWalks;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.EntryVisitor;

/**
 * A set that belongs to no key: the result of a union before it is replied or stored, or what has
 * been seen already. {@link SetType#store} makes it a key's value.
 *
 * <p>Owned by: executor thread.
 */
public final class MemberSet implements AutoCloseable {
  final ItemTable table;
  private final SlabAllocator memory;
  private final long text;
  private final Element shown = new Element();
  private final EntryVisitor showItem = this::showItem;
  private MemberVisitor visitor = member -> {};
  private boolean numbersOnly = true;
  private long largest;
  private int longest;

  MemberSet(SlabAllocator memory) {
    this.memory = memory;
    this.text = memory.allocate(Decimal.MAX_LENGTH);
    this.table = new ItemTable(memory, MemberItem.KEYS, new DictWalks());
    table.create(0);
  }

  /** Adds an element's text; false when it is there already. */
  public boolean add(Element member) {
    long address = textOf(member);
    int length = member.length();
    long hash = Memory.hash(address, length);
    if (table.dict.find(address, length, hash) != 0) {
      return false;
    }
    numbersOnly = numbersOnly && Decimal.isLong(address, length);
    table.insert(MemberItem.create(memory, address, length), hash);
    largest = Math.max(largest, table.dict.size());
    longest = Math.max(longest, length);
    return true;
  }

  /** Removes an element's text; false when it is not there. */
  public boolean remove(Element member) {
    return table.remove(textOf(member), member.length());
  }

  private long textOf(Element member) {
    if (!member.isInteger()) {
      return member.address();
    }
    member.copyTo(text);
    return text;
  }

  public long size() {
    return table.dict.size();
  }

  /** Shows every member, in no order. */
  public void forEach(MemberVisitor to) {
    visitor = to;
    table.dict.forEach(showItem);
  }

  private void showItem(long item) {
    shown.string(MemberItem.address(item), MemberItem.length(item));
    visitor.visit(shown);
  }

  /** Whether it never held anything but numbers, nor more of them than so many. */
  boolean wasNumbersOnly(long atMost) {
    return numbersOnly && largest <= atMost;
  }

  /** Length of the longest member it ever had. */
  int longest() {
    return longest;
  }

  /** Says that the table belongs to an entry now. */
  void handedOver() {
    table.create(0);
  }

  @Override
  public void close() {
    table.discard();
    memory.free(text);
  }
}
