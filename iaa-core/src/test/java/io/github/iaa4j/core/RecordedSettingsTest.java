package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What decides a run is recorded as fields, and a run is resumed with the same alone. */
class RecordedSettingsTest {

  @TempDir private Path folder;

  /** Likes every prompt that is long enough. */
  private record LengthCritic(int from) implements PromptCritic {
    @Override
    public Description describe() {
      return Description.of("length").with("from", from);
    }

    @Override
    public Review review(PromptRequest request, Prompt prompt) {
      return new Review(new Critique(prompt.text().length() >= from ? 1 : 0.9, ""), 0);
    }
  }

  private void refused(
      UnaryOperator<ImageAugmentationAgent.Builder> change, String file, String difference) {
    assertThatThrownBy(() -> change.apply(Pets.agent(folder)).build().run())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(difference)
        .hasMessageContaining("use another folder");
  }

  @Test
  void partsAreRecordedWithTheirSettings() {
    Pets.agent(folder).build().run();

    Run run = Run.open(folder);
    assertThat(run.settings().prompts().agent().name()).isEqualTo("rule");
    assertThat(run.settings().prompts().refinement())
        .isEqualTo(SelfRefinement.until(0.8).atMost(4).describe());
    GenerationSettings generation = run.generationSettings();
    assertThat(generation.filter().settings())
        .containsEntry("acceptFrom", "0.5")
        .containsEntry("rejectPreviewBelow", "0.2")
        .containsEntry("scorer", Pets.FirstPixel.class.getName());
    assertThat(generation.attempts()).isEqualTo(8);
  }

  @Test
  void anotherCriticIsRefused() {
    Pets.agent(folder).promptCritic(new LengthCritic(3)).build().run();

    refused(agent -> agent.promptCritic(new LengthCritic(4)), "run.json", "critic from 3, not 4");
    refused(agent -> agent, "run.json", "critic length");
  }

  @Test
  void anotherAgentOrRefinementIsRefused() {
    Pets.agent(folder).build().run();

    refused(
        agent -> agent.promptAgent(new TemplatePromptAgent()), "run.json", "agent rule, not templ");
    refused(agent -> agent.refinement(SelfRefinement.until(0.5)), "run.json", "until 0.8, not 0.5");
  }

