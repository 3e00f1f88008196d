package dev.millrace.engine.admin;

/** One section of INFO. Called on the executor thread. */
public interface InfoSection {
  /** Its name in lower case, by which it is asked for. */
  String name();

  /** Its heading. */
  String heading();

  /** True when INFO shows it without being asked for it. */
  default boolean isDefault() {
    return true;
  }

  /** Writes its fields. */
  void write(InfoWriter out);

  /** The fields of a section. */
  @FunctionalInterface
  interface Fields {
    /** Writes them. */
    void write(InfoWriter out);
  }

  /** A section of these fields. */
  static InfoSection of(String heading, Fields fields) {
    return of(heading, true, fields);
  }

  /** A section of these fields. */
  static InfoSection of(String heading, boolean isDefault, Fields fields) {
    String name = heading.toLowerCase(java.util.Locale.ROOT);
    return new InfoSection() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String heading() {
        return heading;
      }

      @Override
      public boolean isDefault() {
        return isDefault;
      }

      @Override
      public void write(InfoWriter out) {
        fields.write(out);
      }
    };
  }
}
