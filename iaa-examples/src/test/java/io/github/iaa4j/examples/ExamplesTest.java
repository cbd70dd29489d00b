package io.github.iaa4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.testing.FakeSampler;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.testing.FakeChatModel;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.wsss.SegmentationScores;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {

  private static final io.github.iaa4j.llm.chat.ChatRequest HELLO =
      io.github.iaa4j.llm.chat.ChatRequest.builder().message(ChatMessage.user("hello")).build();

  @TempDir Path folder;

  @Test
  void growDatasetFillsItsSlotsOrSaysWhichStayedEmpty() {
    AugmentationReport report = GrowDataset.grow(folder, 40, 30, Balance.add(4));

    assertThat(report.slots().planned()).isEqualTo(4);
    assertThat(report.attempts().all()).isGreaterThanOrEqualTo(4);
    assertThat(report.dataset().resolve("ImageSets/Main/train.txt")).exists();
  }

  @Test
  void generateOneImageMakesTheSamePictureEachTime() throws IOException {
    Path first = folder.resolve("first.png");
    Path second = folder.resolve("second.png");

    GenerateOneImage.main(new String[] {"a large red car on a road", first.toString()});
    GenerateOneImage.main(new String[] {"a large red car on a road", second.toString()});

    RgbImage image = RgbImage.read(first);
    assertThat(image.width()).isEqualTo(64);
    assertThat(image).isEqualTo(RgbImage.read(second));
  }

  @Test
  void refinePromptsWritesAgainWhatItsCriticTurnsDown() {
    String good = "{\"score\": 0.9, \"advice\": \"\"}";
    String poor = "{\"score\": 0.1, \"advice\": \"\"}";
    FakeChatModel.Builder script =
        FakeChatModel.script().answer("{\"prompt\": \"a dog and a cat in a meadow\"}");
    // The examination of the model as a judge: four pairs, the better prompt first.
    for (int pair = 0; pair < 4; pair++) {
      script.answer(good).answer(poor);
    }
    FakeChatModel chat =
        script
            .answer("{\"score\": 0.2, \"advice\": \"there must be a sheep and no cat\"}")
            .answer("{\"prompt\": \"a large dog beside a sheep in a meadow\"}")
            .answer(good)
            .build();

    RefinedPrompt refined = RefinePrompts.refine(chat);

    assertThat(refined.prompt().text()).contains("dog").contains("sheep").doesNotContain("cat");
    assertThat(refined.score()).isGreaterThanOrEqualTo(0.8);
  }

  @Test
  void ownFilterTurnsDarkImagesDown() {
    ToyWorld.write(Split.TRAIN, 10, 1, folder.resolve("real"));
    VocDataset real = VocDataset.open(folder.resolve("real"), "train");

    AugmentationReport report =
        OwnFilter.run(
            real,
            FakeSampler.of(
                job ->
                    job.attempt() == 0
                        ? FakeSampler.plain(64, 64, 0x000000)
                        : ToyWorld.scene(Split.BROAD, job.seed(), job.slot()).image()),
            folder.resolve("run"));

    assertThat(report.slots().accepted()).isEqualTo(8);
    assertThat(report.attempts().rejected()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void ownAgentIsAskedUntilItsOwnCriticIsContent() {
    AugmentationReport report =
        ImageAugmentationAgent.builder()
            .dataset(real(10))
            .promptAgent(new OwnAgent.AerialAgent(300))
            .sampler(plain())
            .balance(Balance.add(2))
            .output(folder.resolve("run"))
            .build()
            .run();

    assertThat(report.slots().accepted()).isEqualTo(2);
    assertThat(Run.open(folder.resolve("run")).prompts())
        .allSatisfy(
            prompt ->
                assertThat(prompt.text())
                    .startsWith("an aerial photograph of ")
                    .endsWith(", seen from 300 metres"));
  }

  @Test
  void ownSamplerFillsARun() {
    AugmentationReport report =
        ImageAugmentationAgent.builder()
            .dataset(real(10))
            .sampler(
                new OwnSampler.ServiceSampler(
                    (prompt, negativePrompt, seed) -> FakeSampler.plain(64, 64, (int) seed)))
            .balance(Balance.add(3))
            .output(folder.resolve("run"))
            .build()
            .run();

    assertThat(report.slots().accepted()).isEqualTo(3);
  }

  @Test
  void databaseDatasetIsGrownLikeAnyOther() throws SQLException, IOException {
    JdbcDataSource database = new JdbcDataSource();
    database.setURL("jdbc:h2:mem:images;DB_CLOSE_DELAY=-1");
    VocDataset drawn = real(6);
    try (Connection connection = database.getConnection()) {
      connection
          .createStatement()
          .execute("CREATE TABLE image (id VARCHAR PRIMARY KEY, labels VARCHAR, png BLOB)");
      for (LabeledImage image : drawn.images()) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image.image().toBufferedImage(), "png", png);
        PreparedStatement row = connection.prepareStatement("INSERT INTO image VALUES (?, ?, ?)");
        row.setString(1, image.id());
        row.setString(2, String.join(",", image.labels()));
        row.setBytes(3, png.toByteArray());
        row.execute();
      }
    }

    LabeledDataset stored = DatabaseDataset.open(database, drawn.classNames());

    assertThat(stored.classCounts()).isEqualTo(drawn.classCounts());
    assertThat(stored.images().get(5).image()).isEqualTo(drawn.images().get(5).image());
    assertThat(
            ImageAugmentationAgent.builder()
                .dataset(stored)
                .sampler(plain())
                .balance(Balance.add(2))
                .output(folder.resolve("run"))
                .build()
                .run()
                .slots()
                .accepted())
        .isEqualTo(2);
  }

  @Test
  void langChain4jsModelWritesPrompts() {
    ChatModel chat =
        new LangChain4jChatModel(
            new dev.langchain4j.model.chat.ChatModel() {
              @Override
              public ChatResponse doChat(ChatRequest request) {
                boolean asksForScore = request.toString().contains("score");
                return ChatResponse.builder()
                    .aiMessage(
                        AiMessage.from(
                            asksForScore
                                ? "{\"score\": 0.9, \"advice\": \"\"}"
                                : "{\"prompt\": \"a large dog beside a sheep in a meadow\"}"))
                    .tokenUsage(new TokenUsage(100, 20))
                    .build();
              }
            },
            "stub");

    RefinedPrompt refined = RefinePrompts.refine(chat);

    assertThat(refined.prompt().text()).contains("dog").contains("sheep");
    assertThat(refined.tokens()).isGreaterThanOrEqualTo(120);
  }

  @Test
  void langChain4jSaysWhetherAFailureIsPermanent() {
    assertThatThrownBy(() -> RefinePrompts.refine(failing(new AuthenticationException("no key"))))
        .isInstanceOfSatisfying(LlmException.class, e -> assertThat(e.permanent()).isTrue())
        .hasMessageContaining("no key");
    assertThat(
            Stream.of(new RateLimitException("slow down"), new InvalidRequestException("too long")))
        .allSatisfy(
            failure ->
                assertThatThrownBy(() -> failing(failure).complete(HELLO))
                    .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.permanent()).isFalse())
                    .hasMessageContaining(failure.getMessage()));
  }

  @Test
  void whatLangChain4jsModelFiltersIsARefusal() {
    ChatAnswer answer = failing(new ContentFilteredException("violence")).complete(HELLO);

    assertThat(answer.refused()).isTrue();
    assertThat(answer.refusal()).isEqualTo("violence");
  }

  @Test
  void langChain4jGetsTheSchemaAndTheImages() {
    List<ChatRequest> asked = new ArrayList<>();

    answering(asked, AiMessage.from("{}"))
        .complete(
            io.github.iaa4j.llm.chat.ChatRequest.builder()
                .message(ChatMessage.user("What is this?", List.of("data:image/png;base64,AAAA")))
                .schema(new JsonSchema("animal", "{\"type\": \"object\"}"))
                .build());

    assertThat(asked)
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.responseFormat().jsonSchema().name()).isEqualTo("animal");
              assertThat(request.messages().toString()).contains("image/png", "What is this?");
            });
  }

  @Test
  void everyFailureOfLangChain4jIsAnLlmException() {
    assertThatThrownBy(() -> failing(new IllegalStateException("broken")).complete(HELLO))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("broken");
    AiMessage withoutText =
        AiMessage.from(ToolExecutionRequest.builder().name("tool").arguments("{}").build());
    assertThatThrownBy(() -> answering(new ArrayList<>(), withoutText).complete(HELLO))
        .isInstanceOfSatisfying(
            LlmException.class,
            e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.UNUSABLE_ANSWER));
  }

  private static LangChain4jChatModel answering(List<ChatRequest> asked, AiMessage answer) {
    return new LangChain4jChatModel(
        new dev.langchain4j.model.chat.ChatModel() {
          @Override
          public ChatResponse doChat(ChatRequest request) {
            asked.add(request);
            return ChatResponse.builder().aiMessage(answer).build();
          }
        },
        "stub");
  }

  private static LangChain4jChatModel failing(RuntimeException failure) {
    return new LangChain4jChatModel(
        new dev.langchain4j.model.chat.ChatModel() {
          @Override
          public ChatResponse doChat(ChatRequest request) {
            throw failure;
          }
        },
        "stub");
  }

  @Test
  void trainOnlyMeasuresWhatItTrained() {
    real(24);

    SegmentationScores scores = TrainOnly.train(folder.resolve("real"), folder.resolve("model"), 5);

    assertThat(scores.meanIou()).isBetween(0.0, 1.0);
    assertThat(folder.resolve("model/segmenter.onnx")).exists();
  }

  @Test
  void ownWsssMethodServesAsTheFilterAndIsCompared() {
    OwnWsssMethod method = new OwnWsssMethod(4);
    LabeledDataset real = fruit(8);
    FakeSampler sampler =
        FakeSampler.of(
            // Every other attempt shows nothing, which the method's own scores turn down.
            job ->
                job.attempt() % 2 == 0
                    ? FakeSampler.plain(8, 8, 0x808080)
                    : fruit(
                        FRUIT.stream()
                            .filter(name -> job.prompt().text().contains(name))
                            .toList()));

    Comparison comparison =
        CompareTraining.compare(method, real, fruit(4), sampler, folder.resolve("study"));

    assertThat(Run.open(folder.resolve("study/run")).attempts())
        .anySatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(Outcome.REJECTED));
    assertThat(comparison.before().images()).isEqualTo(8);
    assertThat(comparison.after().images()).isEqualTo(14);
    assertThat(comparison.after().mIoU()).isEqualTo(1);
    assertThat(comparison.after().pseudoMaskMIoU()).isEqualTo(1);
    assertThat(comparison.method()).isEqualTo(method.describe());
    assertThat(folder.resolve("study/run/report.html"))
        .content()
        .contains("trained by colours of labels (levels 4)");
    assertThat(method.isPresent(folder.resolve("study/augmented"))).isTrue();
    try (OwnWsssModel loaded = method.load(folder.resolve("study/augmented"))) {
      assertThat(loaded.segment(fruit(List.of("lime"))).at(4, 4)).isEqualTo(2);
    }
  }

  private static final List<String> FRUIT = List.of("cherry", "lime");

  /** A red or green square on grey. */
  private static RgbImage fruit(List<String> labels) {
    RgbImage image = FakeSampler.plain(8, 8, 0x808080);
    for (int y = 2; y < 6; y++) {
      for (int x = 2; x < 6; x++) {
        int first = 3 * (8 * y + x);
        Arrays.fill(image.pixels(), first, first + 3, (byte) 0);
        labels.forEach(label -> image.pixels()[first + FRUIT.indexOf(label)] = (byte) 0xff);
      }
    }
    return image;
  }

  private LabeledDataset fruit(int images) {
    VocWriter writer = new VocWriter(folder.resolve("fruit" + images), FRUIT);
    Map<String, List<String>> labels = new LinkedHashMap<>();
    for (int i = 0; i < images; i++) {
      List<String> label = List.of(FRUIT.get(i % 2));
      byte[] indices = new byte[64];
      RgbImage image = fruit(label);
      for (int pixel = 0; pixel < 64; pixel++) {
        indices[pixel] = (byte) (image.pixels()[3 * pixel + 2] == 0 ? i % 2 + 1 : 0);
      }
      writer.add("fruit" + i, image, new LabelMask(8, 8, indices));
      labels.put("fruit" + i, label);
    }
    writer.writeSplit("train", labels);
    return VocDataset.open(folder.resolve("fruit" + images), "train");
  }

  @Test
  void denseCrfAloneMovesTheMaskToTheEdge() {
    RgbImage drawing = DenseCrfAlone.drawing();
    float[] activation = DenseCrfAlone.activation();
    LabelMask mask = DenseCrfAlone.refined(drawing, activation);

    int wrong = 0;
    int wrongBefore = 0;
    for (int i = 0; i < activation.length; i++) {
      boolean isBall = drawing.pixels()[3 * i] != 0;
      wrong += isBall == (mask.indices()[i] == 1) ? 0 : 1;
      wrongBefore += isBall == activation[i] > 0.5 ? 0 : 1;
    }
    assertThat(wrongBefore).isGreaterThan(500);
    assertThat(wrong).isLessThan(10);
  }

  @Test
  void imageToImageStartsFromRealImages() {
    AugmentationReport report = ImageToImage.grow(real(10), folder.resolve("run"));

    assertThat(report.slots().accepted()).isEqualTo(2);
    assertThat(Run.open(folder.resolve("run")).manifest())
        .allSatisfy(
            entry -> {
              assertThat(entry.sampler().isComplete()).isTrue();
              assertThat(entry.sampler().settings())
                  .containsEntry("imageToImage.source", "real image by seed");
            });
  }

  @Test
  void resumeRunEndsWithTheBytesOfARunThatNobodyStopped() throws IOException {
    VocDataset real = real(10);
    FakeSampler sampler =
        FakeSampler.of(job -> ToyWorld.scene(Split.BROAD, job.seed(), job.slot()).image());

    AugmentationReport resumed = ResumeRun.run(real, sampler, folder.resolve("stopped"));

    assertThat(resumed.slots().accepted()).isEqualTo(4);
    ImageAugmentationAgent.builder()
        .dataset(real)
        .sampler(sampler)
        .balance(Balance.add(4))
        .seed(1)
        .output(folder.resolve("undisturbed"))
        .build()
        .run();
    assertThat(Files.readString(folder.resolve("stopped/manifest.jsonl")))
        .isEqualTo(Files.readString(folder.resolve("undisturbed/manifest.jsonl")));
  }

  private VocDataset real(int images) {
    ToyWorld.write(Split.TRAIN, images, 1, folder.resolve("real"));
    return VocDataset.open(folder.resolve("real"), "train");
  }

  private static FakeSampler plain() {
    return FakeSampler.of(job -> FakeSampler.plain(64, 64, 0x408040));
  }

  @Test
  void everyExampleIsShort() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/java/io/github/iaa4j/examples"))) {
      assertThat(files)
          .hasSizeGreaterThan(4)
          .allSatisfy(
              source -> assertThat(Files.readAllLines(source)).hasSizeLessThanOrEqualTo(75));
    }
  }
}
