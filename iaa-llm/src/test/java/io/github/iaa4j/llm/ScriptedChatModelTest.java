package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScriptedChatModelTest {

  private static final ChatRequest QUESTION =
      ChatRequest.builder().message(ChatMessage.user("Why?")).build();

  @Test
  void answersInOrderAndRemembersTheQuestions() {
    ScriptedChatModel chat = ScriptedChatModel.answering("one", "two");

    assertThat(chat.complete(QUESTION).text()).isEqualTo("one");
    assertThat(chat.complete(QUESTION).text()).isEqualTo("two");
    assertThat(chat.requests()).containsExactly(QUESTION, QUESTION);
  }

  @Test
  void saysWhichQuestionFoundNoAnswer() {
    assertThatThrownBy(() -> ScriptedChatModel.answering().complete(QUESTION))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Why?");
  }
}
