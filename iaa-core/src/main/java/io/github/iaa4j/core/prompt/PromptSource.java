package io.github.iaa4j.core.prompt;

/** Whose words a prompt holds. */
public enum PromptSource {
  /** The agent's, as it wrote them; marks around them do not count. */
  AGENT,

  /** The agent's, fixed by rules: a label added, a clause dropped, an end cut off. */
  REPAIRED,

  /** The template's or the rules', in a setting: nothing but that may be the agent's. */
  TEMPLATE,

  /** Not recorded: a line that a person or an earlier version wrote. */
  UNKNOWN
}
