package dev.millrace.backlog;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The borders of this module. Think hard about layering before adding to an allow-list. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class BacklogArchitectureTest {
  @ArchTest
  static final ArchRule DEPENDS_ON_THE_JDK_AND_THE_RING_ONLY =
      classes()
          .that()
          .resideInAPackage("dev.millrace.backlog")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.millrace.backlog",
              "java.lang..",
              "java.util..",
              "java.nio",
              "org.jspecify.annotations",
              "com.lmax.disruptor")
          .because("the stream in memory knows bytes and offsets, no file, socket or command");

  @ArchTest
  static final ArchRule TAKES_NO_LOCK =
      noClasses()
          .that()
          .resideInAPackage("dev.millrace.backlog")
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.util\\.concurrent\\.locks\\.(?!LockSupport).*")
          .because("the executor never waits (L6); LockSupport alone is for those who sleep");
}
