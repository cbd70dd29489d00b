package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** Runs that died, or whose files a person changed. */
class ImageAugmentationAgentResumeTest extends PetAugmentation {

  @Test
  void aRunThatDiesAtAnyEventGoesOnToTheSameBytes() throws IOException {
    agent(folder.resolve("undisturbed")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("undisturbed"));

    for (int deadline : new int[] {3, 10, 31}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !PowerCut.finishes(agent(disturbed), deadline); start++) {
        assertThat(start).as("starts, each with some progress").isLessThan(200);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
  }

  @Test
  void aTornLastLineIsForgotten() throws IOException {
    agent(folder.resolve("a")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("a"));

    Path manifest = folder.resolve("a/manifest.jsonl");
    byte[] bytes = Files.readAllBytes(manifest);
    Files.write(manifest, Arrays.copyOf(bytes, bytes.length - 40));
    agent(folder.resolve("a")).build().run();

    assertThat(FolderContents.of(folder.resolve("a"))).isEqualTo(expected);
  }

  @Test
  void aDamagedLineIsNamed() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.set(2, "{\"slot\": ");
    Files.write(prompts, lines);

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("prompts.jsonl")
        .hasMessageContaining("line 3");
  }

  @Test
  void anEditedPromptIsGeneratedAgainAndTheOthersStay() throws IOException {
    agent(folder).build().run();
    List<ManifestEntry> before = Run.open(folder).manifest();
    Path prompts = folder.resolve("prompts.jsonl");
    String text = Files.readString(prompts);
    String old = before.get(0).prompt();
    Files.writeString(prompts, text.replace("\"text\":\"" + old + "\"", "\"text\":\"a big cat\""));

    agent(folder).build().generate();

    List<ManifestEntry> after = Run.open(folder).manifest();
    assertThat(after.get(0).prompt()).isEqualTo("a big cat");
    assertThat(after.subList(1, after.size())).isEqualTo(before.subList(1, before.size()));
  }

  @Test
  void aDeletedImageIsGeneratedAgainAsItWas() throws IOException {
    agent(folder).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder);
    Files.delete(folder.resolve(Run.open(folder).manifest().get(3).file()));

    agent(folder).build().run();

    assertThat(FolderContents.of(folder)).isEqualTo(expected);
  }

  @Test
  void anImageThatWasChangedIsNamed() throws IOException {
    agent(folder).build().run();
    Path image = folder.resolve(Run.open(folder).manifest().get(3).file());
    Files.write(image, "no picture".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> agent(folder).build().run())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(image.getFileName().toString())
        .hasMessageContaining("checksum");
  }

  @Test
  void goingOnWithAnotherSeedIsRefused() {
    agent(folder).build().writePrompts();

    assertThatThrownBy(() -> agent(folder).seed(8).build().writePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("seed 7, not 8");
  }

  @Test
  void goingOnWithAnotherFilterIsRefused() {
    agent(folder).build().run();

    assertThatThrownBy(() -> agent(folder).filter(OnlineFilter.acceptAll()).build().run())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("generation.json");
  }

  @Test
  void fallbacksAreTheSameBytesWhereverTheRunDies() throws IOException {
    choosy(folder.resolve("whole")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));

    for (int deadline : new int[] {3, 10}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !PowerCut.finishes(choosy(disturbed), deadline); start++) {
        assertThat(start).isLessThan(200);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
  }

  @Test
  void anImageWhoseLabelsWereEditedIsGeneratedAgain() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.set(0, lines.get(0).replaceFirst("\"labels\":\\[[^]]*]", "\"labels\":[\"cat\",\"dog\"]"));
    Files.write(prompts, lines);

    agent(folder).build().generate();

    assertThat(Run.open(folder).manifest().get(0).labels()).containsExactly("cat", "dog");
  }

  @Test
  void aRunWhoseImagesAreAllGoneIsNotThrownAway() throws IOException {
    agent(folder).build().run();
    Files.move(folder.resolve("images"), folder.resolve("elsewhere"));
    String manifest = Files.readString(folder.resolve("manifest.jsonl"));

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("manifest.jsonl")
        .hasMessageContaining("Bring the folder images/ back");
    assertThat(folder.resolve("manifest.jsonl")).hasContent(manifest.strip());
  }

  @Test
  void generationSettingsMayChangeWhileNothingIsGenerated() {
    assertThatThrownBy(
            () ->
                agent(folder)
                    .listener(
                        event -> {
                          if (event instanceof AugmentationEvent.GenerationBegun) {
                            throw new PowerCut();
                          }
                        })
                    .build()
                    .run())
        .isInstanceOf(PowerCut.class);

    assertThat(agent(folder).attempts(3).build().run().attempts().all()).isPositive();
  }

  @Test
  void filtersAndLoopsOfOnesOwnGoOnInAnotherProcess() {
    RefinementLoop lambda =
        (request, writer, critic) -> SelfRefinement.until(0).refine(request, writer, critic);
    OnlineFilter filter = (slot, image) -> Verdict.pass();

    assertThat(lambda.describe().name()).isEqualTo("a lambda");
    assertThat(filter.describe().name()).isEqualTo("a lambda");
    assertThat(FIRST_PIXEL.describe().name()).isEqualTo(FIRST_PIXEL.getClass().getName());
  }

  @Test
  void aWrongLastLineWithoutANewlineIsNamedRatherThanCutOff() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    String text = Files.readString(prompts);
    Files.writeString(prompts, text + "{\"slot\": 99, \"labels\": \"cat\"}");

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("prompts.jsonl");
    assertThat(Files.readString(prompts)).startsWith(text).hasSizeGreaterThan(text.length());
  }

  @Test
  void aPromptWrittenByHandNeedsNoMoreThanSlotLabelsAndText() throws IOException {
    agent(folder).build().writePrompts();
    Files.writeString(
        folder.resolve("prompts.jsonl"), "{\"slot\":0,\"labels\":[\"cat\"],\"text\":\"a cat\"}\n");

    assertThat(agent(folder).build().generate().slots().accepted()).isEqualTo(1);
    assertThat(Run.open(folder).prompts().get(0).rounds()).isEmpty();
  }

  @Test
  void anEmptyLabelIsNamed() throws IOException {
    agent(folder).build().writePrompts();
    Files.writeString(
        folder.resolve("prompts.jsonl"),
        "{\"slot\":0,\"labels\":[\"cat\", null],\"text\":\"a cat\"}\n");

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("slot 0")
        .hasMessageContaining("labels");
  }
}
