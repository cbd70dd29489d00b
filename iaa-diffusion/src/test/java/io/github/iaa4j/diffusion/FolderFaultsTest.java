package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a file or folder is told from its bytes, and the remedy comes first. */
class FolderFaultsTest {

  private static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3438167540\n";
  private static final String RAW = "ONNX Runtime says";

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.copy("tiny-sd", folder);
  }

  private void fails(Path file, String... parts) {
    assertThatThrownBy(() -> StableDiffusion.builder(folder).batch(1).build())
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> {
              assertThat(e.file()).isEqualTo(file);
              assertThat(e).hasMessageContainingAll(parts);
              int raw = e.getMessage().indexOf(RAW);
              if (raw >= 0) {
                assertThat(e.getMessage().lastIndexOf(parts[parts.length - 1])).isLessThan(raw);
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"text_encoder", "unet", "vae_decoder"})
  void aPointerOfGitLfs(String part) throws IOException {
    Files.writeString(graph(part), POINTER);

    fails(graph(part), "pointer of Git LFS", "git lfs pull");
  }

  @ParameterizedTest
  @CsvSource({"model_index.json", "unet/config.json", "tokenizer/vocab.json"})
  void aPointerOfGitLfsInPlaceOfAConfig(String name) throws IOException {
    Files.writeString(folder.resolve(name), POINTER);

    fails(folder.resolve(name), "pointer of Git LFS", "git lfs pull");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.5, 0.9, 0.999})
  void aDownloadThatDidNotFinish(double share) throws IOException {
    byte[] bytes = Files.readAllBytes(graph("unet"));
    Files.write(graph("unet"), Arrays.copyOf(bytes, (int) (bytes.length * share)));

    fails(graph("unet"), "cut off", "Download it again");
  }

  @Test
  void aFileThatIsOneByteShort() throws IOException {
    byte[] bytes = Files.readAllBytes(graph("unet"));
    Files.write(graph("unet"), Arrays.copyOf(bytes, bytes.length - 1));

    fails(graph("unet"), "ownload");
  }

  @Test
  void anEmptyFile() throws IOException {
    Files.write(graph("unet"), new byte[0]);

    fails(graph("unet"), "empty", "Download it again");
  }

  @ParameterizedTest
  @CsvSource({
    "'<!DOCTYPE html><html>', 'a web page, saved in place of the file'",
    "'Entry not found', 'an error message, saved in place of the file'",
    "'neither this nor that', 'not an ONNX file'"
  })
  void somethingElseInPlaceOfAGraph(String text, String problem) throws IOException {
    Files.writeString(graph("unet"), text);

    fails(graph("unet"), problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\b\0\0\0\0\0\0\0{}      ",
        "PK\u0003\u0004 a zip of torch",
        "\u0080\u0002 a pickle"
      })
  void weightsOfPyTorchUnderTheNameOfAGraph(String bytes) throws IOException {
    Files.write(graph("unet"), bytes.getBytes(StandardCharsets.ISO_8859_1));

    fails(graph("unet"), "PyTorch", "optimum-cli export onnx");
  }

  @Test
  void weightsThatAreNotBesideTheGraph() throws IOException {
    Files.delete(OnnxFile.externalise(graph("unet"), "model.onnx_data"));

    fails(graph("unet"), "weights are missing", "model.onnx_data", "Download that file too");
  }

  @Test
  void weightsThatWereRenamed() throws IOException {
    Path data = OnnxFile.externalise(graph("unet"), "model.onnx_data");
    Files.move(data, data.resolveSibling("unet.onnx_data"));

    fails(graph("unet"), "model.onnx_data", "unet.onnx_data", "give it its name back");
  }

  @Test
  void weightsThatAreCutOff() throws IOException {
    Path data = OnnxFile.externalise(graph("unet"), "weights.pb");
    byte[] bytes = Files.readAllBytes(data);
    Files.write(data, Arrays.copyOf(bytes, bytes.length / 2));

    fails(graph("unet"), "weights.pb has " + bytes.length / 2 + " bytes", "Download it again");
  }

  @Test
  void weightsThatAreAPointerOfGitLfs() throws IOException {
    Files.writeString(OnnxFile.externalise(graph("unet"), "model.onnx_data"), POINTER);

    fails(graph("unet"), "model.onnx_data", "git lfs pull");
  }

  @Test
  void weightsThatAreALinkElsewhere(@TempDir Path elsewhere) throws IOException {
    Path data = OnnxFile.externalise(graph("unet"), "model.onnx_data");
    Path target = elsewhere.resolve("data");
    Files.move(data, target);
    Files.createSymbolicLink(data, target);

    fails(graph("unet"), "a link out of the folder", "move the whole folder");
  }

  @Test
  void weightsBesideTheGraphAreRead() throws IOException {
    OnnxFile.externalise(graph("unet"), "model.onnx_data");

    StableDiffusion.builder(folder).batch(1).build().close();
  }

  @Test
  void operatorsOfAnotherDevice() throws IOException {
    OnnxFile.end(graph("unet"), "out_sample", "com.microsoft", "NhwcConv");

    fails(
        graph("unet"),
        "optimised for another device",
        "com.microsoft.NhwcConv",
        "optimum-cli export onnx");
  }

  @Test
  void operatorsThatNobodyKnows() throws IOException {
    OnnxFile.end(graph("unet"), "out_sample", "com.example", "Flash");

    fails(graph("unet"), "com.example.Flash", "optimum-cli export onnx");
  }

  @Test
  void aFormatThatIsTooNew() throws IOException {
    OnnxFile.edit(graph("unet"), model -> model.setIrVersion(99));

    fails(graph("unet"), "IR version 99", "--opset 17");
  }

  @Test
  void theOnlyGraphOfAnotherNameIsRead() throws IOException {
    Files.move(graph("unet"), folder.resolve("unet/model_fp16.onnx"));
    Files.writeString(folder.resolve("unet/._model.onnx"), "left by macOS");

    try (StableDiffusion model = StableDiffusion.builder(folder).batch(1).build()) {
      assertThat(model.notes())
          .contains(
              new ModelNote(
                  graph("unet"), null, "missing", "model_fp16.onnx, the only ONNX file there"));
    }
  }

  @Test
  void severalGraphsOfOtherNames() throws IOException {
    Files.move(graph("unet"), folder.resolve("unet/model_fp16.onnx"));
    Files.copy(folder.resolve("unet/model_fp16.onnx"), folder.resolve("unet/model_q4.onnx"));

    fails(graph("unet"), "model_fp16.onnx, model_q4.onnx", "Rename the one to use");
  }

  @Test
  void aPyTorchFolder() throws IOException {
    for (String part : List.of("text_encoder", "unet", "vae_decoder")) {
      Files.move(
          graph(part),
          folder.resolve(part).resolve("diffusion_pytorch_model.safetensors"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(folder.resolve("vae_decoder"), folder.resolve("vae"));

    fails(
        graph("text_encoder"),
        "This is a PyTorch folder",
        "optimum-cli export onnx --model " + folder);
  }

  @Test
  void aLinkThatLeadsNowhere() throws IOException {
    Files.delete(graph("unet"));
    Files.createSymbolicLink(graph("unet"), Path.of("../blobs/0123"));

    fails(graph("unet"), "a link that leads nowhere", "Download the model again");
  }

  @Test
  void aDownloadUnderWay() throws IOException {
    Files.move(graph("unet"), folder.resolve("unet/model.onnx.incomplete"));

    fails(graph("unet"), "did not finish", "model.onnx.incomplete");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1-5.safetensors", "v1-5.ckpt"})
  void aCheckpointInASingleFile(String name) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "weights");

    refuses(file, file, "single file", "from_single_file", "optimum-cli export onnx");
  }

  @Test
  void aFolderWithACheckpointInASingleFile(@TempDir Path other) throws IOException {
    Files.writeString(other.resolve("v1-5.safetensors"), "weights");

    refuses(other, other.resolve("model_index.json"), "v1-5.safetensors", "from_single_file");
  }

  @Test
  void aFileOfAModel() {
    refuses(graph("unet"), graph("unet"), "Name its folder");
  }

  @Test
  void aPartOfAModel() {
    Path part = folder.resolve("unet");

    refuses(part, part.resolve("model_index.json"), "Name the whole folder: " + folder);
  }

  @Test
  void aFolderAroundAModel(@TempDir Path cache) throws IOException {
    Path inside = cache.resolve("models--me--tiny/snapshots/0123");
    Golden.copy("tiny-sd", inside);

    refuses(cache, cache.resolve("model_index.json"), "Name the folder that holds it: " + inside);
  }

  @Test
  void theNameOfAModelOnAHub() {
    Path id = Path.of("someone/some-model");

    refuses(
        id, id.resolve("model_index.json"), "optimum-cli export onnx --model someone/some-model");
  }

  private static void refuses(Path path, Path file, String... parts) {
    assertThatThrownBy(() -> StableDiffusion.builder(path).build())
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.file()).isEqualTo(file))
        .hasMessageContainingAll(parts);
    assertThatThrownBy(() -> StableDiffusion.tokenCounter(path)).isInstanceOf(ModelException.class);
  }

  private Path graph(String part) {
    return folder.resolve(part).resolve("model.onnx");
  }
}
