package io.github.iaa4j.core.prompt;

/** Where the words of a prompt come from. */
public enum PromptSource {
  /** The agent wrote them; punctuation around them does not count. */
  AGENT,

  /** The agent wrote them and rules fixed them: added a label, dropped a clause, cut the end. */
  REPAIRED,

  /** A template or the rules wrote them; at most the setting is the agent's. */
  TEMPLATE,

  /** Not recorded, as in a line that a person wrote. */
  UNKNOWN
}
