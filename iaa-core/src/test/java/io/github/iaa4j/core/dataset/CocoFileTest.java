package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.CocoFolder.CATEGORIES;
import static io.github.iaa4j.core.dataset.CocoFolder.IMAGES;
import static io.github.iaa4j.core.dataset.CocoFolder.annotation;
import static io.github.iaa4j.core.dataset.CocoFolder.document;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused in a COCO file, and in which words. */
class CocoFileTest {

  private final Path folder;
  private final CocoFolder coco;

  CocoFileTest(@TempDir Path folder) {
    this.folder = folder;
    this.coco = new CocoFolder(folder);
  }

  @Test
  void refusesACategoryThatIsNotThere() {
    coco.refuses(IMAGES, annotation(7, 1) + "," + annotation(7, 99), CATEGORIES)
        .hasMessageContaining("$.annotations[1].category_id")
        .hasMessageContaining("99 is none of the file's categories");
  }

  @Test
  void refusesAnImageThatIsNotThere() {
    coco.refuses(IMAGES, annotation(8, 1), CATEGORIES)
        .hasMessageContaining("$.annotations[0].image_id")
        .hasMessageContaining("8 is none of the file's images");
  }

  @Test
  void refusesImagesWithTheSameId() {
    coco.refuses(IMAGES + ",{'id':7,'file_name':'c.jpg','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[2].id");
  }

  @Test
  void refusesImagesWithTheSameName() {
    coco.refuses(IMAGES + ",{'id':8,'file_name':'a.png','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[2].file_name")
        .hasMessageContaining("another image is called \"a\"");
  }

  @Test
  void refusesCategoriesWithTheSameIdOrName() {
    coco.refuses(IMAGES, "", CATEGORIES + ",{'id':1,'name':'cow'}")
        .hasMessageContaining("$.categories[3].id");
    coco.refuses(IMAGES, "", CATEGORIES + ",{'id':2,'name':'cat'}")
        .hasMessageContaining("$.categories[3].name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " cow", "cow\\nhorse"})
  void refusesACategoryNameThatIsNoPlainText(String name) {
    coco.refuses(IMAGES, "", "{'id':1,'name':'" + name + "'}")
        .hasMessageContaining("$.categories[0]")
        .hasMessageContaining("plain text");
  }

  @Test
  void refusesAFileWithoutImages() {
    coco.refuses("", "", CATEGORIES).hasMessageContaining("lists no image");
  }

  @Test
  void refusesAFileWithoutCategories() {
    coco.refuses(IMAGES, "", "").hasMessageContaining("has 0 classes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'file_name':'a.jpg','width':8,'height':6} | needs id, file_name, width and height",
        "{'id':1,'file_name':'a.jpg'} | needs id, file_name, width and height",
        "{'id':'x','file_name':'a.jpg','width':8,'height':6} | $.images[0].id",
        "{'id':1,'file_name':'a.jpg','width':100000,'height':100000} | claims 100000 x 100000",
      })
  void refusesAMalformedImage(String image, String message) {
    coco.refuses(image, "", CATEGORIES).hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | not what a COCO instances file has here",
        "{'images':[], | cannot be read to its end",
        "{'images':{}} | $.images",
        "{'images':[],'annotations':[]} | must have the lists images, annotations and categories",
        "'' | cannot be read to its end",
        "<html> | not what a COCO instances file has here",
        "{'images':[{'id':NaN}]} | $.images[0].id",
        "{'images':[{'id':1.5}]} | must be a whole number",
        "{'images':[{'id':null}]} | which is a whole number, but null",
        "{'images':[{'file_name':7}]} | which is a text, but a number",
        "{'images':[7]} | which is an object, but a number",
      })
  void refusesWhatIsNoInstancesFile(String json, String message) {
    coco.write(json);

    assertThatThrownBy(coco::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("instances.json")
        .hasMessageContaining(message);
  }

  @Test
  void refusesNestingThatWouldExhaustTheStack() {
    coco.write("{'info':" + "[".repeat(100_000) + "]".repeat(100_000) + "}");

    assertThatThrownBy(coco::open).isInstanceOf(DatasetException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GBK", "UTF-16", "UTF-16LE", "windows-1252"})
  void saysThatTheFileIsInAnotherEncoding(String encoding) {
    String json = document(IMAGES, "", "{'id':1,'name':'\u00e9\u00e8'}").replace('\'', '"');
    ImageFiles.write(folder.resolve("instances.json"), json.getBytes(Charset.forName(encoding)));

    assertThatThrownBy(coco::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("instances.json: is not UTF-8 text");
  }

  @Test
  void saysThatUtf16WithoutAMarkIsNoUtf8() {
    String json = document(IMAGES, "", CATEGORIES).replace('\'', '"');
    ImageFiles.write(folder.resolve("instances.json"), json.getBytes(StandardCharsets.UTF_16LE));

    assertThatThrownBy(coco::open).hasMessageContaining("instances.json: is not UTF-8 text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'images':[],}", "{'images':[{'id':1,}]}"})
  void namesTheFieldOfATrailingComma(String json) {
    coco.write(json);

    assertThatThrownBy(coco::open)
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).startsWith("$").doesNotEndWith("."))
        .hasMessageContaining("a trailing comma");
  }

  @Test
  void usesNoWordOfTheParser() {
    for (String json :
        List.of("[]", "{'images':{}}", "{'images':[{'id':NaN}]}", "{'images':[,]}", "{'a'")) {
      coco.write(json);

      assertThatThrownBy(coco::open)
          .message()
          .doesNotContainIgnoringCase("lenient")
          .doesNotContainIgnoringCase("strict")
          .doesNotContain("BEGIN_")
          .doesNotContain("line 1 column");
    }
  }

  @Test
  void saysThatTheFileIsMissing() {
    assertThatThrownBy(coco::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("there is no such file");
  }
}
