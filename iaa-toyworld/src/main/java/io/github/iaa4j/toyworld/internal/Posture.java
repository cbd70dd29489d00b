package io.github.iaa4j.toyworld.internal;

/** The posture of a drawn object, which decides the verbs of its caption. */
public enum Posture {
  STANDING,
  WALKING,
  SITTING,
  FLYING,
  LANDED,
  FLOATING,
  PARKED
}
