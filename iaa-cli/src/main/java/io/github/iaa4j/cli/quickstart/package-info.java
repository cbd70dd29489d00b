/** The quickstart on Toy World, and what each part of the method adds to it. */
@NullMarked
package io.github.iaa4j.cli.quickstart;

import org.jspecify.annotations.NullMarked;
