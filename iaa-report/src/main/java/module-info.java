/** The HTML report of a run. */
module io.github.iaa4j.report {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires java.desktop;

  exports io.github.iaa4j.report;
}
