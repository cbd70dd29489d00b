package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What lies in a folder and below: its images, and what is not one of them. Links are followed.
 * Names are relative to the folder, with {@code /} between folders, in the order of their text.
 */
final class FolderTree {

  /**
   * What systems and tools leave beside the files of a person, beyond names that begin with a dot.
   */
  private static final Set<String> SYSTEM_NAMES =
      Set.of(
          "@eadir",
          "#recycle",
          "$recycle.bin",
          "__macosx",
          "desktop.ini",
          "ehthumbs.db",
          "icon\r",
          "lost+found",
          "system volume information",
          "thumbs.db");

  private final Path root;
  private final NavigableSet<String> images = new TreeSet<>();
  private final NavigableSet<String> otherFiles = new TreeSet<>();
  private final NavigableSet<String> folders = new TreeSet<>();
  private final NavigableSet<String> foldersNamedAsImages = new TreeSet<>();
  private final NavigableSet<String> brokenLinks = new TreeSet<>();
  private final NavigableSet<String> systemFiles = new TreeSet<>();

  private FolderTree(Path root) {
    this.root = root;
  }

  /**
   * Walks a folder.
   *
   * @throws DatasetException if there is no such folder, a part of it cannot be listed, or a name
   *     in it is not text
   */
  static FolderTree of(Path root) {
    if (!Files.isDirectory(root)) {
      throw new DatasetException(
          root,
          null,
          Files.exists(root)
              ? "is a file, but a folder is expected here"
              : "there is no such folder; check the path",
          null);
    }
    FolderTree tree = new FolderTree(root);
    try {
      Files.walkFileTree(
          root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, tree.new Visitor());
    } catch (IOException e) {
      throw new DatasetException(
          root, null, "cannot be listed (" + e.getMessage() + "); check rights and links", e);
    }
    return tree;
  }

  /** Whether a file or folder of this name is none that a person put there. */
  static boolean isSystemName(String name) {
    return name.startsWith(".") || SYSTEM_NAMES.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Files whose extension is one of those that are read. */
  NavigableSet<String> images() {
    return images;
  }

  /** All other files but hidden ones and a system's. */
  NavigableSet<String> otherFiles() {
    return otherFiles;
  }

  /** The folders right below, hidden ones and a system's left out. */
  NavigableSet<String> folders() {
    return folders;
  }

  /** Counts what is neither an image nor a list: other files, broken links, what systems leave. */
  void noteTheRest(Notices notices, Set<String> used) {
    for (String file : otherFiles) {
      if (!used.contains(file)) {
        notices.add(Kind.FILES_PASSED_OVER, extension(file), file);
      }
    }
    systemFiles.forEach(file -> notices.add(Kind.SYSTEM_FILES_PASSED_OVER, "", file));
    brokenLinks.forEach(file -> notices.add(Kind.BROKEN_LINKS, "", file));
    foldersNamedAsImages.forEach(file -> notices.add(Kind.FOLDERS_NAMED_AS_IMAGES, "", file));
  }

  /** The extension in small letters, with its dot; empty where there is none. */
  static String extension(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
  }

  private final class Visitor extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      if (folder.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      String name = name(folder);
      if (isSystemName(fileName(folder))) {
        systemFiles.add(name);
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (ImageFile.hasImageExtension(name)) {
        foldersNamedAsImages.add(name);
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (name.indexOf('/') < 0) {
        folders.add(name);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      String name = name(file);
      if (isSystemName(fileName(file))) {
        systemFiles.add(name);
      } else if (!attributes.isRegularFile()) {
        // Links are followed, so one that is still a link leads nowhere.
        brokenLinks.add(name);
      } else if (ImageFile.hasImageExtension(name)) {
        images.add(name);
      } else {
        otherFiles.add(name);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof FileSystemLoopException) {
        brokenLinks.add(name(file));
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    private String name(Path file) {
      String fault = FileNames.fault(file.toString());
      if (fault != null) {
        throw new DatasetException(file, null, fault, null);
      }
      return root.relativize(file).toString().replace(root.getFileSystem().getSeparator(), "/");
    }

    private static String fileName(Path file) {
      return String.valueOf(file.getFileName());
    }
  }
}
