package dev.millrace.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * One run of the command line, as {@code main} makes it but for the end of the JVM.
 *
 * @param status the exit code
 * @param out what it printed
 * @param err what it complained of
 */
public record CommandLineRun(int status, String out, String err) {
  /** Runs it with these arguments. */
  public static CommandLineRun of(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = String.valueOf(arguments[i]);
    }
    PrintWriter to = new PrintWriter(out, true);
    int status = Millrace.commandLine(to, new PrintWriter(err, true), false).execute(words);
    to.flush();
    return new CommandLineRun(status, out.toString(), err.toString());
  }

  /** The lines it printed. */
  public List<String> lines() {
    return out.lines().toList();
  }
}
