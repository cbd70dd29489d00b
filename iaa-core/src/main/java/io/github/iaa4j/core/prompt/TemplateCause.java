package io.github.iaa4j.core.prompt;

/** Why a template stands in for a prompt that an agent should have written. */
public enum TemplateCause {
  /** The language model's server failed, and the next slot may fare better. */
  SERVER_FAILED,

  /** The agent wrote nothing before the slot's deadline. */
  DEADLINE_PASSED,

  /** The agent answered, and with nothing that can be used as a prompt. */
  UNUSABLE_PROMPTS
}
