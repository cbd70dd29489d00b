package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Generating that is interrupted or closed. */
class StableDiffusionCancellationTest extends TinyStableDiffusion {

  @Test
  void stopsWhenInterrupted() {
    Thread caller = Thread.currentThread();

    assertStopsWhenPreviewed(caller::interrupt);
  }

  @Test
  void stopsWhenAnObserverInterruptsTheThreadThatCallsIt() {
    assertStopsWhenPreviewed(() -> Thread.currentThread().interrupt());
  }

  private static void assertStopsWhenPreviewed(Runnable interrupt) {
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            interrupt.run();
            return true;
          }
        };
    try (StableDiffusion model = tiny().build()) {
      assertThatThrownBy(() -> model.generate(endless(), recorder))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("interrupted");

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void stopsWhenClosedWhileGenerating() {
    StableDiffusion model = tiny().threads(2).build();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            model.close();
            return true;
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("closed");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  static Stream<Named<Consumer<StableDiffusion>>> waysToGenerate() {
    Prompt bird = new Prompt("a red bird", "");
    return Stream.of(
        named("image", model -> model.image(bird, 1)),
        named("images", model -> model.images(Collections.nCopies(1_000, bird), 1)),
        named("sample", model -> model.sample(model.initialNoise(1), "a red bird", "")));
  }

  @ParameterizedTest
  @MethodSource("waysToGenerate")
  void everyWayToGenerateEndsWhenInterrupted(Consumer<StableDiffusion> generate) {
    Thread caller = Thread.currentThread();
    Runnable interruptAndWaitUntilItIsSeen =
        () -> {
          caller.interrupt();
          while (Thread.currentThread() != caller && caller.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
        };
    try (StableDiffusion model = startingWith(interruptAndWaitUntilItIsSeen)) {
      assertThatThrownBy(() -> generate.accept(model))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("interrupted");

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("waysToGenerate")
  void everyWayToGenerateEndsWhenClosed(Consumer<StableDiffusion> generate) {
    AtomicReference<StableDiffusion> open = new AtomicReference<>();
    StableDiffusion model = startingWith(() -> open.get().close());
    open.set(model);

    assertThatThrownBy(() -> generate.accept(model))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("closed");

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThatThrownBy(() -> generate.accept(model)).isInstanceOf(IllegalStateException.class);
  }

  /** A model that does something before the first step of each job. */
  private static StableDiffusion startingWith(Runnable action) {
    return tiny()
        .imageToImage(
            job -> {
              action.run();
              return new RgbImage(32, 32, new byte[32 * 32 * 3]);
            },
            1)
        .build();
  }

  @Test
  void refusesToGenerateOnceItIsClosed() {
    StableDiffusion model = tiny().build();
    model.close();

    assertThatThrownBy(() -> model.generate(endless(), new Recorder()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> model.image(new Prompt("a red bird", ""), 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> model.sample(model.initialNoise(1), "a red bird", ""))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void showsNoMorePreviewsAfterItWasClosed() {
    List<Integer> previewed = new ArrayList<>();
    StableDiffusion model = tiny().batch(3).build();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            previewed.add(preview.job().slot());
            model.close();
            return true;
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class);

    assertThat(previewed).containsExactly(0);
  }

  @Test
  void decodesNoMoreImagesAfterItWasClosed() {
    StableDiffusion model = tiny().batch(3).build();
    Recorder recorder =
        new Recorder() {
          @Override
          public void onGenerated(GeneratedImage generated) {
            super.onGenerated(generated);
            model.close();
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class);

    assertThat(recorder.images).containsOnlyKeys(0);
  }

  @Test
  void passesOnWhatTheObserverThrows() {
    try (StableDiffusion model = tiny().threads(2).build()) {
      Recorder recorder =
          new Recorder() {
            @Override
            public void onGenerated(GeneratedImage generated) {
              throw new IllegalArgumentException("a full disk");
            }
          };

      assertThatThrownBy(() -> model.generate(endless(), recorder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a full disk");
    }
  }

  @Test
  void canBeClosedTwice() {
    StableDiffusion model = tiny().build();
    model.close();
    model.close();

    assertThatThrownBy(() -> model.promptTokens("a bird"))
        .isInstanceOf(IllegalStateException.class);
  }

  private static JobSource endless() {
    AtomicInteger next = new AtomicInteger();
    return () -> job(next.getAndIncrement(), 0, "a red bird");
  }
}
