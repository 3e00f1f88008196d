package dev.millrace.engine.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * The C library of PUC Lua 5.1, taken from the class path (the jar of {@code lua51-platform} holds
 * one for each platform) and loaded once for the whole process.
 *
 * <p>Any thread.
 */
final class LuaLibrary {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = load();

  private LuaLibrary() {}

  private static String resource() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch", "");
    boolean arm = machine.equals("aarch64");
    if (system.contains("linux")) {
      return arm ? "liblua51arm64.so" : "liblua5164.so";
    }
    if (system.contains("mac")) {
      return arm ? "liblua51arm64.dylib" : "liblua5164.dylib";
    }
    throw new IllegalStateException("no Lua for " + system + " on " + machine);
  }

  private static SymbolLookup load() {
    String name = resource();
    try (InputStream packed = LuaLibrary.class.getResourceAsStream("/" + name)) {
      if (packed == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      // The system's loader wants a file; once loaded, its name is no longer needed.
      Path file = Files.createTempFile("millrace-", "-" + name);
      try {
        Files.copy(packed, file, StandardCopyOption.REPLACE_EXISTING);
        return SymbolLookup.libraryLookup(file, Arena.global());
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Lua cannot be unpacked to " + tempDirectory(), e);
    }
  }

  private static String tempDirectory() {
    return System.getProperty("java.io.tmpdir", "the temporary directory");
  }

  /** Address of a C function. */
  static long address(String function) {
    return SYMBOLS.findOrThrow(function).address();
  }

  /** A handle to a C function. */
  static MethodHandle handle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(SYMBOLS.findOrThrow(function), type);
  }

  /**
   * A handle to a C function that returns soon, allocates nothing and raises nothing: the call is
   * made without telling the JVM, which saves most of its cost.
   */
  static MethodHandle quickHandle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(
        SYMBOLS.findOrThrow(function), type, Linker.Option.critical(false));
  }

  /** A handle to a function of the C library of the system, under the same conditions. */
  static MethodHandle systemHandle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(function), type, Linker.Option.critical(false));
  }

  /** The address of C code that calls {@code target}; it holds as long as {@code arena}. */
  static long upcall(MethodHandle target, FunctionDescriptor type, Arena arena) {
    return LINKER.upcallStub(target, type, arena).address();
  }
}
