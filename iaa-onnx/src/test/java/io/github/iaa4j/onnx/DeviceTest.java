package io.github.iaa4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.Models;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({
    "cpu, cpu, true",
    "cuda, cuda:0, false",
    "cuda:0, cuda:0, false",
    "cuda:12, cuda:12, false"
  })
  void isParsedFromItsName(String text, String name, boolean isCpu) {
    Device device = Device.parse(text);

    assertThat(device).hasToString(name);
    assertThat(device.isCpu()).isEqualTo(isCpu);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda:0", "cuda:3"})
  void isParsedBackFromItsText(String name) {
    assertThat(Device.parse(name)).hasToString(name);
    assertThat(Device.parse(Device.parse(name).toString()).identity())
        .isEqualTo(Device.parse(name).identity());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:0 ", "cuda:99999"})
  void namesTheValidDevicesWhereATextIsNone(String text) {
    assertThatThrownBy(() -> Device.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("invalid device \"" + text + "\"")
        .hasMessageContaining("expected cpu, cuda (the first NVIDIA GPU) or cuda:N");
  }

  @Test
  void letsCudaSearchByHeuristicUnlessTheUserSaysOtherwise() {
    assertThat(Device.cudaOptions(Map.of()))
        .containsExactly(Map.entry("cudnn_conv_algo_search", "HEURISTIC"));
    assertThat(
            Device.cudaOptions(
                Map.of("gpu_mem_limit", "8589934592", "cudnn_conv_algo_search", "EXHAUSTIVE")))
        .containsExactly(
            Map.entry("cudnn_conv_algo_search", "EXHAUSTIVE"),
            Map.entry("gpu_mem_limit", "8589934592"));
  }

  @Test
  void refusesNegativeNumbersOfGpus() {
    assertThatThrownBy(() -> Device.cuda(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void saysWhatCudaNeedsWhereTheBuildHasNoProvider() {
    assertThatThrownBy(() -> load(Device.parse("cuda:1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device cuda:1 is not available")
        .hasMessageContaining("com.microsoft.onnxruntime:onnxruntime_gpu")
        .hasMessageContaining("CUDA and cuDNN");
  }

  @Test
  void passesTheOptionsOfEachSessionToAProvider() {
    AtomicInteger sessions = new AtomicInteger();
    Device device =
        Device.provider(
            "mine",
            options -> {
              options.setMemoryPatternOptimization(false);
              sessions.incrementAndGet();
            });

    load(device).close();
    load(device).close();

    assertThat(sessions).hasValue(2);
  }

  @Test
  void namesAProviderThatIsNotAvailable() {
    Device device =
        Device.provider(
            "mine",
            options -> {
              throw new OrtException("no such provider");
            });

    assertThatThrownBy(() -> load(device))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device mine is not available")
        .hasMessageContaining("no such provider");
  }

  @Test
  void keepsNoGraphsOfAProviderThatItDoesNotKnow() {
    Device device = Device.provider("mine", options -> {});

    assertThatThrownBy(() -> device.keepingGraphsIn(temporary))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device mine")
        .hasMessageContaining("Leave graphCache out");
  }

  private Graph load(Device device) {
    return Graph.load(Models.write(temporary.resolve("model")), device, Models.REMEDIES);
  }
}
