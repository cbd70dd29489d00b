package io.github.iaa4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.StableDiffusion;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeviceTest {

  @Test
  void tellsCudaToSearchByHeuristic() {
    assertThat(Device.cudaOptions(Map.of()))
        .containsExactly(Map.entry("cudnn_conv_algo_search", "HEURISTIC"));
  }

  @Test
  void tellsCudaWhatTheUserSaid() {
    assertThat(
            Device.cudaOptions(
                Map.of("gpu_mem_limit", "8589934592", "cudnn_conv_algo_search", "EXHAUSTIVE")))
        .containsExactly(
            Map.entry("cudnn_conv_algo_search", "EXHAUSTIVE"),
            Map.entry("gpu_mem_limit", "8589934592"));
  }

  @Test
  void hasNoGpuBelowNumberZero() {
    assertThatThrownBy(() -> Device.cuda(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void hasAName() {
    assertThat(Device.cpu()).hasToString("cpu");
    assertThat(Device.cuda(1)).hasToString("cuda:1");
  }

  @Test
  void saysWhatCudaNeeds() {
    assertThatThrownBy(() -> load(Device.cuda(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cuda:0")
        .hasMessageContaining("onnxruntime_gpu");
  }

  @Test
  void handsTheOptionsOfEachNetworkToAProvider() {
    AtomicInteger networks = new AtomicInteger();
    Device device =
        Device.provider(
            "mine",
            options -> {
              options.setMemoryPatternOptimization(false);
              networks.incrementAndGet();
            });

    load(device).close();

    assertThat(networks).as("text encoder, UNet, decoder").hasValue(3);
  }

  @Test
  void namesAProviderThatIsNotThere() {
    Device device =
        Device.provider(
            "mine",
            options -> {
              throw new OrtException("no such provider");
            });

    assertThatThrownBy(() -> load(device))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device mine")
        .hasMessageContaining("no such provider");
  }

  private static StableDiffusion load(Device device) {
    return StableDiffusion.load(Golden.path("tiny-sd"))
        .scheduler("DDIMScheduler")
        .steps(2)
        .device(device)
        .build();
  }
}
