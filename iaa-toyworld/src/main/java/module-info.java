/** A drawn, captioned, exactly masked data set with a tiny checkpoint of that world. */
module io.github.iaa4j.toyworld {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires java.desktop;
  requires com.google.gson;

  exports io.github.iaa4j.toyworld;
}
