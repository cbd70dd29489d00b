package io.github.iaa4j.core.prompt;

/** Why a template replaces the prompt that an agent should have written. */
public enum TemplateCause {
  /** The language model's server failed; it may answer for the next slot. */
  SERVER_FAILED,

  /** The agent wrote nothing before the slot's deadline. */
  DEADLINE_PASSED,

  /** The agent answered, but with nothing that can be used as a prompt. */
  UNUSABLE_PROMPTS
}
