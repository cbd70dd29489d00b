/** ONNX Runtime for the other modules. */
@SuppressWarnings({"module", "requires-transitive-automatic"}) // Exports to modules compiled later.
module io.github.iaa4j.onnx {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires transitive com.microsoft.onnxruntime;
  requires org.slf4j;

  exports io.github.iaa4j.onnx;
  exports io.github.iaa4j.onnx.internal to
      io.github.iaa4j.diffusion,
      io.github.iaa4j.wsss;
}
