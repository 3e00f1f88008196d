package dev.millrace.engine.memory;

/**
 * A misuse of off-heap memory found by the checked mode: a defect of the program, never of its
 * input. An {@link Error} so that no handler of ordinary failures swallows it.
 */
public final class MemoryFaultError extends Error {
  private static final long serialVersionUID = 1L;

  /** What was done wrong. */
  public enum Fault {
    /** An access that begins inside an allocation and ends, or begins, outside of it. */
    OUT_OF_BOUNDS,
    /** An access to memory that was freed. */
    USE_AFTER_FREE,
    /** A second free of one allocation. */
    DOUBLE_FREE,
    /** A free or reallocation of an address that no allocation begins at. */
    NOT_AN_ALLOCATION,
    /** An access to memory that belongs to no allocation. */
    WILD_ACCESS,
    /** An allocation still there when its allocator was closed. */
    LEAK,
    /** An allocator used by a thread that does not own it. */
    WRONG_THREAD
  }

  private final Fault fault;

  MemoryFaultError(Fault fault, String message) {
    super(fault + ": " + message);
    this.fault = fault;
  }

  /** What was done wrong. */
  public Fault fault() {
    return fault;
  }
}
