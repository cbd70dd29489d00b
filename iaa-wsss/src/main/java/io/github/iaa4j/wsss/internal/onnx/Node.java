package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node of a graph, with its attributes by name. */
public final class Node {

  private final NodeProto proto;
  private final long opset;
  private final Map<String, AttributeProto> attributes = new HashMap<>();

  Node(NodeProto proto, long opset) {
    this.proto = proto;
    this.opset = opset;
    proto.getAttributeList().forEach(each -> attributes.put(each.getName(), each));
  }

  /** The operator, with its domain before it where that is not ONNX's own. */
  public String operator() {
    String domain = proto.getDomain();
    return domain.isEmpty() || domain.equals("ai.onnx")
        ? proto.getOpType()
        : domain + "." + proto.getOpType();
  }

  /** The version of ONNX's operator set that the file is written for. */
  public long opset() {
    return opset;
  }

  /** What messages call it: its name, or that of its first output. */
  public String name() {
    return proto.getName().isEmpty() ? proto.getOutput(0) : proto.getName();
  }

  /** The names of the values that it reads; empty where an optional one is left out. */
  public List<String> inputs() {
    return proto.getInputList();
  }

  /** The names of the values that it makes; empty where an optional one is left out. */
  public List<String> outputs() {
    return proto.getOutputList();
  }

  /** The name of an input, empty if there is none. */
  public String input(int index) {
    return index < proto.getInputCount() ? proto.getInput(index) : "";
  }

  /** Whether an attribute is there. */
  public boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  /** An integer. */
  public long integer(String attribute, long otherwise) {
    AttributeProto found = attributes.get(attribute);
    return found == null ? otherwise : found.getI();
  }

  /** A number. */
  public float number(String attribute, double otherwise) {
    AttributeProto found = attributes.get(attribute);
    return found == null ? (float) otherwise : found.getF();
  }

  /** A text. */
  public String text(String attribute, String otherwise) {
    AttributeProto found = attributes.get(attribute);
    return found == null ? otherwise : found.getS().toStringUtf8();
  }

  /** Integers, or null. */
  public long @Nullable [] integers(String attribute) {
    AttributeProto found = attributes.get(attribute);
    return found == null ? null : found.getIntsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** Integers. */
  public long[] integers(String attribute, long... otherwise) {
    long[] found = integers(attribute);
    return found == null ? otherwise : found;
  }

  /** A tensor, or null. */
  public @Nullable HostTensor tensor(String attribute) {
    AttributeProto found = attributes.get(attribute);
    return found == null ? null : HostTensor.of(found.getT());
  }

  /** The value of a {@code Constant}. */
  public HostTensor constant() {
    HostTensor tensor = tensor("value");
    if (tensor != null) {
      return tensor;
    }
    if (has("value_int")) {
      return HostTensor.scalar(HostTensor.Type.INTEGER, (double) integer("value_int", 0));
    }
    if (has("value_float")) {
      return HostTensor.scalar(HostTensor.Type.FLOAT, number("value_float", 0));
    }
    AttributeProto floats = attributes.get("value_floats");
    if (floats != null) {
      List<Float> list = floats.getFloatsList();
      return new HostTensor(
          HostTensor.Type.FLOAT,
          new long[] {list.size()},
          list.stream().mapToDouble(Float::doubleValue).toArray());
    }
    return HostTensor.integers(integers("value_ints", new long[0]));
  }

  /** The node as the file has it. */
  public NodeProto proto() {
    return proto;
  }
}
