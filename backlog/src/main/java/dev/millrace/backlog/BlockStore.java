package dev.millrace.backlog;

import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * Where blocks come from and go to: a bounded pool of free ones, and the retired ones, which have
 * left the window and wait until the backlog's reference is the last.
 *
 * <p>Owned by: the backlog's writer.
 */
final class BlockStore {
  private final int blockBytes;
  private final int pooledMax;
  private final ArrayDeque<Block> pool;
  private final ArrayList<Block> retired = new ArrayList<>();

  /** Where the next look at the retired blocks begins, so that each gets its turn. */
  private int nextRetired;

  BlockStore(int blockBytes, int pooledMax) {
    this.blockBytes = blockBytes;
    this.pooledMax = pooledMax;
    this.pool = new ArrayDeque<>(pooledMax);
  }

  /** A block with no references: from the pool, else a retired one that is free, else a new one. */
  Block take() {
    if (pool.isEmpty() && !retired.isEmpty()) {
      reclaim(retired.size());
    }
    Block block = pool.pollLast();
    return block != null ? block : new Block(blockBytes);
  }

  /** Receives a block that has left the window, with the backlog's reference on it. */
  void retire(Block block) {
    if (block.tryReclaim()) {
      free(block);
    } else {
      retired.add(block);
    }
  }

  /** Looks at up to {@code blocks} retired blocks and frees those nobody reads any more. */
  void reclaim(int blocks) {
    for (int looked = 0; looked < blocks && !retired.isEmpty(); looked++) {
      if (nextRetired >= retired.size()) {
        nextRetired = 0;
      }
      Block block = retired.get(nextRetired);
      if (block.tryReclaim()) {
        // The order does not matter: the last one takes the place.
        Block last = retired.removeLast();
        if (last != block) {
          retired.set(nextRetired, last);
        }
        free(block);
      } else {
        nextRetired++;
      }
    }
  }

  int retiredBlocks() {
    return retired.size();
  }

  int pooledBlocks() {
    return pool.size();
  }

  /** Unmaps the pool, and leaves each retired block to the last one that reads it. */
  void close() {
    retired.forEach(Block::abandon);
    retired.clear();
    pool.forEach(Block::unmap);
    pool.clear();
  }

  private void free(Block block) {
    Check.that(block.references() == 0, "a block with %d references is free", block.references());
    if (pool.size() < pooledMax) {
      pool.addLast(block);
    } else {
      block.unmap();
    }
  }
}
