package dev.millrace.engine.pubsub;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The topics of one kind by name. A table by linear hashing (Litwin, 1980): it grows and shrinks by
 * one bucket with each topic, so that no subscription pays for moving all others (L6).
 *
 * <p>Owned by: executor thread.
 */
final class TopicTable {
  private static final int PAGE_LOG2 = 8;
  private static final int PAGE = 1 << PAGE_LOG2;

  private final SlabAllocator memory;

  // Buckets 0 to buckets-1 exist; those from split on have not been divided in this round.
  private @Nullable Topic[][] pages = {new @Nullable Topic[PAGE]};
  private int roundSize = 1;
  private int split;
  private int size;

  TopicTable(SlabAllocator memory) {
    this.memory = memory;
  }

  int size() {
    return size;
  }

  @Nullable Topic find(long name, int length, long hash) {
    for (Topic topic = head(bucketOf(hash)); topic != null; topic = topic.nextInBucket) {
      if (topic.hash == hash && topic.length == length && Memory.equal(topic.name, name, length)) {
        return topic;
      }
    }
    return null;
  }

  /** The topic of that name, made when there is none. */
  Topic findOrAdd(long name, int length, long hash) {
    Topic found = find(name, length, hash);
    if (found != null) {
      return found;
    }
    long copy = memory.allocate(Math.max(1, length));
    Memory.copy(name, copy, length);
    Topic added = new Topic(copy, length, hash);
    size++;
    if (size > roundSize + split) {
      grow();
    }
    push(bucketOf(hash), added);
    return added;
  }

  /** Takes a topic out and frees its name. */
  void remove(Topic topic) {
    int bucket = bucketOf(topic.hash);
    Topic at = head(bucket);
    if (at == topic) {
      head(bucket, topic.nextInBucket);
    } else {
      while (at != null && at.nextInBucket != topic) {
        at = at.nextInBucket;
      }
      assert at != null : "a topic that is not in its table";
      at.nextInBucket = topic.nextInBucket;
    }
    memory.free(topic.name);
    size--;
    if (size < (roundSize + split) / 2 && roundSize + split > 1) {
      shrink();
    }
  }

  /** Visits every topic; the visitor must not change the table. */
  void forEach(Consumer<Topic> visitor) {
    for (int i = 0; i < roundSize + split; i++) {
      for (Topic topic = head(i); topic != null; topic = topic.nextInBucket) {
        visitor.accept(topic);
      }
    }
  }

  /** Frees every name. */
  void clear() {
    forEach(topic -> memory.free(topic.name));
    pages = new @Nullable Topic[][] {new @Nullable Topic[PAGE]};
    roundSize = 1;
    split = 0;
    size = 0;
  }

  private int bucketOf(long hash) {
    int low = (int) (hash & (roundSize - 1));
    return low < split ? (int) (hash & (2L * roundSize - 1)) : low;
  }

  private void grow() {
    int fresh = roundSize + split;
    int page = fresh >>> PAGE_LOG2;
    if (page == pages.length) {
      pages = Arrays.copyOf(pages, page * 2);
    }
    if (page >= pages.length || pages[page] == null) {
      pages[page] = new @Nullable Topic[PAGE];
    }
    Topic chain = head(split);
    head(split, null);
    split++;
    if (split == roundSize) {
      roundSize *= 2;
      split = 0;
    }
    distribute(chain);
  }

  private void shrink() {
    if (split == 0) {
      roundSize /= 2;
      split = roundSize;
    }
    split--;
    int gone = roundSize + split;
    Topic chain = head(gone);
    head(gone, null);
    distribute(chain);
  }

  private void distribute(@Nullable Topic chain) {
    Topic topic = chain;
    while (topic != null) {
      Topic following = topic.nextInBucket;
      push(bucketOf(topic.hash), topic);
      topic = following;
    }
  }

  private void push(int bucket, Topic topic) {
    topic.nextInBucket = head(bucket);
    head(bucket, topic);
  }

  private @Nullable Topic head(int bucket) {
    return pages[bucket >>> PAGE_LOG2][bucket & (PAGE - 1)];
  }

  private void head(int bucket, @Nullable Topic topic) {
    pages[bucket >>> PAGE_LOG2][bucket & (PAGE - 1)] = topic;
  }
}
