package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.report.HtmlReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code iaa prompts --agent llm} and a server that fails in one way or another. */
class LlmOptionsTest {

  private static final int SLOTS = 4;

  @TempDir Path folder;

  private final MockWebServer server = new MockWebServer();

  @BeforeEach
  void start() throws IOException {
    server.start();
    Iaa.run("toyworld", "--split", "train", "--count", 12, "--out", folder.resolve("toy"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Answers well, but for the requests of which the function makes another answer. */
  private void serve(IntFunction<MockResponse> other) {
    int[] count = {0};
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public synchronized MockResponse dispatch(RecordedRequest request) {
            MockResponse instead = other.apply(count[0]++);
            return instead == null ? good(request.getBody().utf8()) : instead;
          }
        });
  }

  private static MockResponse good(String body) {
    JsonObject answer = new JsonObject();
    if (body.contains("\"judgement\"")) {
      answer.addProperty("advice", "");
      answer.addProperty("score", 0.9);
    } else {
      String objects = body.substring(body.lastIndexOf("Objects: ") + 9);
      answer.addProperty(
          "prompt",
          "A photo of "
              + objects.substring(0, objects.indexOf("\\n")).replace("; ", " and ").replace(",", "")
              + " by a lake at sunset");
    }
    JsonObject message = new JsonObject();
    message.addProperty("content", answer.toString());
    return new MockResponse.Builder()
        .body("{\"choices\": [{\"finish_reason\": \"stop\", \"message\": " + message + "}]}")
        .build();
  }

  private static MockResponse status(int status, String words) {
    return new MockResponse.Builder()
        .code(status)
        .body("{\"error\": {\"message\": \"" + words + "\"}}")
        .build();
  }

  private Iaa prompts(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("prompts", "--agent", "llm"));
    arguments.addAll(List.of("--dataset", "voc:" + folder.resolve("toy") + ":train"));
    arguments.addAll(List.of("--balance", "add:" + SLOTS, "--run", run()));
    arguments.addAll(List.of("--llm", server.url("/v1"), "--llm-model", "m"));
    arguments.addAll(List.of("--json", folder.resolve("result.json")));
    arguments.addAll(List.of(more));
    return Iaa.run(arguments.toArray());
  }

  private Path run() {
    return folder.resolve("run");
  }

  private List<PromptRecord> written() {
    return Run.open(run()).prompts();
  }

  @Test
  void aServerThatLoadsItsModelIsWaitedForWithALine() {
    serve(request -> request < 3 ? status(503, "Loading model") : null);

    Iaa iaa = prompts();

    assertThat(iaa.exitCode()).as(iaa.err()).isZero();
    assertThat(iaa.err())
        .contains("Waiting for the language model's server", "at most 300 s", "Loading model");
    assertThat(written()).noneMatch(prompt -> prompt.source() == PromptSource.TEMPLATE);
  }

  @Test
  void templatesForWantOfAServerAreCountedAndEndInExitCode3() throws IOException {
    serve(request -> request == 0 ? null : status(500, "the engine died"));

    Iaa iaa = prompts("--wait", 0, "--retries", 0);

    assertThat(iaa.exitCode()).isEqualTo(3);
    assertThat(iaa.err())
        .contains(
            "of 4 prompts are templates",
            "because the server failed",
            "HTTP 500",
            "--max-templates 0.1",
            "prompts.jsonl");
    long failed =
        written().stream()
            .filter(prompt -> prompt.templateCause() == TemplateCause.SERVER_FAILED)
            .count();
    assertThat(failed).isPositive();
    JsonObject result =
        JsonParser.parseString(Files.readString(folder.resolve("result.json"))).getAsJsonObject();
    assertThat(result.getAsJsonObject("templateCauses").get("SERVER_FAILED").getAsLong())
        .isEqualTo(failed);
    assertThat(Files.readString(HtmlReport.write(Run.open(run()))))
        .contains(failed + " of them", "what the language model should have written");
  }

  @Test
  void howManyTemplatesAreTooManyIsAnOption() {
    serve(request -> request == 0 ? null : status(500, "the engine died"));

    assertThat(prompts("--wait", 0, "--retries", 0, "--max-templates", 1).exitCode()).isZero();
  }

  @Test
  void aGatewayThatHasGoneAwayStopsTheRunWhichCanBeResumed() {
    // The first prompt and the eight questions of the model's examination, and two prompts more.
    serve(request -> request < 11 ? null : status(502, "Bad Gateway"));

    Iaa stopped = prompts("--parallel", 1, "--wait", 1);

    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.err()).contains("HTTP 502", "--wait", "the same command resumes after them");
    assertThat(written()).isNotEmpty().hasSizeLessThan(SLOTS);
    assertThat(written()).noneMatch(prompt -> prompt.source() == PromptSource.TEMPLATE);

