/** The contracts between the stages, the orchestration, and data sets in and out. */
module io.github.iaa4j.core {
  requires static org.jspecify;
  requires transitive java.desktop;
  requires com.google.gson;
  requires org.slf4j;
}