  @Test
  void anotherCriticIsRefusedWhereTheBalanceIsNotGivenAgainToo() {
    Pets.agent(folder).build().writePrompts();
    ImageAugmentationAgent.Builder again =
        ImageAugmentationAgent.builder().dataset(Pets.CATS).output(folder);

    assertThat(again.build().writePrompts()).hasSize(12);
    assertThatThrownBy(() -> again.promptCritic(new LengthCritic(3)).build().writePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("critic rules");
  }

  private ImageAugmentationAgent.Builder withoutBalance(String dataset) {
    return ImageAugmentationAgent.builder()
        .dataset(Pets.CATS, dataset)
        .sampler(FakeSampler.of(Pets::noise))
        .output(folder);
  }

  @Test
  void anotherSeedOrDataSetIsRefusedWhereTheBalanceIsNotGivenAgainToo() {
    Pets.agent(folder).dataset(Pets.CATS, "voc:cats:train").seed(7).build().writePrompts();

    for (Function<ImageAugmentationAgent, Object> work :
        List.<Function<ImageAugmentationAgent, Object>>of(
            ImageAugmentationAgent::writePrompts,
            ImageAugmentationAgent::generate,
            ImageAugmentationAgent::rewritePrompts)) {
      assertThatThrownBy(() -> work.apply(withoutBalance("").seed(8).build()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("run.json: this run was started with seed 7, not 8");
      assertThatThrownBy(() -> work.apply(withoutBalance("voc:dogs:train").build()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("data set voc:cats:train, not voc:dogs:train");
    }
  }

  @Test
  void whereTheBalanceIsNotGivenAgainTheSeedAndTheNameOfTheDataSetNeedNotBeEither() {
    Pets.agent(folder).dataset(Pets.CATS, "voc:cats:train").seed(7).build().writePrompts();

    assertThat(withoutBalance("").build().writePrompts()).hasSize(12);
    assertThat(withoutBalance("voc:cats:train").seed(7).build().writePrompts()).hasSize(12);
    assertThat(Run.open(folder).settings().seed()).isEqualTo(7);
  }

  @Test
  void anotherThresholdIsRefused() {
    Pets.agent(folder).build().run();
    OnlineFilter stricter =
        OnlineFilter.of(new Pets.FirstPixel()).rejectPreviewBelow(0.2).acceptFrom(0.6);

    refused(agent -> agent.filter(stricter), "generation.json", "filter acceptFrom 0.5, not 0.6");
    refused(agent -> agent.attempts(9), "generation.json", "attempts 8, not 9");
  }

  @Test
  void aThresholdInsideACompositeFilterIsRefusedToo() {
    OnlineFilter scores = OnlineFilter.of(new Pets.FirstPixel());
    Pets.agent(folder).filter(OnlineFilter.acceptAll().and(scores.and(scores))).build().run();

    refused(
        agent ->
            agent.filter(
                OnlineFilter.acceptAll()
                    .and(scores.and(OnlineFilter.of(new Pets.FirstPixel()).acceptFrom(0.4)))),
        "generation.json",
        "second.second.acceptFrom 0.5, not 0.4");
  }

  @Test
  void promptsAreRewrittenByOneAgentAlone() {
    ImageAugmentationAgent.Builder failing =
        Pets.agent(folder).sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0))).attempts(1);
    failing.build().run();
    failing.promptAgent(new TemplatePromptAgent()).build().rewritePrompts();
    failing.build().generate();

    assertThatThrownBy(() -> Pets.agent(folder).attempts(1).build().rewritePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("rewriting.json")
        .hasMessageContaining("agent template, not rule");
  }

  /** Examines its model when it is first asked, which may end differently the next time. */
  private static final class ExaminedCritic implements PromptCritic {
    private final String model;
    private final double found;
    private OptionalDouble weight = OptionalDouble.empty();

    ExaminedCritic(String model, double found) {
      this.model = model;
      this.found = found;
    }

    @Override
    public Description describe() {
      return Description.of("examined").with("model", model);
    }

    @Override
    public synchronized Review review(PromptRequest request, Prompt prompt) {
      weight = OptionalDouble.of(weight.orElse(found));
      return new Review(new Critique(0.8 + 0.2 * weight.getAsDouble(), ""), 0);
    }

    @Override
    public synchronized OptionalDouble modelWeight() {
      return weight;
    }

    @Override
    public PromptCritic withModelWeight(double recorded) {
      return new ExaminedCritic(model, recorded);
    }
  }

  @Test
  void theResultOfAnExaminationIsRecordedAndKeptWhenPromptsAreAddedOrRewritten()
      throws IOException {
    ImageAugmentationAgent.Builder failing =
        Pets.agent(folder).sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0))).attempts(1);
    failing.promptCritic(new ExaminedCritic("small", 0.5)).build().run();
    Run run = Run.open(folder);
    assertThat(run.settings().prompts().criticModelWeight()).isEqualTo(0.5);
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = Files.readAllLines(prompts);

    Files.write(prompts, lines.subList(0, 6));
    failing.promptCritic(new ExaminedCritic("small", 0)).build().writePrompts();
    assertThat(prompts).hasContent(String.join("\n", lines));
    failing.build().rewritePrompts();

    assertThat(run.rewritingSettings().orElseThrow().criticModelWeight()).isEqualTo(0.5);
    assertThat(run.prompts()).extracting(PromptRecord::score).containsOnly(0.9);
  }

