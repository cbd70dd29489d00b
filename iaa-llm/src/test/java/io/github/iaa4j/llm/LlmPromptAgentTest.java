package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.text.Template;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlmPromptAgentTest {

  private static final PromptRequest CAT =
      new PromptRequest(
          new Slot(3, List.of("cat")),
          List.of("boat", "cat", "cow", "dog", "sheep"),
          List.of(),
          42);
  private static final Prompt DOG = new Prompt("A dog and a cat play on the grass", "");

  private static String json(String prompt) {
    return "{\"prompt\": \"" + prompt + "\"}";
  }

  /** An agent that does not examine its model, of which the script says all. */
  private static LlmPromptAgent trusting(ChatModel chat) {
    return LlmPromptAgent.of(chat).withModelWeight(0.5);
  }

  private static String lastMessage(FakeChatModel chat) {
    ChatRequest last = chat.requests().get(chat.requests().size() - 1);
    return last.messages().get(last.messages().size() - 1).text();
  }

  @Test
  void theModelWritesTheScene() {
    FakeChatModel chat =
        FakeChatModel.answering(
            List.of(new ChatAnswer(json("A grey cat sleeps on a wall"), "stop", 80, 20)));

    PromptAgent.Draft draft = trusting(chat).propose(CAT);

    assertThat(draft.prompt().text()).isEqualTo("A grey cat sleeps on a wall");
    assertThat(draft.tokens()).isEqualTo(100);
  }

  @Test
  void aTemplateForMarksAloneSaysWhyItIsUsed() {
    PromptAgent.Draft draft =
        trusting(FakeChatModel.answering(json("***"), json("***"))).propose(CAT);

    assertThat(draft.source()).isEqualTo(PromptSource.TEMPLATE);
    assertThat(draft.templateCause()).isEqualTo(TemplateCause.UNUSABLE_PROMPTS);
  }

  @Test
  void theModelIsToldTheTemplateTheLabelsAndAPlace() {
    FakeChatModel chat = FakeChatModel.answering(json("A cat on a wall at night"));

    trusting(chat).propose(CAT);

    assertThat(lastMessage(chat))
        .containsPattern("Start from: a photo of (a cat|two cats|three cats)\nObjects: \\1, ")
        .containsPattern("\nPlace: [^\n]+, [^\n]+, seen ");
    assertThat(Objects.requireNonNull(chat.requests().get(0).schema()).json()).contains("prompt");
  }

  @Test
  void theModelIsToldWhatWasWrittenBefore() {
    FakeChatModel chat = FakeChatModel.answering(json("A cat on a wall at night"));

    trusting(chat)
        .propose(
            new PromptRequest(
                CAT.slot(), CAT.classNames(), List.of("one", "two", "three", "four"), 42));

    assertThat(lastMessage(chat)).contains("two", "three", "four").doesNotContain("one");
  }

  @Test
  void whatLiesFurtherBackIsSummedUpInAFewWords() {
    FakeChatModel chat = FakeChatModel.answering(json("A cat on a wall at night"));
    List<String> memory =
        List.of(
            "A cat on a beach at sunset",
            "Two cats on a beach in fog",
            "A cat under an umbrella",
            "A cat in a box",
            "A cat on a roof",
            "A cat in a tree");

    trusting(chat).propose(new PromptRequest(CAT.slot(), CAT.classNames(), memory, 42));

    assertThat(lastMessage(chat))
        .contains("leave out: beach", "in a box", "on a roof", "in a tree")
        .doesNotContain("umbrella");
  }

  @Test
  void slotsWithTheSameLabelsAreGivenDifferentScenes() {
    int slots = 40;
    FakeChatModel chat =
        FakeChatModel.answering(
            Collections.nCopies(slots, new ChatAnswer(json("A cat"), "stop", 0, 0)));
    LlmPromptAgent agent = trusting(chat);

    for (int i = 0; i < slots; i++) {
      agent.propose(
          new PromptRequest(
              new Slot(3 * i, List.of("cat")),
              CAT.classNames(),
              List.of(),
              i,
              new PromptRequest.Occurrence(i, 42),
              GenerationExperience.none()));
    }

    assertThat(chat.requests())
        .extracting(request -> request.messages().get(request.messages().size() - 1).text())
        .doesNotHaveDuplicates()
        .allSatisfy(text -> assertThat(text).contains("Objects: ", "Place: ", ", seen "));
  }

  @Test
  void aRequestNamesHowManyThereAreOnceAndPlacesJustThose() {
    FakeChatModel chat =
        FakeChatModel.answering(Collections.nCopies(40, new ChatAnswer(json("A"), "stop", 0, 0)));
    LlmPromptAgent agent = trusting(chat);
    for (int i = 0; i < 40; i++) {
      agent.propose(
          new PromptRequest(
              new Slot(i, List.of("person", "horse")),
              List.of("person", "horse"),
              List.of(),
              i,
              new PromptRequest.Occurrence(i, 42),
              GenerationExperience.none()));
    }

    List<String> questions =
        chat.requests().stream()
            .map(request -> request.messages().get(request.messages().size() - 1).text())
            .toList();
    assertThat(questions)
        .anyMatch(question -> question.contains("two people"))
        .anyMatch(question -> question.contains("a person"))
        .allSatisfy(
            question ->
                assertThat(question)
                    .matches(
                        """
                        Start from: a photo of (a person|two people) and a horse
                        Objects: \\1, [^;\n]+; a horse, [^;\n]+
                        Place: [^\n]+\
                        """));
    assertThat(questions)
        .filteredOn(question -> question.contains("two people"))
        .noneMatch(question -> question.matches("(?s).*\\bit\\b.*"));
  }

  @Test
  void whatStandsInRoomsIsPhotographedIndoorsAndVehiclesAreNot() {
    for (Map.Entry<List<String>, Boolean> outdoors :
        Map.of(
                List.of("cat"), true,
                List.of("cat", "sofa"), false,
                List.of("bus", "chair"), true,
                List.of("person", "skis"), true,
                List.of("tvmonitor", "chair", "person"), false)
            .entrySet()) {
      FakeChatModel chat = FakeChatModel.answering(json("A"));
      trusting(chat)
          .propose(new PromptRequest(new Slot(0, outdoors.getKey()), List.of(), List.of(), 1));

      assertThat(
              Template.lines("places.txt").stream()
                  .anyMatch(place -> lastMessage(chat).contains("Place: " + place + ", ")))
          .as(lastMessage(chat))
          .isEqualTo(outdoors.getValue());
    }
  }

  @Test
  void withAnEmbedderItsCriticSendsBackWhatIsLikeAnEarlierPrompt() {
    FakeChatModel chat =
        FakeChatModel.answering(
            "{\"advice\": \"\", \"score\": 1}", "{\"advice\": \"\", \"score\": 1}");
    PromptRequest request =
        new PromptRequest(CAT.slot(), CAT.classNames(), List.of("A cat on a beach at sunset"), 42);
    Prompt other = new Prompt("A cat climbs a tall tree in the morning", "");

    LlmPromptAgent blind = trusting(chat);
    LlmPromptAgent aware =
        LlmPromptAgent.builder(chat)
            .embedder(text -> new float[] {1, 2})
            .build()
            .withModelWeight(0.5);

    assertThat(blind.critic().review(request, other).critique().score()).isEqualTo(1);
    assertThat(aware.critic().review(request, other).critique().score()).isLessThan(0.8);
  }

  @Test
  void theSameRequestAsksTheSameQuestionWithTheSameSeed() {
    FakeChatModel chat = FakeChatModel.answering(json("A cat"), json("A cat"));
    LlmPromptAgent agent = trusting(chat);

    agent.propose(CAT);
    agent.propose(CAT);

    assertThat(chat.requests().get(0).messages()).isEqualTo(chat.requests().get(1).messages());
    assertThat(chat.requests().get(0).seed())
        .isEqualTo(chat.requests().get(1).seed())
        .isNotNegative();
  }

  @Test
  void theNegativePromptNamesTheLabelsOwnGroupLookAlikesAndOtherClasses() {
    FakeChatModel chat = FakeChatModel.answering(json("A cat on a wall at night"));

    assertThat(trusting(chat).propose(CAT).prompt().negativePrompt())
        .isEqualTo("cow, dog, sheep, fox, lynx, boat, text, watermark, collage, blurry");
  }

  @Test
  void aFaultThatIsNotSafeToFixIsLeftInADraftForTheCritic() {
    FakeChatModel chat = FakeChatModel.answering(json(DOG.text()));

    assertThat(trusting(chat).propose(CAT).prompt().text()).isEqualTo(DOG.text());
  }

  @Test
  void aRewriteIsAskedForWithTheCritique() {
    FakeChatModel chat = FakeChatModel.answering(json("A white cat plays on the grass"));

    PromptAgent.Draft draft =
        trusting(chat).revise(CAT, DOG, new Critique(0.4, "Leave out the dog."));

    assertThat(draft.prompt().text()).isEqualTo("A white cat plays on the grass");
    assertThat(lastMessage(chat)).contains("Leave out the dog.", DOG.text(), "Objects: ");
  }

  @Test
  void aRewriteThatStillNamesTheWrongThingIsLeftToTheCritic() {
    FakeChatModel chat = FakeChatModel.answering(json("The dog and the cat run on wet sand"));
    LlmPromptAgent agent = trusting(chat);

    PromptAgent.Draft draft = agent.revise(CAT, DOG, new Critique(0.4, "Leave out the dog."));

    assertThat(agent.critic().byRules(CAT, draft.prompt()).isUsable()).isFalse();
  }

  @Test
  void theFallbackIsTheTemplateInTheSettingOfTheBestPrompt() {
    assertThat(
            trusting(FakeChatModel.answering())
                .fallback(CAT, new Prompt("The dog and the cat run on wet sand", ""))
                .text())
        .startsWith("a photo of a cat ")
        .endsWith(", on wet sand");
  }

  @Test
  void withoutAnyPromptTheFallbackIsTheTemplateInAPlace() {
    LlmPromptAgent agent = trusting(FakeChatModel.answering());

    Prompt prompt = agent.fallback(CAT, null);

    assertThat(prompt.text()).startsWith("a photo of a cat ");
    assertThat(Template.lines("places.txt")).anyMatch(prompt.text()::contains);
    assertThat(agent.critic().byRules(CAT, prompt)).isEqualTo(new Critique(1, ""));
    assertThat(prompt.negativePrompt()).contains("dog");
  }

  @Test
  void aModelThatCannotJudgeIsShownNothingToCopy() {
    String five = "{\"advice\": \"\", \"score\": 0.5}";
    FakeChatModel chat =
        FakeChatModel.answering(
            five, five, five, five, five, five, five, five, json("A cat on a wall at night"));

    LlmPromptAgent.of(chat).revise(CAT, DOG, new Critique(0.4, "Leave out the dog."));

    assertThat(lastMessage(chat)).contains("Objects: ").doesNotContain("dog");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A cat on a wall.",
        "{\"prompt\": \"A cat on a",
        "{\"prompt\": \"\"}",
        "{\"prompt\": [1]}",
        ""
      })
  void anAnswerThatCannotBeUsedIsShownToTheModelOnce(String answer) {
    FakeChatModel chat = FakeChatModel.answering(answer, json("A cat on a wall at night"));

    assertThat(trusting(chat).propose(CAT).prompt().text()).isEqualTo("A cat on a wall at night");
    assertThat(lastMessage(chat)).contains("That cannot be used.");
  }

  @Test
  void aSecondUnusableAnswerIsAnErrorWithItsText() {
    FakeChatModel chat = FakeChatModel.answering("Meow.", "Meow, meow.");

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> trusting(chat).propose(CAT));

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.UNUSABLE_ANSWER);
    assertThat(failure.rawText()).isEqualTo("Meow, meow.");
    assertThat(chat.requests()).hasSize(2);
  }

  @Test
  void anAnswerThatTheTokenLimitCutOffSaysSo() {
    ChatAnswer cut = new ChatAnswer("{\"prompt\": \"A cat on", "length", 80, 160);
    FakeChatModel chat = FakeChatModel.answering(List.of(cut, cut));

    assertThatThrownBy(() -> trusting(chat).propose(CAT))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("cut off by the token limit")
        .hasMessageContaining("maxTokens");
  }

  @Test
  void refinementEndsWithTheRewriteThatPassed() {
    FakeChatModel chat =
        FakeChatModel.answering(
            json(DOG.text()),
            "{\"advice\": \"\", \"score\": 0.9}",
            json("A white cat plays on the grass"),
            "{\"advice\": \"It is clear.\", \"score\": 0.8}");
    LlmPromptAgent agent = trusting(chat);

    RefinedPrompt refined = SelfRefinement.until(0.8).atMost(4).refine(CAT, agent, agent.critic());

    assertThat(refined.prompt().text()).isEqualTo("A white cat plays on the grass");
    assertThat(refined.rounds()).extracting(RefinedPrompt.Round::score).containsExactly(0.4, 0.9);
  }

  @Test
  void anOptionThatIsOutOfRangeIsNamed() {
    assertThatThrownBy(() -> LlmPromptAgent.builder(FakeChatModel.answering()).maxTokens(1).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("maxTokens")
        .hasMessageContaining("not 1");
  }

  @Test
  void itsDescriptionHoldsWhatDecidesThePrompts() {
    LlmPromptAgent agent = LlmPromptAgent.of(FakeChatModel.script().name("smollm2").build());

    assertThat(agent.describe())
        .hasToString("llm (model smollm2, temperature 0.8, tokenLimit none, words built-in)");
    assertThat(agent.describe().isComplete()).isTrue();
    assertThat(agent.critic().describe())
        .hasToString(
            "rules and llm (maxModelWeight 0.5, model smollm2, tokenLimit none, words built-in)");
  }

  @Test
  void aWeightThatIsSetIsPartOfTheDescriptions() {
    LlmPromptAgent agent =
        LlmPromptAgent.of(FakeChatModel.script().name("smollm2").build()).withModelWeight(0.9);

    assertThat(agent.describe())
        .hasToString(
            "llm (model smollm2, modelWeight 0.9, temperature 0.8, tokenLimit none, words built-in)");
    assertThat(agent.critic().describe())
        .hasToString(
            "rules and llm (model smollm2, modelWeight 0.9, tokenLimit none, words built-in)");
  }

  @Test
  void anEmbedderThatDoesNotDescribeItselfMakesTheCriticsDescriptionIncomplete() {
    LlmPromptAgent agent =
        LlmPromptAgent.builder(FakeChatModel.answering()).embedder(text -> new float[] {1}).build();

    assertThat(agent.critic().describe().isComplete()).isFalse();
    assertThat(agent.critic().describe().settings()).containsEntry("from", "0.9");
  }
}
