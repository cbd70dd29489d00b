package io.github.iaa4j.toyworld.internal;

/** How an object is drawn; captions choose their verb by it. */
public enum Posture {
  STANDING,
  WALKING,
  SITTING,
  FLYING,
  LANDED,
  FLOATING,
  PARKED
}
