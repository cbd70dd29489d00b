package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.junit.jupiter.api.Test;

class Sha256Test {

  /** The examples of FIPS 180-2. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void theChecksumsAreThoseOfTheStandard() {
    assertThat(Sha256.hex("abc")).isEqualTo(ABC);
    assertThat(Sha256.hex(new byte[0]))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void aTextIsHashedInUtf8WhateverThePlatformsCharset() {
    assertThat(Sha256.hex("猫")).isEqualTo(Sha256.hex("猫".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aDigestFedInPiecesGivesTheSameChecksum() {
    MessageDigest digest = Sha256.digest();
    digest.update((byte) 'a');
    digest.update(new byte[] {'b', 'c'});

    assertThat(Sha256.hex(digest)).isEqualTo(ABC);
  }
}
