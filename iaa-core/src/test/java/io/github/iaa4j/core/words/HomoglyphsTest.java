package io.github.iaa4j.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HomoglyphsTest {

  @ParameterizedTest
  @CsvSource({
    "\u0430, a",
    "\u0410, a",
    "\u0392, b",
    "\u1d00, a",
    "\u0142, l",
    "\u00c9, e",
    "\uff21, \uff41",
    "\u2019, ''''",
    "\u2014, -",
    "Q, q",
    "4, 4",
    "\u732b, \u732b",
  })
  void aCharacterBecomesTheLatinLetterThatItLooksLike(char character, char latin) {
    assertThat(Homoglyphs.latin(character)).isEqualTo(latin);
  }

  @Test
  void aSpaceOfAnyWidthIsASpace() {
    assertThat(Homoglyphs.latin('\u2003')).isEqualTo(' ');
  }

  @Test
  void aFoldedTextHasTheSameLength() {
    assertThat(Homoglyphs.fold("\u0420u\u0440\u0440y \u00c5\u2014D\u00d6G"))
        .isEqualTo("puppy a-dog");
  }

  @Test
  void onlyDigitsBetweenLettersStandForLetters() {
    assertThat(Homoglyphs.foldDigits("d0g 10 dogs, 4 c4ts3")).isEqualTo("dog 10 dogs, 4 cats3");
  }
}
