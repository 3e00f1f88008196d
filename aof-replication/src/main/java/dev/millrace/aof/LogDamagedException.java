package dev.millrace.aof;

import java.io.IOException;

/**
 * The log on disk is damaged where no crash could have damaged it. Names the file, the replication
 * offset from which its bytes cannot be trusted, and the command that would mend it: the decision
 * to give up data is the operator's.
 */
public final class LogDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long offset;
  private final String problem;
  private final String mendingCommand;

  /**
   * Says what is wrong.
   *
   * @param file name of the damaged file
   * @param offset replication offset of the first byte that cannot be trusted, -1 when not one
   *     place
   * @param problem what was found there
   * @param mendingCommand the command line that would mend it
   */
  public LogDamagedException(String file, long offset, String problem, String mendingCommand) {
    super(
        problem
            + " in "
            + file
            + (offset < 0 ? "" : " at replication offset " + offset)
            + "; look at it with `millrace aof verify`, mend it with `"
            + mendingCommand
            + "`");
    this.file = file;
    this.offset = offset;
    this.problem = problem;
    this.mendingCommand = mendingCommand;
  }

  /** Name of the damaged file. */
  public String file() {
    return file;
  }

  /** Replication offset of the first byte that cannot be trusted, or -1. */
  public long offset() {
    return offset;
  }

  /** What was found there, without the place. */
  public String problem() {
    return problem;
  }

  /** The command line that would mend the log. */
  public String mendingCommand() {
    return mendingCommand;
  }
}