  @Test
  void aModelThatOnlyRewritesPromptsIsExaminedForThat() {
    ImageAugmentationAgent.Builder failing =
        Pets.agent(folder).sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0))).attempts(1);
    failing.promptCritic(new ExaminedCritic("small", 0.5)).build().run();

    failing.promptCritic(new ExaminedCritic("large", 1)).build().rewritePrompts();

    Run run = Run.open(folder);
    assertThat(run.settings().prompts().criticModelWeight()).isEqualTo(0.5);
    assertThat(run.rewritingSettings().orElseThrow().criticModelWeight()).isEqualTo(1);
  }

  @Test
  void aPartThatDoesNotSayHowItIsSetIsWarnedAboutOnce() {
    assertThat(
            warnings(
                Pets.agent(folder).filter((slot, image) -> Verdict.pass()).generationRounds(2)))
        .singleElement()
        .satisfies(warning -> assertThat(warning.part()).isEqualTo("filter"))
        .satisfies(
            warning -> assertThat(warning.message()).contains("a lambda", "Override describe()"));
  }

  @Test
  void aLambdaInsideTheSamplerIsWarnedAboutWithTheRemedy() {
    assertThat(
            warnings(Pets.agent(folder).sampler(FakeSampler.of(Pets::noise)).generationRounds(2)))
        .singleElement()
        .satisfies(warning -> assertThat(warning.part()).isEqualTo("sampler"))
        .satisfies(
            warning ->
                assertThat(warning.message())
                    .contains(" (images a lambda), does not say how it is set", "JobFunction.of"));
    assertThat(Run.open(folder).generationSettings().sampler().isComplete()).isFalse();
  }

  @Test
  void aSamplerWithFieldsThatDoesNotDescribeItselfIsWarnedAbout() {
    DiffusionSampler undescribed = new Wrapped(FakeSampler.of(Pets::noise));

    assertThat(warnings(Pets.agent(folder).sampler(undescribed)))
        .singleElement()
        .satisfies(
            warning -> assertThat(warning.message()).contains("Wrapped", "Override describe()"));
  }

  /** A sampler whose author forgot to describe it. */
  private record Wrapped(DiffusionSampler sampler) implements DiffusionSampler {
    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      sampler.generate(jobs, observer);
    }

    @Override
    public void close() {
      sampler.close();
    }
  }

  private static List<AugmentationEvent.PartUndescribed> warnings(
      ImageAugmentationAgent.Builder agent) {
    List<AugmentationEvent.PartUndescribed> warnings = new ArrayList<>();
    agent
        .listener(
            event -> {
              if (event instanceof AugmentationEvent.PartUndescribed undescribed) {
                warnings.add(undescribed);
              }
            })
        .build()
        .run();
    return warnings;
  }

  @Test
  void anotherSamplerIsRefusedSettingBySetting() {
    Description noise = Description.of("noise").with("contrast", 1);
    Pets.agent(folder).sampler(FakeSampler.of(JobFunction.of(noise, Pets::noise))).build().run();
    Description stronger = noise.with("contrast", 2);

    refused(
        agent -> agent.sampler(FakeSampler.of(JobFunction.of(stronger, Pets::noise))),
        "generation.json",
        "sampler images.contrast 1, not 2");
    refused(
        agent -> agent.sampler(FakeSampler.of(Pets::noise)),
        "generation.json",
        "sampler images noise, not a lambda");
    assertThat(Run.open(folder).manifest())
        .isNotEmpty()
        .allSatisfy(
            entry ->
                assertThat(entry.sampler())
                    .isEqualTo(Description.of("fake").with("images", noise)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"format": "iaa4j-run/1", "seed": 7, "dataset": "", "classNames": ["cat", "dog"],
         "balance": "add:12", "agent": "rule", "refinement": "until 0.8, at most 4 rounds",
         "plan": [["cat"]]}
        """,
        "{\"seed\": 7}"
      })
  void aRunInAnotherFormatIsRefused(String json) throws IOException {
    Files.writeString(folder.resolve("run.json"), json);
    Files.writeString(folder.resolve("prompts.jsonl"), "{\"slot\":0,\"labels\":[\"cat\"]}\n");
    Files.writeString(folder.resolve("painting.json"), "{\"attempts\": 8}");

    for (Runnable use :
        List.<Runnable>of(
            () -> Run.open(folder),
            () -> Pets.agent(folder).build().writePrompts(),
            () -> Pets.agent(folder).build().generate())) {
      assertThatThrownBy(use::run)
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("run.json")
          .hasMessageContaining("iaa4j-run/2")
          .hasMessageContaining("the version that wrote it");
    }
    assertThat(folder.resolve("run.json")).hasContent(json.strip());
  }

  @Test
  void aBalanceKeepsItsBoundOnLabelsWhenItIsCompared() {
    Pets.agent(folder).balance(Balance.add(12).atMostLabels(3)).build().writePrompts();

    refused(agent -> agent, "run.json", "balance add:12:atmost3, not add:12");
  }
}
