/** The HTML report of a run. */
module io.github.iaa4j.report {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires com.google.gson;
  requires java.desktop;

  exports io.github.iaa4j.report;

  opens io.github.iaa4j.report to
      com.google.gson;
}
