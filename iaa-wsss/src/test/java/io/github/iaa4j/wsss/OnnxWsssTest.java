package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.onnx.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model in use: several threads, closing, devices, images of any size. */
class OnnxWsssTest {

  @TempDir static Path folder;

  private static OnnxWsss model;

  @BeforeAll
  static void fit() {
    model =
        WsssTrainingTest.small()
            .classifierSteps(2)
            .segmenterSteps(2)
            .build()
            .fit(Blobs.dataset(8, 32, 1), folder);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void callsInProgressEndNormallyWhenTheModelIsClosed() throws Exception {
    RgbImage image = Blobs.dataset(1, 32, 4).images().get(0).image();
    LabelMask expected = model.segment(image);
    for (int i = 0; i < 50; i++) {
      OnnxWsss busy = OnnxWsss.load(folder);
      CountDownLatch running = new CountDownLatch(2);
      List<CompletableFuture<Void>> users = new ArrayList<>();
      for (int user = 0; user < 2; user++) {
        users.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    while (true) {
                      assertThat(busy.segment(image)).isEqualTo(expected);
                      running.countDown();
                    }
                  } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("is closed");
                  }
                },
                task -> new Thread(task).start()));
      }
      assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
      busy.close();
      for (CompletableFuture<Void> user : users) {
        user.get();
      }
    }
  }

  @Test
  void closingTwiceHasNoEffectAndLaterCallsThrow() {
    OnnxWsss closed = OnnxWsss.load(folder);
    closed.close();
    closed.close();

    assertThatThrownBy(() -> closed.segment(new RgbImage(8, 8, new byte[192])))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void severalThreadsGetWhatOneThreadGets() throws Exception {
    List<RgbImage> images =
        Blobs.dataset(6, 40, 9).images().stream().map(image -> image.image()).toList();
    List<List<Object>> expected = images.stream().map(OnnxWsssTest::everything).toList();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<List<Object>>>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(threads.submit(() -> images.stream().map(OnnxWsssTest::everything).toList()));
      }
      for (Future<List<List<Object>>> result : results) {
        assertThat(result.get()).usingRecursiveComparison().isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  private static List<Object> everything(RgbImage image) {
    return List.of(
        model.score(image),
        model.cams(image),
        model.pseudoMask(image, List.of("disc", "square")),
        model.segment(image));
  }

  @Test
  void bothNetworksAreLoadedOnTheDevice() {
    AtomicInteger networks = new AtomicInteger();
    Device device = Device.provider("counted", options -> networks.incrementAndGet());

    OnnxWsss.load(folder, device).close();

    assertThat(networks).hasValue(2);
  }

  @Test
  void aDeviceThatThisBuildLacksIsNamedWithItsArtifact() {
    assertThatThrownBy(() -> OnnxWsss.load(folder, Device.cuda(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cuda:0")
        .hasMessageContaining("com.microsoft.onnxruntime:onnxruntime_gpu");
  }

  @Test
  void pseudoMasksShowOnlyTheLabelsTheyAreGiven() {
    RgbImage image = Blobs.dataset(1, 32, 4).images().get(0).image();

    LabelMask mask = model.pseudoMask(image, List.of("square"));

    for (byte index : mask.indices()) {
      assertThat((int) index).isIn(0, 2);
    }
    assertThatThrownBy(() -> model.pseudoMask(image, List.of("zebra")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("zebra")
        .hasMessageContaining("disc");
  }

  @Test
  void theMapsOfAMirroredImageAreTheMirroredMaps() {
    RgbImage image = Blobs.dataset(1, 40, 5).images().get(0).image();
    byte[] mirrored = new byte[image.pixels().length];
    for (int i = 0; i < 40 * 40; i++) {
      int to = i - i % 40 + 39 - i % 40;
      System.arraycopy(image.pixels(), 3 * i, mirrored, 3 * to, 3);
    }

    float[][] cams = model.cams(image);
    float[][] mirroredCams = model.cams(new RgbImage(40, 40, mirrored));

    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < 40 * 40; i++) {
        assertThat(mirroredCams[k][i - i % 40 + 39 - i % 40]).isCloseTo(cams[k][i], within(1e-4f));
      }
    }
  }

  @Test
  void imagesOfAnySizeAreMaskedAtTheirSize() {
    RgbImage wide = new RgbImage(75, 21, new byte[75 * 21 * 3]);

    assertThat(model.segment(wide))
        .extracting(LabelMask::width, LabelMask::height)
        .containsExactly(75, 21);
    assertThat(model.pseudoMask(wide, List.of("disc")).indices()).hasSize(75 * 21);
    assertThat(model.cams(wide)[1]).hasSize(75 * 21);
    assertThat(model.segment(new RgbImage(1, 1, new byte[3])).indices()).hasSize(1);
  }
}
