package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.testing.RecordedChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Asks a model that really runs and replaces the recordings of the tests. Skipped unless {@code
 * -Diaa.record=http://127.0.0.1:8080/v1} names its server, as {@code
 * tools/llm-server/refresh-recordings.sh} does.
 */
@EnabledIfSystemProperty(named = "iaa.record", matches = "http.*")
class RefreshRecordingsTest {

  @Test
  void theRunIsRecordedAgain() throws IOException {
    Path fresh = RecordedRun.FILE.resolveSibling(RecordedRun.FILE.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    List<RecordedRun.Story> stories;
    try (OpenAiChatModel chat =
            OpenAiChatModel.builder()
                .baseUrl(System.getProperty("iaa.record"))
                .model("smollm2")
                .build();
        RecordedChatModel recorded = RecordedChatModel.record(chat, fresh)) {
      stories = RecordedRun.run(recorded);
    }
    for (RecordedRun.Story story : stories) {
      System.out.println(story.request().slot().labels() + ": " + story.refined().prompt().text());
    }
    assertThat(RecordedChatModel.replay(fresh).unused()).isGreaterThanOrEqualTo(stories.size());

    Files.move(fresh, RecordedRun.FILE, StandardCopyOption.REPLACE_EXISTING);
  }
}
