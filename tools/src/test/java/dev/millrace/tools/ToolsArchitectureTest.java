package dev.millrace.tools;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The borders of this module. Think hard about layering before adding to an allow-list. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class ToolsArchitectureTest {
  @ArchTest
  static final ArchRule USES_THE_MODULES_BELOW_AND_FEW_LIBRARIES =
      classes()
          .that()
          .resideInAPackage("dev.millrace.tools..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.millrace.tools..",
              "dev.millrace.engine..",
              "dev.millrace.aof",
              "dev.millrace.backlog",
              "java..",
              "picocli",
              "org.HdrHistogram",
              "org.jspecify.annotations");

  @ArchTest
  static final ArchRule NOTHING_BELOW_USES_THE_TOOLS =
      noClasses()
          .that()
          .resideInAnyPackage("dev.millrace.engine..", "dev.millrace.aof", "dev.millrace.backlog")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.millrace.tools..")
          .because("only tools and bench stand above the engine");
}
