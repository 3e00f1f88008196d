package dev.millrace.bench.sidebyside;

import java.util.List;
import java.util.Locale;

/**
 * Draws the ratios of a report as horizontal bars: throughput above, processor time below, with a
 * line where both servers are equal. Plain SVG 1.1, in colours that read on light and dark pages.
 */
final class RatioChart {
  private static final int LABEL_WIDTH = 210;
  private static final int BARS_WIDTH = 420;
  private static final int WIDTH = LABEL_WIDTH + BARS_WIDTH + 70;
  private static final int ROW = 34;
  private static final int BAR = 12;
  private static final int TOP = 56;
  private static final int LINE = 16;
  private static final String THROUGHPUT = "#2f7d4f";
  private static final String PROCESSOR = "#b0703a";
  private static final String TEXT = "#808080";

  private RatioChart() {}

  /** The picture; the heading's lines stand below it. */
  static String svg(Report report, List<String> heading) {
    List<Report.Line> lines = report.lines();
    double most = 1;
    for (Report.Line line : lines) {
      most = Math.max(most, line.ratio(Sample::requestsPerSecond));
      most = Math.max(most, line.ratio(Sample::cpuMicrosPerRequest));
    }
    double scale = BARS_WIDTH / most;
    List<String> notes =
        heading.stream().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    int bottom = TOP + ROW * lines.size();
    int height = bottom + LINE * (notes.size() + 1) + 8;
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
            WIDTH,
            height,
            WIDTH,
            height));
    text(
        svg,
        LABEL_WIDTH,
        18,
        THROUGHPUT,
        "start",
        "requests per second, Millrace / other: more is better");
    text(
        svg,
        LABEL_WIDTH,
        36,
        PROCESSOR,
        "start",
        "processor time per request, Millrace / other: less is better");
    int y = TOP;
    for (Report.Line line : lines) {
      text(
          svg,
          LABEL_WIDTH - 8,
          y + BAR + 4,
          TEXT,
          "end",
          line.run().title() + " · " + line.other().title());
      bar(svg, y, line.ratio(Sample::requestsPerSecond), scale, THROUGHPUT);
      bar(svg, y + BAR + 2, line.ratio(Sample::cpuMicrosPerRequest), scale, PROCESSOR);
      y += ROW;
    }
    double one = LABEL_WIDTH + scale;
    add(
        svg,
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\" stroke-dasharray=\"4 3\"/>",
            one,
            TOP - 8,
            one,
            bottom,
            TEXT));
    int note = bottom + LINE;
    for (String line : notes) {
      text(svg, 8, note, TEXT, "start", line);
      note += LINE;
    }
    return svg.append("</svg>\n").toString();
  }

  private static void bar(StringBuilder svg, int y, double ratio, double scale, String colour) {
    double width = Double.isNaN(ratio) ? 0 : ratio * scale;
    add(
        svg,
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
            LABEL_WIDTH,
            y,
            width,
            BAR,
            colour));
    String figure = String.format(Locale.ROOT, "%.2f", ratio);
    text(svg, (int) (LABEL_WIDTH + width + 6), y + BAR - 2, TEXT, "start", figure);
  }

  private static void text(
      StringBuilder svg, int x, int y, String colour, String anchor, String text) {
    add(
        svg,
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" fill=\"%s\" text-anchor=\"%s\">%s</text>",
            x,
            y,
            colour,
            anchor,
            text.replace("&", "&amp;").replace("<", "&lt;")));
  }

  private static void add(StringBuilder svg, String line) {
    svg.append(line).append('\n');
  }
}
