package dev.millrace.bench.sidebyside;

import dev.millrace.bench.servers.ServerProcess;
import java.io.IOException;

/** What drives a server for one run. */
interface Load {
  /** What the tables call it. */
  String title();

  /** One run. */
  Sample run(ServerProcess server, Work work) throws IOException, InterruptedException;
}
