package dev.millrace.bench.servers;

import java.util.ArrayList;
import java.util.List;

/** What a server does for its data while it is measured. */
public enum Durability {
  /** No append-only file. */
  OFF("appendonly no"),
  /** Written, never forced. */
  NO("appendonly yes, appendfsync no"),
  /** Forced once per second. */
  EVERYSEC("appendonly yes, appendfsync everysec"),
  /** Forced before each reply. */
  ALWAYS("appendonly yes, appendfsync always");

  private final String title;

  Durability(String title) {
    this.title = title;
  }

  /** The directives as a table's heading names them. */
  public String title() {
    return title;
  }

  /** With no snapshots and no rewriting, so that no round pays for what another wrote. */
  public List<String> directives() {
    List<String> all = new ArrayList<>();
    for (String directive : title.split(", ", -1)) {
      String[] words = directive.split(" ", -1);
      all.add("--" + words[0]);
      all.add(words[1]);
    }
    all.addAll(List.of("--save", "", "--auto-aof-rewrite-percentage", "0"));
    return all;
  }
}
