package dev.millrace.engine.command.sort;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.RealParser;
import dev.millrace.engine.struct.Element;
import java.util.Arrays;

/**
 * The elements that SORT sorts, each with the number or text it is weighed by, and their order. The
 * sort is stable, so that elements of the same weight stay as they came.
 *
 * <p>Owned by: executor thread.
 */
final class Sorter {
  private static final int SIZE_KEPT = 16 * 1024;
  private static final long NO_WEIGHT = -1;

  private final TextStore texts;
  private final RealParser parser = new RealParser();

  private int size;
  private long[] position = new long[64];
  private int[] length = new int[64];
  private double[] score = new double[64];
  private long[] weightPosition = new long[64];
  private int[] weightLength = new int[64];
  private int[] order = new int[64];
  private int[] spare = new int[64];

  private boolean alpha;
  private boolean byWeight;
  private boolean descending;
  private boolean wholeTexts;

  Sorter(TextStore texts) {
    this.texts = texts;
  }

  /** Adds an element. */
  void add(Element element) {
    if (size == position.length) {
      resize(size * 2);
    }
    position[size] = texts.add(element);
    length[size] = element.length();
    score[size] = 0;
    weightPosition[size] = NO_WEIGHT;
    order[size] = size;
    size++;
  }

  int size() {
    return size;
  }

  /** Position in the texts of the element that comes at this place. */
  long position(int place) {
    return position[order[place]];
  }

  /** Length of the element that comes at this place. */
  int length(int place) {
    return length[order[place]];
  }

  /** Weighs the element added as number {@code i} by a text. */
  void weighByText(int i, Element weight) {
    weightPosition[i] = texts.add(weight);
    weightLength[i] = weight.length();
  }

  /**
   * Weighs the element added as number {@code i} by the number that a text is.
   *
   * @return false when it is none
   */
  boolean weighByNumber(int i, Element weight) {
    if (weight.isInteger()) {
      score[i] = weight.integer();
      return true;
    }
    return weighByNumber(i, weight.address(), weight.length());
  }

  /** Weighs the element added as number {@code i} by the number it is itself. */
  boolean weighByItself(int i) {
    return weighByNumber(i, texts.address(position[i]), length[i]);
  }

  private boolean weighByNumber(int i, long address, int bytes) {
    // As strtod and a look at what is left would have it: nothing is 0, and a zero byte ends it.
    int end = 0;
    while (end < bytes && Memory.getByte(address + end) != 0) {
      end++;
    }
    parser.parse(address, end);
    score[i] = parser.value();
    return parser.consumed() == end && !parser.outOfRange() && !Double.isNaN(score[i]);
  }

  /**
   * Puts the elements in order.
   *
   * @param alphabetically by text rather than by number
   * @param byOtherWeight texts compared are the weights, not the elements
   * @param beyondZero whether what stands behind a zero byte counts too
   */
  void sort(boolean alphabetically, boolean byOtherWeight, boolean downwards, boolean beyondZero) {
    alpha = alphabetically;
    byWeight = byOtherWeight;
    descending = downwards;
    wholeTexts = beyondZero;
    for (int width = 1; width < size && width > 0; width *= 2) {
      for (long from = 0; from < size; from += 2L * width) {
        int middle = (int) Math.min(from + width, size);
        merge((int) from, middle, (int) Math.min(from + 2L * width, size));
      }
      int[] sorted = spare;
      spare = order;
      order = sorted;
    }
  }

  private void merge(int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int at = from; at < to; at++) {
      boolean takeLeft = right == to || (left < middle && compare(order[left], order[right]) <= 0);
      spare[at] = takeLeft ? order[left++] : order[right++];
    }
  }

  private int compare(int a, int b) {
    int result = alpha ? compareTexts(a, b) : compareScores(a, b);
    return descending ? -result : result;
  }

  private int compareScores(int a, int b) {
    if (score[a] > score[b]) {
      return 1;
    }
    if (score[a] < score[b]) {
      return -1;
    }
    return compare(position[a], length[a], position[b], length[b], true);
  }

  private int compareTexts(int a, int b) {
    if (!byWeight) {
      return compare(position[a], length[a], position[b], length[b], wholeTexts);
    }
    boolean has = weightPosition[a] != NO_WEIGHT;
    boolean otherHas = weightPosition[b] != NO_WEIGHT;
    if (!has || !otherHas) {
      return Boolean.compare(has, otherHas);
    }
    return compare(
        weightPosition[a], weightLength[a], weightPosition[b], weightLength[b], wholeTexts);
  }

  private int compare(long a, int aLength, long b, int bLength, boolean whole) {
    long aAddress = texts.address(a);
    long bAddress = texts.address(b);
    return whole
        ? Memory.compare(aAddress, aLength, bAddress, bLength)
        : Memory.compare(
            aAddress, upToZero(aAddress, aLength), bAddress, upToZero(bAddress, bLength));
  }

  private static int upToZero(long address, int bytes) {
    int end = 0;
    while (end < bytes && Memory.getByte(address + end) != 0) {
      end++;
    }
    return end;
  }

  /** Forgets everything, and gives back what was more than usual. */
  void clear() {
    size = 0;
    if (position.length > SIZE_KEPT) {
      resize(64);
    }
  }

  private void resize(int to) {
    position = Arrays.copyOf(position, to);
    length = Arrays.copyOf(length, to);
    score = Arrays.copyOf(score, to);
    weightPosition = Arrays.copyOf(weightPosition, to);
    weightLength = Arrays.copyOf(weightLength, to);
    order = Arrays.copyOf(order, to);
    spare = Arrays.copyOf(spare, to);
  }
}
