package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * LATENCY.
 *
 * <p>Owned by: executor thread.
 */
public final class LatencyCommands implements CommandGroup {
  private final LatencyMonitor monitor;
  private final CommandTable commands;

  /** The commands over what {@code monitor} saw. */
  public LatencyCommands(LatencyMonitor monitor, CommandTable commands) {
    this.monitor = monitor;
    this.commands = commands;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        MonitorDeclarations.latency()
            .subcommand(MonitorDeclarations.latencyReset().handledBy(this::reset))
            .subcommand(MonitorDeclarations.latencyGraph().handledBy(this::graph))
            .subcommand(MonitorDeclarations.latencyHistory().handledBy(this::history))
            .subcommand(MonitorDeclarations.latencyDoctor().handledBy(this::doctor))
            .subcommand(
                MonitorDeclarations.latencyHelp()
                    .handledBy(
                        HelpText.of(
                            "LATENCY",
                            "DOCTOR",
                            "    A report in words.",
                            "GRAPH <event>",
                            "    The samples of an event as a drawing.",
                            "HISTOGRAM [<command> ...]",
                            "    How long commands took: cumulative counts by microseconds.",
                            "HISTORY <event>",
                            "    The samples of an event.",
                            "LATEST",
                            "    The last sample and the maximum of every event.",
                            "RESET [<event> ...]",
                            "    Forgets the samples of all or some events.")))
            .subcommand(MonitorDeclarations.latencyHistogram().handledBy(this::histogram))
            .subcommand(MonitorDeclarations.latencyLatest().handledBy(this::latest)));
  }

  private void latest(Call call) {
    Map<String, LatencyMonitor.Event> events = monitor.events();
    ReplyWriter reply = call.reply();
    reply.array(events.size());
    events.forEach((name, event) -> {
      reply.array(4);
      reply.bulk(name);
      reply.integer(event.latest().unixSeconds());
      reply.integer(event.latest().millis());
      reply.integer(event.maxMillis());
    });
  }

  private void history(Call call) {
    LatencyMonitor.Event event = monitor.events().get(call.text(2));
    List<LatencyMonitor.Sample> samples = event == null ? List.of() : event.samples();
    call.reply().array(samples.size());
    for (LatencyMonitor.Sample sample : samples) {
      call.reply().array(2);
      call.reply().integer(sample.unixSeconds());
      call.reply().integer(sample.millis());
    }
  }

  private void reset(Call call) {
    if (call.argc() == 2) {
      call.reply().integer(monitor.events().size());
      monitor.events().clear();
      return;
    }
    int forgotten = 0;
    for (int i = 2; i < call.argc(); i++) {
      forgotten += monitor.forget(call.text(i)) ? 1 : 0;
    }
    call.reply().integer(forgotten);
  }

  private void graph(Call call) {
    String name = call.text(2);
    LatencyMonitor.Event event = monitor.events().get(name);
    if (event == null) {
      throw new CommandError("ERR No samples available for event '" + name + "'");
    }
    String drawing = LatencyGraph.draw(name, event, call.nowMillis() / 1000);
    call.reply().verbatim("txt", drawing.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void doctor(Call call) {
    StringBuilder text = new StringBuilder();
    if (monitor.events().isEmpty()) {
      text.append(
          monitor.isOff()
              ? "Latency is not being watched: CONFIG SET latency-monitor-threshold"
                  + " <milliseconds> begins.\n"
              : "No event has reached the threshold.\n");
    }
    monitor
        .events()
        .forEach((name, event) -> {
          double sum = 0;
          for (LatencyMonitor.Sample sample : event.samples()) {
            sum += sample.millis();
          }
          text.append(
              String.format(
                  Locale.ROOT,
                  "%s: %d samples, on average %.1f ms, at most %d ms, last %d ms.%n",
                  name,
                  event.samples().size(),
                  sum / event.samples().size(),
                  event.maxMillis(),
                  event.latest().millis()));
        });
    call.reply().verbatim("txt", text.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private void histogram(Call call) {
    List<Command> asked = new ArrayList<>();
    if (call.argc() == 2) {
      for (Command command : commands.all()) {
        addWithChildren(command, asked);
      }
    }
    for (int i = 2; i < call.argc(); i++) {
      Command command = commands.find(call.text(i));
      if (command != null) {
        addWithChildren(command, asked);
      }
    }
    int told = 0;
    call.reply().begin();
    for (Command command : asked) {
      LatencyHistogram histogram = monitor.histogram(command);
      if (histogram != null) {
        call.reply().bulk(command.fullName());
        describe(call.reply(), histogram);
        told++;
      }
    }
    call.reply().endMap(told);
  }

  private static void addWithChildren(Command command, List<Command> to) {
    to.add(command);
    to.addAll(command.subcommands().values());
  }

  private static void describe(ReplyWriter reply, LatencyHistogram histogram) {
    reply.map(2);
    reply.bulk("calls");
    reply.integer(histogram.total());
    reply.bulk("histogram_usec");
    reply.begin();
    int told =
        histogram.powers((micros, cumulative) -> {
          reply.integer(micros);
          reply.integer(cumulative);
        });
    reply.endMap(told);
  }
}
