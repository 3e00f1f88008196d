package dev.millrace.tools.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The processors, dealt out: the last one to the replica, which stands for a server on a machine of
 * its own, the others to the master and its client. Where that cannot be had (one processor, no
 * {@code taskset}), everybody may use all.
 *
 * @param all the numbers of those this process may use
 */
record Processors(List<Integer> all) {
  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** Those of this machine that this process may use, by Linux's own list of them. */
  static Processors ofThisProcess() throws IOException {
    if (!Files.isExecutable(TASKSET) || !Files.isReadable(STATUS)) {
      return new Processors(List.of());
    }
    try (Stream<String> lines = Files.lines(STATUS, StandardCharsets.UTF_8)) {
      return new Processors(
          lines
              .filter(line -> line.startsWith(ALLOWED))
              .findFirst()
              .map(line -> numbers(line.substring(ALLOWED.length()).strip()))
              .orElse(List.of()));
    }
  }

  /** For example {@code 0-2,5}: 0, 1, 2 and 5. */
  static List<Integer> numbers(String list) {
    List<Integer> numbers = new ArrayList<>();
    for (String range : list.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1]);
      IntStream.rangeClosed(Integer.parseInt(ends[0]), last).forEach(numbers::add);
    }
    return List.copyOf(numbers);
  }

  /** Whether the replica has one of its own. */
  boolean areDealtOut() {
    return all.size() > 1;
  }

  /** What comes before the command of a replica. */
  List<String> ofReplica() {
    return areDealtOut() ? prefix(all.subList(all.size() - 1, all.size())) : List.of();
  }

  /** What comes before the command of a master. */
  List<String> ofMaster() {
    return areDealtOut() ? prefix(ofOthers()) : List.of();
  }

  private List<Integer> ofOthers() {
    return all.subList(0, all.size() - 1);
  }

  private static List<String> prefix(List<Integer> numbers) {
    return List.of(TASKSET.toString(), "--cpu-list", list(numbers));
  }

  private static String list(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** Keeps all threads of this process to the processors of the master. */
  void confineThisProcess() throws IOException, InterruptedException {
    if (areDealtOut()) {
      keepThisProcessTo(ofOthers());
    }
  }

  /** Ends that. */
  void releaseThisProcess() throws IOException, InterruptedException {
    if (areDealtOut()) {
      keepThisProcessTo(all);
    }
  }

  private static void keepThisProcessTo(List<Integer> numbers)
      throws IOException, InterruptedException {
    new ProcessBuilder(
            TASKSET.toString(),
            "--all-tasks",
            "--cpu-list",
            "--pid",
            list(numbers),
            Long.toString(ProcessHandle.current().pid()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
