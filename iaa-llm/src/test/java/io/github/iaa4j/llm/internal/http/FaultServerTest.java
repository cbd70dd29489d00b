package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.AugmentationEvent;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.Fault;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.openai.SteppingClock;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that does everything wrong, one fault at a time and a thousand in a run. */
class FaultServerTest {

  private static final String KEY = "sk-never-told-0123456789";
  private static final List<String> CLASSES =
      List.of("aeroplane", "boat", "car", "cat", "dog", "horse", "person", "tvmonitor");

  private static final int SLOTS = 320;

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final SteppingClock clock = server.clock();

  private OpenAiChatModel.Builder model() {
    return server.model().apiKey(() -> KEY).readTimeout(Duration.ofSeconds(20));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "LIMIT_IN_SECONDS",
        "LIMIT_IN_MILLISECONDS",
        "LIMIT_UNTIL_A_DATE",
        "LIMIT_WITHOUT_A_WORD",
        "ERROR_500",
        "ERROR_502",
        "ERROR_503",
        "RESET_BEFORE_THE_BODY",
        "RESET_IN_THE_BODY",
        "HALF_A_BODY"
      })
  void whatPassesByItselfIsTriedAgain(Fault fault) {
    server.enqueue(fault.response());
    server.enqueue(fault.response());
    server.enqueue(Fault.text("hello").build());

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
    assertThat(clock.waits())
        .isEqualTo(
            switch (fault) {
              case LIMIT_IN_SECONDS -> List.of(Duration.ofSeconds(2), Duration.ofSeconds(2));
              case LIMIT_IN_MILLISECONDS -> List.of(Duration.ofMillis(150), Duration.ofMillis(150));
              case LIMIT_UNTIL_A_DATE -> List.of(Duration.ofSeconds(9), Duration.ZERO);
              default -> List.of(Duration.ofMillis(500), Duration.ofSeconds(1));
            });
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "LIMIT_IN_SECONDS",
        "ERROR_500",
        "RESET_BEFORE_THE_BODY",
        "RESET_IN_THE_BODY",
        "HALF_A_BODY",
        "WEB_PAGE",
        "NO_CHOICES",
        "TEN_MEGABYTES",
        "WRONG_TYPES",
        "DEEPLY_NESTED"
      })
  void whatGoesOnIsAFailureThatEndsNoRun(Fault fault) {
    OpenAiChatModel model = server.proven(model().maxRetries(1));
    server.enqueue(fault.response());
    server.enqueue(fault.response());

    LlmException failure = failure(model);

    assertThat(failure.kind()).isNotEqualTo(LlmException.Kind.UNUSABLE_ANSWER);
    assertThat(failure.permanent()).isFalse();
    assertThat(failure).hasMessageStartingWith(server.url("/v1/chat/completions").toString());
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "RESET_AFTER_THE_BODY",
        "CUT_OFF",
        "FILTERED",
        "BROKEN_UTF8",
        "EXTRA_KEYS",
        "DEEPLY_NESTED_ANSWER",
        "MANY_WORDS",
        "STRANGE_MARKS",
        "INSTRUCTIONS"
      })
  void whatTheModelSaysIsAnAnswer(Fault fault) {
    server.enqueue(fault.response());
    server.enqueue(Fault.text("hello").build());
    OpenAiChatModel model = model().build();

    assertThat(model.complete(HELLO).text()).isNotEmpty();
    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
  }

  @Test
  void oneByteASecondIsNotWaitedFor() {
    server.enqueue(Fault.ONE_BYTE_A_SECOND.response());

    LlmException failure =
        catchThrowableOfType(
            LlmException.class,
            () ->
                model().maxRetries(0).readTimeout(Duration.ofMillis(200)).build().complete(HELLO));

    assertThat(failure).hasMessageContaining("read timeout of 200 ms");
    assertThat(failure.permanent()).isFalse();
  }

  @Test
  void aSteadyDripIsCutOffByTheCallTimeout() {
    server.enqueue(Fault.text("A cat").throttleBody(1, 20, TimeUnit.MILLISECONDS).build());

    LlmException failure =
        catchThrowableOfType(
            LlmException.class,
            () ->
                model().maxRetries(0).callTimeout(Duration.ofMillis(300)).build().complete(HELLO));

    assertThat(failure).hasMessageContaining("call timeout of 300 ms");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ONE_BYTE_A_SECOND", "WEB_PAGE"})
  void noFaultKeepsASlotFromItsPrompt(Fault fault) {
    server.serve(request -> fault.response());
    LlmPromptAgent agent = LlmPromptAgent.of(model().build());
    PromptRequest request =
        new PromptRequest(new Slot(0, List.of("cat", "dog")), CLASSES, List.of(), 1);

    assertValid(
        agent,
        request,
        SelfRefinement.until(0.8).atMost(3).refine(request, agent, agent.critic()).prompt().text());
  }

  private static void assertValid(LlmPromptAgent agent, PromptRequest request, String text) {
    assertThat(agent.critic().byRules(request, new Prompt(text, "")).score())
        .as(text)
        .isGreaterThanOrEqualTo(0.7);
  }

  /**
   * Answers well or with a fault, as the question and the seed say and not the clock: the same
   * question after another one is answered the same way, however the run was cut up.
   */
  private static final class FaultServer extends Dispatcher {

    /** Rare, because each lasts until the call timeout. */
    private static final int DRIPS_ONE_IN = 500;

    private static final Fault[] FAULTS =
        EnumSet.complementOf(EnumSet.of(Fault.ONE_BYTE_A_SECOND)).toArray(Fault[]::new);

    private static final String[] SCENES = {
      "A photo of %s on a wide lawn in the morning",
      "A photo of %s near an old stone bridge, at dusk",
      "Sure! Here it is: %s against a grey wall",
      "A photo of a boat and a horse under palm trees",
      "A large picture of %s, %s, %s, %s",
      "The %s rest beside the river in fog",
    };

    private final long seed;
    private final List<String> log = new ArrayList<>();
    private final Set<Fault> seen = EnumSet.noneOf(Fault.class);
    private int faults;
    private String last = "";
    private int repeats;

    FaultServer(long seed) {
      this.seed = seed;
    }

    @Override
    public synchronized MockResponse dispatch(RecordedRequest request) {
      String body = request.getBody().utf8();
      if (body.contains("Say hello")) {
        return Fault.text("hello").build();
      }
      repeats = body.equals(last) ? repeats + 1 : 0;
      last = body;
      CRC32 crc = new CRC32();
      crc.update(body.getBytes(StandardCharsets.UTF_8));
      SplittableRandom random = new SplittableRandom(seed * 31 + crc.getValue());
      int burst = random.nextInt(5);
      Fault fault = FAULTS[random.nextInt(FAULTS.length)];
      if (random.nextInt(DRIPS_ONE_IN) == 0) {
        fault = Fault.ONE_BYTE_A_SECOND;
        burst = 1;
      }
      boolean bad = repeats < burst;
      log.add(crc.getValue() + " " + repeats + " " + (bad ? fault.name() : "good"));
      if (bad) {
        faults++;
        seen.add(fault);
        return fault.response();
      }
      return Fault.text(good(JsonParser.parseString(body).getAsJsonObject(), random)).build();
    }

    private static String good(JsonObject body, SplittableRandom random) {
      JsonArray messages = body.getAsJsonArray("messages");
      String question =
          messages.get(messages.size() - 1).getAsJsonObject().get("content").getAsString();
      JsonObject answer = new JsonObject();
      if (body.toString().contains("\"judgement\"")) {
        answer.addProperty("advice", "Use {} and %s, \"please\".\nSay more.");
        answer.addProperty("score", random.nextInt(11) / 10.0);
      } else {
        int from = question.indexOf("Objects: ");
        String objects =
            from < 0
                ? "something"
                : question.substring(from + 9, question.indexOf('\n', from)).strip();
        answer.addProperty(
            "prompt",
            SCENES[random.nextInt(SCENES.length)].replace("%s", objects) + " (" + KEY + ")");
      }
      return answer.toString();
    }
  }

  private static LabeledImage photo(String id, List<String> labels) {
    return LabeledImage.of(
        id,
        labels,
        () -> {
          throw new AssertionError("the prompt stage reads no image");
        });
  }

  private static LabeledDataset photos() {
    List<LabeledImage> photos = new ArrayList<>();
    for (int i = 0; i < CLASSES.size(); i++) {
      photos.add(photo("one-" + i, List.of(CLASSES.get(i))));
      if (i > 0) {
        photos.add(photo("two-" + i, List.of(CLASSES.get(i - 1), CLASSES.get(i))));
      }
    }
    return LabeledDataset.of(CLASSES, photos);
  }

  /**
   * Writes the prompts of a run, or resumes writing them.
   *
   * @param until how many prompts are written before the run is cancelled
   */
  private List<PromptRecord> write(FaultServer faults, Path run, int until) {
    server.setDispatcher(faults);
    AtomicInteger written = new AtomicInteger();
    try (OpenAiChatModel chat = model().maxRetries(3).callTimeout(Duration.ofSeconds(5)).build()) {
      chat.complete(HELLO);
      LlmPromptAgent agent = LlmPromptAgent.of(chat).withModelWeight(0.5);
      ImageAugmentationAgent[] stage = new ImageAugmentationAgent[1];
      stage[0] =
          ImageAugmentationAgent.builder()
              .dataset(photos())
              .promptAgent(agent)
              .refinement(SelfRefinement.until(0.8).atMost(3))
              .balance(Balance.add(SLOTS))
              .seed(7)
              .output(run)
              .listener(
                  event -> {
                    if (event instanceof AugmentationEvent.PromptWritten
                        && written.incrementAndGet() == until) {
                      stage[0].close();
                    }
                  })
              .build();
      return stage[0].writePrompts();
    }
  }

  @Test
  void aThousandFaultsLeaveEverySlotWithAValidPromptAndTheSameFileHoweverItWasStopped(
      @TempDir Path folder) throws IOException {
    FaultServer whole = new FaultServer(3);
    Path undisturbed = folder.resolve("undisturbed");
    List<PromptRecord> prompts = write(whole, undisturbed, -1);

    assertThat(whole.faults).isGreaterThanOrEqualTo(1000);
    assertThat(whole.seen).containsAll(EnumSet.allOf(Fault.class));
    assertThat(prompts).hasSize(SLOTS);
    LlmPromptAgent judge = LlmPromptAgent.of(FakeChatModel.answering());
    for (PromptRecord prompt : prompts) {
      assertValid(
          judge,
          new PromptRequest(
              new Slot(prompt.slot(), prompt.labels()), CLASSES, List.of(), prompt.slot()),
          prompt.text());
    }

    FaultServer before = new FaultServer(3);
    Path stopped = folder.resolve("stopped");
    assertThatThrownBy(() -> write(before, stopped, SLOTS / 2))
        .isInstanceOf(CancelledException.class);
    String half = Files.readString(stopped.resolve("prompts.jsonl"));
    // What a kill leaves of the line that was being written.
    Files.writeString(stopped.resolve("prompts.jsonl"), "{\"slot\":", StandardOpenOption.APPEND);
    FaultServer after = new FaultServer(3);
    write(after, stopped, -1);

    String all = Files.readString(undisturbed.resolve("prompts.jsonl"));
    assertThat(half.lines()).hasSize(SLOTS / 2);
    assertThat(all).startsWith(half);
    assertThat(Files.readString(stopped.resolve("prompts.jsonl"))).isEqualTo(all);
    assertThat(whole.log.subList(0, before.log.size())).isEqualTo(before.log);
    assertThat(whole.log.subList(whole.log.size() - after.log.size(), whole.log.size()))
        .isEqualTo(after.log);
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain(KEY);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"WEB_PAGE", "ERROR_503"},
      mode = EnumSource.Mode.INCLUDE)
  void onlyAWrongAddressEndsARunThatNeverHadAnAnswer(Fault fault, @TempDir Path folder) {
    server.serve(request -> fault.response());
    ImageAugmentationAgent stage =
        ImageAugmentationAgent.builder()
            .dataset(photos())
            .promptAgent(LlmPromptAgent.of(model().build()))
            .balance(Balance.add(3))
            .output(folder)
            .build();

    if (fault == Fault.WEB_PAGE) {
      assertThatThrownBy(stage::writePrompts)
          .isInstanceOf(LlmException.class)
          .hasMessageContaining("check that the base URL leads to");
    } else {
      assertThat(stage.writePrompts()).hasSize(3);
    }
  }
}
