package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordsOptionTest {

  @Test
  void aLanguageModelsAgentHasOtherWordsInItsName(@TempDir Path folder) throws IOException {
    ClassWords own =
        ClassWords.read(Files.writeString(folder.resolve("own.txt"), "[n1]\nsay: fox\n"));
    LlmPromptAgent agent = LlmPromptAgent.builder(FakeChatModel.answering()).words(own).build();

    PromptAgent named = WordsOption.named(agent, own);

    assertThat(named.name()).isEqualTo(agent.name() + ", " + own.describe());
    assertThat(named.critic()).isSameAs(agent.critic());
    assertThat(WordsOption.named(agent, ClassWords.builtIn())).isSameAs(agent);
  }
}
