package dev.millrace.aof;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The borders of this module. Think hard before you widen one: a class that must be let through is
 * more often in the wrong module.
 */
class ArchitectureTest {
  private static final JavaClasses MODULE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.millrace.aof");

  @Test
  void shouldUseOnlyTheStreamInMemoryAndItsOwnLibraries() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.millrace.aof",
            "dev.millrace.backlog",
            "java..",
            "com.lmax.disruptor..",
            "net.openhft.chronicle..",
            "org.slf4j..",
            "org.jspecify..")
        .check(MODULE);
  }

  @Test
  void shouldOpenFilesOnlyInTheSegmentStore() {
    noClasses()
        .that()
        .doNotHaveSimpleName("FileSegmentStore")
        .and()
        .doNotHaveSimpleName("FileSegmentFile")
        .should()
        .callMethodWhere(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "opens a file", ArchitectureTest::opensAFile))
        .check(MODULE);
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.io\\.(RandomAccessFile|File(Input|Output)Stream|File(Reader|Writer))")
        .check(MODULE);
  }

  @Test
  void shouldCallSendfileOnlyInItsOwnBinding() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Sendfile")
        .should()
        .callMethod(
            FileChannel.class,
            "transferTo",
            long.class,
            long.class,
            java.nio.channels.WritableByteChannel.class)
        .check(MODULE);
  }

  @Test
  void shouldUseTheClockItIsGiven() {
    noClasses()
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .check(MODULE);
  }

  private static boolean opensAFile(JavaMethodCall call) {
    String method = call.getName();
    if (call.getTargetOwner().isEquivalentTo(FileChannel.class)) {
      return method.equals("open");
    }
    if (call.getTargetOwner().isEquivalentTo(Files.class)) {
      return Stream.of("newByte", "newInput", "newOutput", "newBuffered", "read", "write", "lines")
          .anyMatch(method::startsWith);
    }
    return call.getTargetOwner().getSimpleName().equals("Descriptors")
        && method.equals("openToRead");
  }
}
