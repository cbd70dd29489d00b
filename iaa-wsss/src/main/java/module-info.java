/** Weakly supervised semantic segmentation. */
module io.github.iaa4j.wsss {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires transitive io.github.iaa4j.onnx;
  requires com.google.gson;
  requires com.google.protobuf;
  requires com.microsoft.onnxruntime;
  requires org.slf4j;
  requires org.tribuo.util.onnx;

  // Training alone needs DJL.
  requires static ai.djl.api;
  requires static ai.djl.pytorch_engine;

  exports io.github.iaa4j.wsss;
  exports io.github.iaa4j.wsss.crf;
  exports io.github.iaa4j.wsss.external;
  exports io.github.iaa4j.wsss.pseudomask;
  exports io.github.iaa4j.wsss.training;

  opens io.github.iaa4j.wsss.external to
      com.google.gson;
  opens io.github.iaa4j.wsss.internal to
      com.google.gson;
  opens io.github.iaa4j.wsss.internal.onnx to
      com.google.gson;
  opens io.github.iaa4j.wsss.training to
      com.google.gson;
}
