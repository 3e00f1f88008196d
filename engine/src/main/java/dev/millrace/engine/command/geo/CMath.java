package dev.millrace.engine.command.geo;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's trigonometry. Java's own may differ from it in the last bit, which a stored
 * distance would show beside one of Redis. Stateless; any thread.
 */
final class CMath {
  private static final MethodHandle SIN = function("sin");
  private static final MethodHandle COS = function("cos");
  private static final MethodHandle ASIN = function("asin");

  private CMath() {}

  private static MethodHandle function(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE, ValueLayout.JAVA_DOUBLE),
        Linker.Option.critical(false));
  }

  static double sin(double x) {
    try {
      return (double) SIN.invokeExact(x);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static double cos(double x) {
    try {
      return (double) COS.invokeExact(x);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static double asin(double x) {
    try {
      return (double) ASIN.invokeExact(x);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
