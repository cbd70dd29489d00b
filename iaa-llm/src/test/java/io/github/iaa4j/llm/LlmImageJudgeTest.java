package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.testing.FakeSampler;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlmImageJudgeTest {

  private static final List<String> CLASSES = List.of("cat", "pottedplant", "dog");

  private final MockWebServer server = ChatServer.create();
  private OpenAiChatModel chat;

  @BeforeEach
  void start() throws IOException {
    server.start();
    chat =
        OpenAiChatModel.builder()
            .baseUrl(server.url("/v1").toString())
            .model("seer")
            .sleeper(wait -> {})
            .build();
  }

  @AfterEach
  void stop() {
    chat.close();
    server.close();
  }

  private static RgbImage noise(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt();
    }
    return new RgbImage(width, height, pixels);
  }

  private void answer(String content) {
    JsonObject message = new JsonObject();
    message.addProperty("role", "assistant");
    message.addProperty("content", content);
    server.enqueue(
        new MockResponse.Builder()
            .body("{\"choices\": [{\"finish_reason\": \"stop\", \"message\": " + message + "}]}")
            .build());
  }

  private JsonObject sent() throws InterruptedException {
    return JsonParser.parseString(server.takeRequest().getBody().utf8()).getAsJsonObject();
  }

  private static JsonObject part(JsonObject body, int part) {
    return body.getAsJsonArray("messages")
        .get(1)
        .getAsJsonObject()
        .getAsJsonArray("content")
        .get(part)
        .getAsJsonObject();
  }

  private static RgbImage image(JsonObject body) throws IOException {
    String url = part(body, 0).getAsJsonObject("image_url").get("url").getAsString();
    assertThat(url).startsWith("data:image/png;base64,");
    byte[] png = Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1));
    return RgbImage.of(ImageIO.read(new ByteArrayInputStream(png)));
  }

  @Test
  void yesNoAndUnsureBecomeProbabilitiesInTheOrderOfTheClasses() {
    answer("{\"visible\": {\"dog\": \"unsure\", \"cat\": \"yes\", \"potted_plant\": \"no\"}}");

    assertThat(LlmImageJudge.of(chat, CLASSES).score(noise(8, 8))).containsExactly(1, 0, 0.5f);
  }

  @Test
  void classesAreCalledAsThePromptsCallThem(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("words.txt"), "[cat]\nsay: house cat\n");
    answer("{\"visible\": {\"dog\": \"no\", \"house_cat\": \"yes\", \"potted_plant\": \"no\"}}");

    LlmImageJudge judge = LlmImageJudge.builder(chat, CLASSES).words(ClassWords.read(file)).build();

    assertThat(judge.score(noise(8, 8))).containsExactly(1, 0, 0);
    assertThat(judge.classNames()).isEqualTo(CLASSES);
    assertThat(judge.describe().settings().get("fields")).contains("house_cat");
    assertThat(part(sent(), 1).get("text").getAsString()).contains("house_cat");
  }

  @Test
  void theModelSeesTheVeryPixels() throws Exception {
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");

    LlmImageJudge.of(chat, CLASSES).score(noise(33, 21));

    assertThat(image(sent())).isEqualTo(noise(33, 21));
  }

  @Test
  void aLargeImageIsScaledTo512Pixels() throws Exception {
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");

    LlmImageJudge.of(chat, CLASSES).score(noise(1024, 300));

    assertThat(image(sent())).isEqualTo(noise(1024, 300).scaledTo(512, 150));
  }

  @Test
  void theImageComesFirstThenTheClassesAsPeopleSayThem() throws Exception {
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");

    LlmImageJudge.of(chat, CLASSES).score(noise(8, 8));

    JsonObject body = sent();
    assertThat(part(body, 0).get("type").getAsString()).isEqualTo("image_url");
    assertThat(part(body, 1).get("type").getAsString()).isEqualTo("text");
    assertThat(part(body, 1).get("text").getAsString()).contains("cat, potted_plant, dog");
    assertThat(body.get("temperature").getAsDouble()).isZero();
    assertThat(body.get("seed").getAsInt()).isZero();
    assertThat(body.getAsJsonObject("response_format").toString())
        .contains("\"required\":[\"cat\",\"potted_plant\",\"dog\"]", "unsure");
  }

  @Test
  void classesAreAskedForInGroupsOfTwenty() throws Exception {
    List<String> classes = IntStream.range(0, 22).mapToObj(i -> "thing" + (100 + i)).toList();
    answer(
        classes.subList(0, 20).stream()
            .map(name -> "\"" + name + "\": \"no\"")
            .collect(Collectors.joining(", ", "{\"visible\": {", "}}")));
    answer("{\"visible\": {\"thing120\": \"yes\", \"thing121\": \"unsure\"}}");

    assertThat(LlmImageJudge.of(chat, classes).score(noise(8, 8)))
        .startsWith(new float[20])
        .endsWith(1, 0.5f);
    assertThat(part(sent(), 1).get("text").getAsString())
        .contains("thing119")
        .doesNotContain("thing120");
    assertThat(part(sent(), 1).get("text").getAsString())
        .contains("thing120")
        .doesNotContain("thing119");
  }

  @Test
  void whatModelsReallyWriteIsUnderstood() {
    answer(
        "I see a dog.\n```json\n"
            + "{\"visible\": {\"cat\": false, \"potted_plant\": \" No\", \"dog\": 0.75}}\n```");

    assertThat(LlmImageJudge.of(chat, CLASSES).score(noise(8, 8))).containsExactly(0, 0, 0.75f);
  }

  @Test
  void anAnswerThatLeavesOutAClassIsShownToTheModelOnce() throws Exception {
    answer("{\"visible\": {\"cat\": \"yes\"}}");
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");

    assertThat(LlmImageJudge.of(chat, CLASSES).score(noise(8, 8))).containsExactly(1, 0, 0);
    sent();
    assertThat(sent().toString()).contains("potted_plant\\\" was not answered");
  }

  @Test
  void nonsenseCountsAsNotVisible() {
    answer("What a lovely picture!");
    answer("What a lovely picture!");

    assertThat(LlmImageJudge.of(chat, CLASSES).score(noise(8, 8))).containsExactly(0, 0, 0);
  }

  @Test
  void nothingButNonsenseEndsTheRun() {
    for (int i = 0; i < 40; i++) {
      answer("What a lovely picture!");
    }
    LlmImageJudge judge = LlmImageJudge.of(chat, CLASSES);
    for (int i = 0; i < 19; i++) {
      judge.score(noise(8, 8));
    }

    LlmException failure = catchThrowableOfType(LlmException.class, () -> judge.score(noise(8, 8)));

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.UNUSABLE_ANSWER);
    assertThat(failure.rawText()).isEqualTo("What a lovely picture!");
  }

  @Test
  void aServerThatFailsForAMomentIsAskedAgain() {
    server.enqueue(new MockResponse.Builder().code(503).build());
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");

    assertThat(LlmImageJudge.of(chat, CLASSES).score(noise(8, 8))).containsExactly(1, 0, 0);
  }

  @Test
  void aServerThatCannotSeeIsAnErrorWithItsWords() {
    // It refuses every form of the question, down to the plainest.
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return new MockResponse.Builder()
                .code(400)
                .body("{\"error\": {\"message\": \"image input is not supported\"}}")
                .build();
          }
        });

    assertThatThrownBy(() -> LlmImageJudge.of(chat, CLASSES).score(noise(8, 8)))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("image input is not supported");
  }

  @Test
  void aScoreFilterKeepsWhatTheModelSees() {
    answer("{\"visible\": {\"cat\": \"yes\", \"potted_plant\": \"no\", \"dog\": \"no\"}}");
    answer("{\"visible\": {\"cat\": \"no\", \"potted_plant\": \"no\", \"dog\": \"yes\"}}");
    OnlineFilter filter = OnlineFilter.of(LlmImageJudge.of(chat, CLASSES)).acceptFrom(0.6);
    Slot slot = new Slot(0, List.of("cat"));

    assertThat(filter.judge(slot, noise(8, 8)).passed()).isTrue();
    Verdict second = filter.judge(slot, noise(8, 8));

    assertThat(second.passed()).isFalse();
    assertThat(second.reasons()).containsExactly(Reason.missing("cat"));
    assertThat(filter.faults(CLASSES)).isEmpty();
    assertThat(filter.describe().settings())
        .containsEntry("scorer.longestSide", "512")
        .hasEntrySatisfying("scorer.model", model -> assertThat(model).contains("seer"));
  }

  private static AugmentationReport generate(ChatModel vision, Path folder) {
    List<String> classes = List.of("cat");
    return ImageAugmentationAgent.builder()
        .dataset(
            LabeledDataset.of(
                classes, List.of(LabeledImage.of("a", classes, () -> FakeSampler.plain(8, 8, 0)))))
        .sampler(FakeSampler.of(job -> noise(8, 8)))
        .filter(OnlineFilter.of(LlmImageJudge.of(vision, classes)))
        .balance(Balance.add(2))
        .output(folder)
        .build()
        .run();
  }

  @Test
  void aServerThatIsAwayEndsTheRunAndRejectsNoImage(@TempDir Path folder) {
    LlmException away = LlmException.builder(LlmException.Kind.UNREACHABLE, "away").build();
    ChatModel back =
        FakeChatModel.responding(
            request -> new ChatAnswer("{\"visible\": {\"cat\": \"yes\"}}", "stop", 0, 0));

    assertThatThrownBy(() -> generate(FakeChatModel.script().failure(away).build(), folder))
        .isSameAs(away);

    assertThat(Run.open(folder).attempts()).isEmpty();
    assertThat(generate(back, folder).slots().accepted()).isEqualTo(2);
  }

  @Test
  void anImageIsNotInAMessagesText() {
    assertThat(ChatMessage.user("What is this?", List.of("data:image/png;base64,AAAA")).toString())
        .contains("What is this?", "images: 1")
        .doesNotContain("AAAA");
  }

  @Test
  void everyFaultOfTheOptionsIsNamedAtOnce() {
    assertThatThrownBy(
            () ->
                LlmImageJudge.of(
                    chat, List.of("potted plant", "pottedplant", "tvmonitor", "tv monitor")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("pottedplant", "tv monitor");
  }
}