    serve(request -> null);
    assertThat(prompts("--parallel", 1).exitCode()).isZero();
    assertThat(written())
        .hasSize(SLOTS)
        .noneMatch(prompt -> prompt.source() == PromptSource.TEMPLATE);
  }

  @ParameterizedTest
  @CsvSource({"401, IAA_API_KEY", "404, the model's name m", "400, does not accept"})
  void whatNeverWillWorkStopsAtOnce(int status, String remedy) {
    serve(request -> status(status, "no"));

    Iaa iaa = prompts();

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains(remedy).doesNotContain("Waiting");
    assertThat(written()).isEmpty();
  }

  private static MockResponse completion(String choice) {
    return new MockResponse.Builder().body("{\"choices\": [" + choice + "]}").build();
  }

  static Stream<MockResponse> answersWithoutPrompt() {
    return Stream.of(
        completion("{\"finish_reason\": \"stop\", \"message\": {\"content\": \"\"}}"),
        completion("{\"finish_reason\": \"length\", \"message\": {\"content\": \"\"}}"),
        completion(
            "{\"finish_reason\": \"stop\", \"message\": {\"content\": \"Welcome. Please log in.\"}}"),
        new MockResponse.Builder()
            .code(400)
            .body("{\"error\": {\"code\": \"content_filter\", \"message\": \"filtered\"}}")
            .build());
  }

  @ParameterizedTest
  @MethodSource("answersWithoutPrompt")
  void templatesForWantOfAUsableAnswerEndInExitCode3(MockResponse answer) {
    serve(request -> answer);

    Iaa iaa = prompts();

    assertThat(iaa.exitCode()).isEqualTo(3);
    assertThat(iaa.err())
        .contains(
            "4 of 4 prompts are templates (4 because no answer could be used)",
            "Most frequent reason: The prompt could not be used");
    assertThat(written())
        .allMatch(prompt -> prompt.templateCause() == TemplateCause.UNUSABLE_PROMPTS);
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 403})
  void anAddressThatIsLostHalfWayStopsTheRunWithoutTemplates(int status) {
    serve(request -> request < 11 ? null : status(status, "no route to model"));

    Iaa stopped = prompts("--parallel", 1);

    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.err()).contains("HTTP " + status, "the same command resumes after them");
    assertThat(written())
        .hasSizeLessThan(SLOTS)
        .noneMatch(prompt -> prompt.source() == PromptSource.TEMPLATE);
  }

  static Stream<List<Object>> misspelt() {
    return Stream.of(
        List.of("--api-key", "sk-hush"),
        List.of("--api-key=sk-hush"),
        List.of("--haeder", "Authorization: Bearer hush"),
        List.of("-khush"),
        List.of("hush"));
  }

  @ParameterizedTest
  @MethodSource("misspelt")
  void noValueOfAnUnknownOptionIsShown(List<Object> arguments) {
    Iaa iaa = prompts(arguments.toArray());

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err())
        .contains(arguments.get(0).toString().startsWith("-") ? "unknown option -" : "no option")
        .doesNotContain("hush");
  }

  @Test
  void howManyTemplatesAreTooManyMeansNothingWithoutALanguageModel() {
    Iaa iaa =
        Iaa.run(
            "prompts",
            "--dataset",
            "voc:" + folder.resolve("toy") + ":train",
            "--balance",
            "add:1",
            "--run",
            run(),
            "--agent",
            "rule",
            "--max-templates",
            0.5);

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains("--agent llm");
  }

  @Test
  void headersAndTokensAreSent() throws Exception {
    serve(request -> null);

    prompts("--header", "X-Team: vision: 1", "--header", "X-More:2", "--max-tokens", 777);

    RecordedRequest request = server.takeRequest();
    assertThat(request.getHeaders().get("X-Team")).isEqualTo("vision: 1");
    assertThat(request.getHeaders().get("X-More")).isEqualTo("2");
    assertThat(request.getBody().utf8()).contains("\"max_tokens\":777");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hush-hush", ":hush-hush", "X Y: hush-hush", "X: hush-hush\u00e9"})
  void aHeaderThatCannotBeSentIsNamedWithoutItsValue(String header) {
    Iaa iaa = prompts("--header", header);

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains("header").doesNotContain("hush");
  }

  @Test
  void aHeaderWithoutQuotesIsNotShownEither() {
    Iaa iaa = prompts("--header", "X:", "hush-hush");

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err()).contains("--header 'Name: value'").doesNotContain("hush");
  }

  @Test
  void noRequestIsSentThatTheTokensOfAMinuteDoNotAllow() {
    serve(request -> null);

    Iaa iaa = prompts("--tokens-per-minute", 1, "--wait", 0);

    assertThat(iaa.exitCode()).isEqualTo(3);
    assertThat(server.getRequestCount()).isZero();
  }

  static Stream<List<Object>> outOfRange() {
    return Stream.of(
        List.of("--max-tokens", 31),
        List.of("--timeout", 0),
        List.of("--retries", 11),
        List.of("--parallel", 0),
        List.of("--tokens-per-minute", 0),
        List.of("--wait", -1),
        List.of("--max-templates", 1.5),
        List.of("--ca-file", "no-such.pem"));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void anOptionOutOfRangeIsNamed(List<Object> option) {
    Iaa iaa = prompts(option.toArray());

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains(option.get(0).toString());
  }

  @Test
  void theExitCodeIsInTheHelp() {
    assertThat(Iaa.run("--help").out()).contains("3 done, but templates", "--max-templates");
  }
}
