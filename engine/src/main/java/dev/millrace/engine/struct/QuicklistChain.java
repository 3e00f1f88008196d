package dev.millrace.engine.struct;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The chain of a {@link Quicklist}'s nodes: making, moving, linking and freeing them, whatever they
 * hold.
 *
 * <p>Owned by: executor thread.
 */
abstract class QuicklistChain {
  private static final int SHRINK_FROM_BYTES = 512;

  final SlabAllocator memory;

  long head;
  long tail;
  long nodes;

  /** Nodes taken out of the list in use, chained by their next; 0: none. */
  private long detached;

  private long detachedNodes;

  QuicklistChain(SlabAllocator memory) {
    this.memory = memory;
  }

  /** Number of nodes. */
  public long nodes() {
    return nodes;
  }

  /** The first node, for saving the list node by node; 0 when it is empty. */
  public long head() {
    return head;
  }

  /** Bytes of the nodes as handed out, reckoned from some of them when there are many. */
  public long memoryBytes(int nodesMax) {
    long bytes = 0;
    long seen = 0;
    for (long node = head; node != 0 && seen < nodesMax; node = QuicklistNode.next(node)) {
      bytes += memory.accountedBytesOf(node);
      seen++;
    }
    return seen == nodes ? bytes : (long) ((double) bytes / seen * nodes);
  }

  /**
   * Frees up to so many nodes.
   *
   * @return whether more remain
   */
  public boolean freeSome(int nodesMax) {
    for (int i = 0; i < nodesMax && head != 0; i++) {
      long node = head;
      head = QuicklistNode.next(node);
      nodes--;
      memory.free(node);
    }
    return head != 0;
  }

  // Nodes taken out and not freed yet

  final void detach(long first, long last, long count) {
    bridge(QuicklistNode.previous(first), QuicklistNode.next(last));
    nodes -= count;
    QuicklistNode.next(last, detached);
    detached = first;
    detachedNodes += count;
  }

  /** Whether {@link Quicklist#removeRange} has taken out nodes that are still to be freed. */
  public boolean hasDetached() {
    return detached != 0;
  }

  /** Number of those nodes. */
  public long detachedNodes() {
    return detachedNodes;
  }

  /** Frees those nodes now. */
  public void freeDetached() {
    while (detached != 0) {
      long node = detached;
      detached = QuicklistNode.next(node);
      memory.free(node);
    }
    detachedNodes = 0;
  }

  /** Hands those nodes over as a list that is good for nothing but {@link #freeSome}. */
  public void storeDetached(long state) {
    Memory.putLong(state + Quicklist.HEAD, detached);
    Memory.putLong(state + Quicklist.TAIL, 0);
    Memory.putLong(state + Quicklist.LENGTH, 0);
    Memory.putLong(state + Quicklist.NODES, detachedNodes);
    detached = 0;
    detachedNodes = 0;
  }

  // Nodes

  /** A node with an empty listpack and room for an element of that length. */
  final long packed(int needed) {
    long node = memory.allocate(QuicklistNode.HEADER_BYTES + Listpack.EMPTY_BYTES + (long) needed);
    QuicklistNode.setPacked(node);
    Listpack.create(QuicklistNode.content(node));
    return node;
  }

  final long plain(long address, int bytes) {
    long node = memory.allocate(QuicklistNode.HEADER_BYTES + (long) bytes);
    QuicklistNode.setPlain(node, bytes);
    Memory.copy(address, QuicklistNode.content(node), bytes);
    return node;
  }

  /** A copy of a node, as short as may be and linked to nothing. */
  final long copyOfNode(long from) {
    long bytes = QuicklistNode.contentBytes(from);
    long node = memory.allocate(QuicklistNode.HEADER_BYTES + bytes);
    if (QuicklistNode.isPlain(from)) {
      QuicklistNode.setPlain(node, bytes);
    } else {
      QuicklistNode.setPacked(node);
    }
    Memory.copy(QuicklistNode.content(from), QuicklistNode.content(node), bytes);
    return node;
  }

  /** Length of a block for a node's content, so much longer, without any gap. */
  private static long needed(long node, int growth) {
    return QuicklistNode.HEADER_BYTES + QuicklistNode.contentBytes(node) + growth;
  }

  /**
   * Makes room for a listpack to grow at its end by so many bytes.
   *
   * @return the node, which may have moved
   */
  final long reserve(long node, int growth) {
    long needed = needed(node, growth);
    long usable = memory.usableBytes(node);
    if (needed + QuicklistNode.gap(node) <= usable) {
      return node;
    }
    QuicklistNode.gap(node, 0);
    return needed <= usable ? node : moved(memory.reallocate(node, needed));
  }

  /** As {@link #reserve}, with room for more growth, up to a listpack of so many bytes. */
  final long reserveAhead(long node, int growth, int bytesMax) {
    long needed = needed(node, growth);
    long usable = memory.usableBytes(node);
    if (needed + QuicklistNode.gap(node) <= usable) {
      return node;
    }
    if (needed > usable) {
      QuicklistNode.gap(node, 0);
      return withRoom(node, needed, bytesMax);
    }
    // An only node may be filled from both sides.
    QuicklistNode.gap(node, QuicklistNode.previous(node) == 0 ? (usable - needed) / 2 : 0);
    return node;
  }

  /** As {@link #reserveAhead}, with the room before the listpack. */
  final long reserveBefore(long node, int growth, int bytesMax) {
    if (QuicklistNode.gap(node) >= growth) {
      return node;
    }
    long needed = needed(node, growth);
    long roomy = node;
    if (needed > memory.usableBytes(node)) {
      QuicklistNode.gap(node, 0);
      roomy = withRoom(node, needed, bytesMax);
    }
    long spare = memory.usableBytes(roomy) - needed;
    QuicklistNode.gap(roomy, growth + (QuicklistNode.next(roomy) == 0 ? spare / 2 : spare));
    return roomy;
  }

  private long withRoom(long node, long needed, int bytesMax) {
    long most = QuicklistNode.HEADER_BYTES + (long) bytesMax;
    return moved(memory.reallocate(node, Math.max(needed, Math.min(needed + needed / 4, most))));
  }

  /** Gives back the room of a node that is half empty; returns the node, which may have moved. */
  final long shrink(long node) {
    long usable = memory.usableBytes(node);
    long needed = needed(node, 0);
    if (usable < SHRINK_FROM_BYTES || needed > usable / 2) {
      return node;
    }
    QuicklistNode.gap(node, 0);
    return moved(memory.reallocate(node, needed));
  }

  /** Tells a node's neighbours where it is now. */
  private long moved(long node) {
    long previous = QuicklistNode.previous(node);
    long next = QuicklistNode.next(node);
    bridge(previous, node);
    bridge(node, next);
    return node;
  }

  /** Makes two nodes neighbours; 0 stands for what is before the head and behind the tail. */
  private void bridge(long left, long right) {
    if (left == 0) {
      head = right;
    } else {
      QuicklistNode.next(left, right);
    }
    if (right == 0) {
      tail = left;
    } else {
      QuicklistNode.previous(right, left);
    }
  }

  /** Puts a node between two that are neighbours, or at an end (0). */
  final void link(long node, long left, long right) {
    bridge(left, node);
    bridge(node, right);
    nodes++;
  }

  final void free(long node) {
    bridge(QuicklistNode.previous(node), QuicklistNode.next(node));
    nodes--;
    memory.free(node);
  }
}
