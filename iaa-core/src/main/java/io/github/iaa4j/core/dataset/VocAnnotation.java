package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.Dimension;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.Location;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What a VOC annotation, {@code Annotations/<id>.xml}, says of an image.
 *
 * @param objectNames the {@code object/name} texts, in file order
 * @param generated whether {@code source/image} is {@link #GENERATED}
 */
record VocAnnotation(List<String> objectNames, boolean generated) {

  /** What {@code source/image} says of an image that a diffusion model generated. */
  static final String GENERATED = "diffusion model";

  /** An annotation has a few kilobytes; this keeps a hostile one from filling the memory. */
  private static final long MAX_BYTES = 4 << 20;

  // The default factory, not the one that a library on the class path may put in its place.
  private static final XMLInputFactory FACTORY = XMLInputFactory.newDefaultFactory();

  static {
    FACTORY.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    FACTORY.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    FACTORY.setProperty(XMLInputFactory.IS_COALESCING, true);
  }

  /**
   * Reads an annotation; nothing if there is no such file.
   *
   * @throws DatasetException if it is malformed
   */
  static Optional<VocAnnotation> read(Path xml) {
    return read(xml, (file, reader) -> new Parser(file, reader).parse());
  }

  /** The width and height in {@code size}, or nothing where they are not stated, or as 0. */
  static Optional<Dimension> imageSize(Path xml) {
    return read(xml, (file, reader) -> imageSize(reader)).filter(s -> s.width > 0 && s.height > 0);
  }

  private interface Parsing<T> {
    T parse(Path xml, XMLStreamReader reader) throws XMLStreamException;
  }

  private static <T> Optional<T> read(Path xml, Parsing<T> parsing) {
    try (InputStream bytes = Files.newInputStream(xml)) {
      if (Files.size(xml) > MAX_BYTES) {
        throw new DatasetException(
            xml, null, "is larger than 4 MiB, the limit for an annotation; replace the file", null);
      }
      XMLStreamReader reader = FACTORY.createXMLStreamReader(bytes);
      try {
        return Optional.of(parsing.parse(xml, reader));
      } finally {
        reader.close();
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ListFile.unreadable(xml, e);
    } catch (XMLStreamException e) {
      Location at = e.getLocation();
      throw new DatasetException(
          xml,
          at == null || at.getLineNumber() < 1 ? null : "line " + at.getLineNumber(),
          "cannot be read as XML: a tag is malformed, not closed or cut off, or the file is not in"
              + " the encoding that it states, which is UTF-8 if it states none; fix or replace it",
          e);
    }
  }

  private static Dimension imageSize(XMLStreamReader reader) throws XMLStreamException {
    Dimension size = new Dimension();
    int depth = 0;
    boolean inSize = false;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          String element = reader.getLocalName();
          if (depth == 2) {
            inSize = element.equals("size");
          } else if (depth == 3 && inSize && element.equals("width")) {
            size.width = pixels(reader.getElementText());
            depth--;
          } else if (depth == 3 && inSize && element.equals("height")) {
            size.height = pixels(reader.getElementText());
            depth--;
          }
        }
        case XMLStreamConstants.END_ELEMENT -> depth--;
        default -> {}
      }
    }
    return size;
  }

  /** 0 for an invalid size: labels need none, and many tools write nonsense here. */
  private static int pixels(String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** One pass over the elements of an annotation. */
  private static final class Parser {

    private final Path xml;
    private final XMLStreamReader reader;
    private final List<String> names = new ArrayList<>();
    private boolean generated;
    private int objects;
    private int depth;

    /** The element that a child of the root is, while the reader is in it. */
    private String within = "";

    Parser(Path xml, XMLStreamReader reader) {
      this.xml = xml;
      this.reader = reader;
    }

    VocAnnotation parse() throws XMLStreamException {
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.DTD ->
              throw new DatasetException(
                  xml,
                  "DOCTYPE",
                  "a document type is refused, because it can pull in other files; an annotation"
                      + " needs none, so remove the line",
                  null);
          case XMLStreamConstants.START_ELEMENT -> start(reader.getLocalName());
          case XMLStreamConstants.END_ELEMENT -> end();
          default -> {}
        }
      }
      return new VocAnnotation(names, generated);
    }

    private void start(String element) throws XMLStreamException {
      depth++;
      if (depth == 1 && !element.equals("annotation")) {
        throw new DatasetException(
            xml,
            element,
            "the root element of an annotation is <annotation>; replace the file",
            null);
      }
      if (depth == 2) {
        within = element;
        objects += element.equals("object") ? 1 : 0;
      } else if (depth == 3 && within.equals("object") && element.equals("name")) {
        // Parts of an object, such as a head, have names too, one level further down.
        names.add(text());
      } else if (depth == 3 && within.equals("source") && element.equals("image")) {
        generated = text().equals(GENERATED);
      }
    }

    /** The text of the element that has just started, which is read to its end. */
    private String text() throws XMLStreamException {
      depth--;
      return reader.getElementText().strip();
    }

    private void end() {
      if (depth == 2 && within.equals("object") && names.size() != objects) {
        throw new DatasetException(
            xml,
            "object " + objects,
            "needs exactly one <name> element; add it or remove the others",
            null);
      }
      depth--;
    }
  }
}
