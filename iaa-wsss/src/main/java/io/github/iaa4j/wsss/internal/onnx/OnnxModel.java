package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.GraphFile;
import io.github.iaa4j.onnx.internal.Remedies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX file with all its weights. Immutable: each edit makes another model of the same file, and
 * whatever it does not change is written back as it was read.
 */
public final class OnnxModel {

  /** What a message about a backbone tells its reader to do. */
  public static final Remedies REMEDIES =
      Remedies.always("Export it again as tools/backbones/README.md says.");

  private static final Pattern QUANTISED =
      Pattern.compile("QLinear.*|.*QuantizeLinear|ConvInteger|MatMulInteger");

  private final Path file;
  private final ModelProto proto;
  private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> producers = new HashMap<>();

  private OnnxModel(Path file, ModelProto proto) {
    this.file = file;
    this.proto = proto;
    proto.getGraph().getInitializerList().forEach(each -> initializers.put(each.getName(), each));
    long opset = opset(proto);
    for (NodeProto each : proto.getGraph().getNodeList()) {
      Node node = new Node(each, opset);
      nodes.add(node);
      node.outputs().forEach(output -> producers.put(output, node));
    }
  }

  /**
   * Reads a file, and the weights that it keeps in other files.
   *
   * @throws ModelException if it or its weights are missing, cut off or no ONNX, or the graph is
   *     quantised or in half precision, which cannot be trained
   */
  public static OnnxModel read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          file, null, "there is no such file. Name the ONNX file of a backbone.", null);
    }
    GraphFile.requireComplete(file, REMEDIES);
    try {
      return of(file, ModelProto.parseFrom(Files.readAllBytes(file)));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException(
          file, null, "this is not an ONNX file, or a damaged one. " + REMEDIES.unloadable(), e);
    } catch (IOException e) {
      throw new ModelException(file, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * A model that is not in a file, or not yet.
   *
   * @param file for messages, and where its external weights are
   * @throws ModelException as {@link #read}
   */
  public static OnnxModel of(Path file, ModelProto proto) {
    GraphProto.Builder graph = proto.getGraph().toBuilder();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      TensorProto tensor = graph.getInitializer(i);
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        graph.setInitializer(i, internal(file, tensor));
      }
    }
    OnnxModel model = new OnnxModel(file, proto.toBuilder().setGraph(graph).build());
    model.requireTrainable();
    return model;
  }

  private static TensorProto internal(Path file, TensorProto tensor) {
    Map<String, String> entries = entries(tensor.getExternalDataList());
    Path data = file.resolveSibling(entries.getOrDefault("location", ""));
    // No channel: an interrupt would close it, and look like a file that cannot be read.
    try (InputStream values = Files.newInputStream(data)) {
      long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
      String length = entries.get("length");
      long size = Files.size(data);
      int wanted = Math.toIntExact(length == null ? size - offset : Long.parseLong(length));
      if (offset + wanted > size) {
        throw new ModelException(
            file,
            tensor.getName(),
            "its values are in "
                + data
                + ", which ends after "
                + size
                + " bytes and before them. Download or export it again.",
            null);
      }
      values.skipNBytes(offset);
      byte[] bytes = values.readNBytes(wanted);
      return tensor.toBuilder()
          .clearExternalData()
          .clearDataLocation()
          .setRawData(ByteString.copyFrom(bytes))
          .build();
    } catch (IOException | ArithmeticException e) {
      throw new ModelException(
          file,
          tensor.getName(),
          "its values are in " + data + ", which cannot be read: " + e.getMessage(),
          e);
    }
  }

  private static Map<String, String> entries(List<StringStringEntryProto> list) {
    Map<String, String> entries = new LinkedHashMap<>();
    list.forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    return entries;
  }

  private void requireTrainable() {
    for (Node node : nodes) {
      if (QUANTISED.matcher(node.proto().getOpType()).matches()) {
        throw new ModelException(
            file,
            node.name(),
            "the graph is quantised to 8 bits (operator "
                + node.operator()
                + "), and such weights cannot be trained. Export it in float32.",
            null);
      }
    }
    for (TensorProto tensor : initializers.values()) {
      TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
      if (type == TensorProto.DataType.FLOAT16 || type == TensorProto.DataType.BFLOAT16) {
        throw new ModelException(
            file,
            tensor.getName(),
            "the weights are " + type + ", and training needs float32. Export it in float32.",
            null);
      }
    }
  }

  /** The file that this was read from. */
  public Path file() {
    return file;
  }

  /** The version of ONNX's own operator set. */
  public long opset() {
    return opset(proto);
  }

  private static long opset(ModelProto proto) {
    return proto.getOpsetImportList().stream()
        .filter(each -> each.getDomain().isEmpty() || each.getDomain().equals("ai.onnx"))
        .mapToLong(OperatorSetIdProto::getVersion)
        .findFirst()
        .orElse(1);
  }

  /** The file's metadata. */
  public Map<String, String> metadata() {
    return entries(proto.getMetadataPropsList());
  }

  /** The nodes, each after those that it reads. */
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** The node that makes a value, or null. */
  public @Nullable Node producer(String value) {
    return producers.get(value);
  }

  /** The weights and constants by name. */
  public Map<String, TensorProto> initializers() {
    return Collections.unmodifiableMap(initializers);
  }

  /** The inputs that are no weights. */
  public List<ValueInfoProto> inputs() {
    return proto.getGraph().getInputList().stream()
        .filter(input -> !initializers.containsKey(input.getName()))
        .toList();
  }

  /** The names of the outputs. */
  public List<String> outputs() {
    return proto.getGraph().getOutputList().stream().map(ValueInfoProto::getName).toList();
  }

  /**
   * The name of the images' input.
   *
   * @throws ModelException if there is more than one input
   */
  public String imageInput() {
    List<ValueInfoProto> inputs = inputs();
    if (inputs.size() != 1) {
      throw new ModelException(
          file,
          null,
          "expected one input, the images, found "
              + inputs.stream().map(ValueInfoProto::getName).toList()
              + ". "
              + REMEDIES.otherNames(),
          null);
    }
    return inputs.get(0).getName();
  }

  /**
   * The nodes that some values need, in order.
   *
   * @throws ModelException if there is no such value
   */
  public List<Node> ancestors(Collection<String> values) {
    Set<String> wanted = new HashSet<>();
    for (String value : values) {
      if (!producers.containsKey(value)) {
        throw new ModelException(
            file,
            value,
            "the graph makes no such value. Its outputs are "
                + outputs()
                + "; any value that a node makes can be named too.",
            null);
      }
      wanted.add(value);
    }
    List<Node> found = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (node.outputs().stream().anyMatch(wanted::contains)) {
        wanted.addAll(node.inputs());
        found.add(node);
      }
    }
    Collections.reverse(found);
    return found;
  }

  /** The nodes that read a value. */
  public List<Node> consumers(String value) {
    return nodes.stream().filter(node -> node.inputs().contains(value)).toList();
  }

  /** A model whose graph is changed. */
  public OnnxModel edited(Consumer<GraphProto.Builder> edit) {
    GraphProto.Builder graph = proto.getGraph().toBuilder();
    edit.accept(graph);
    return new OnnxModel(file, proto.toBuilder().setGraph(graph).build());
  }

  /** A model whose graph has these outputs, of any shape, and nothing that they do not need. */
  public OnnxModel cutTo(List<String> outputs) {
    List<Node> needed = ancestors(outputs);
    Set<String> read = new HashSet<>(outputs);
    needed.forEach(node -> read.addAll(node.inputs()));
    return edited(
        graph -> {
          graph.clearNode().clearOutput().clearInitializer().clearValueInfo().clearInput();
          inputs().forEach(graph::addInput);
          needed.forEach(node -> graph.addNode(node.proto()));
          initializers.values().stream()
              .filter(tensor -> read.contains(tensor.getName()))
              .forEach(graph::addInitializer);
          Map<String, ValueInfoProto> declared = new HashMap<>();
          proto
              .getGraph()
              .getOutputList()
              .forEach(output -> declared.put(output.getName(), output));
          outputs.forEach(name -> graph.addOutput(declared.getOrDefault(name, Protos.value(name))));
        });
  }

  /**
   * A model whose initializers each have one name. PyTorch's exporter merges equal initializers
   * through {@code Identity} nodes; left so, they would train as one.
   */
  public OnnxModel untied() {
    Set<String> outputs = new HashSet<>(outputs());
    return edited(
        graph -> {
          graph.clearNode();
          for (Node node : nodes) {
            TensorProto tensor = initializers.get(node.input(0));
            if (tensor != null
                && node.operator().equals("Identity")
                && !outputs.contains(node.outputs().get(0))) {
              graph.addInitializer(tensor.toBuilder().setName(node.outputs().get(0)));
            } else {
              graph.addNode(node.proto());
            }
          }
        });
  }

  /**
   * A model with other values of some initializers.
   *
   * @param values by name, as many as each has
   */
  public OnnxModel withValues(Map<String, float[]> values) {
    return edited(
        graph -> {
          for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto tensor = graph.getInitializer(i);
            float[] changed = values.get(tensor.getName());
            if (changed != null) {
              graph.setInitializer(
                  i, Protos.tensor(tensor.getName(), changed, HostTensor.shape(tensor)));
            }
          }
        });
  }

  /** The dimensions of an initializer. */
  public long[] shape(String initializer) {
    return HostTensor.shape(required(initializer));
  }

  private TensorProto required(String initializer) {
    TensorProto tensor = initializers.get(initializer);
    if (tensor == null) {
      throw new IllegalArgumentException(initializer);
    }
    return tensor;
  }

  /** The values of an initializer of float32. */
  public float[] values(String initializer) {
    TensorProto tensor = required(initializer);
    if (tensor.hasRawData()) {
      float[] values = new float[tensor.getRawData().size() / Float.BYTES];
      tensor
          .getRawData()
          .asReadOnlyByteBuffer()
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values);
      return values;
    }
    return HostTensor.of(tensor).floats();
  }

  /** The bytes of the file; the same model gives the same bytes. */
  public byte[] toByteArray() {
    return proto.toByteArray();
  }

  /** A node's attributes with one changed. */
  static NodeProto with(NodeProto node, AttributeProto attribute) {
    NodeProto.Builder builder = node.toBuilder().clearAttribute();
    node.getAttributeList().stream()
        .filter(each -> !each.getName().equals(attribute.getName()))
        .forEach(builder::addAttribute);
    return builder.addAttribute(attribute).build();
  }
}
