#!/usr/bin/env bash
# Shows that the artifacts work in other projects: stages them into a folder, and builds and runs small programs
# against that folder from an empty local repository.
#   usage: tools/checks/consumers.sh [FOLDER]        a new folder under the system's temporary one by default
# Environment: JDKS (homes of JDKs to run on, separated by spaces; JAVA_HOME or the java on the PATH by default),
#   BOOTS (versions of Spring Boot whose bill of materials comes first; "3.5.7 4.0.0").
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
if [ -n "$(ls -A "$work")" ] && [ ! -d "$work/staged" ]; then
  echo "$work is not empty and was not made by this script; name another folder." >&2
  exit 1
fi
work=$(cd "$work" && pwd -P)
java_on_path=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
read -r -a jdks <<<"${JDKS:-${JAVA_HOME:-$java_on_path}}"
read -r -a boots <<<"${BOOTS:-3.5.7 4.0.0}"
version=$(sed -n 's|.*<version>\(.*\)</version>.*|\1|p' "$top/iaa-bom/pom.xml" | head -1)
platform=linux-x86_64
failed=0

rm -rf "$work/staged"
(cd "$top" && ./mvnw -q -B -ntp deploy -DskipTests -Dcheckstyle.skip -Dmaven.install.skip \
  -DaltDeploymentRepository="staged::file://$work/staged")

dependency() { # GROUP ARTIFACT [VERSION [CLASSIFIER]]
  printf '<dependency><groupId>%s</groupId><artifactId>%s</artifactId>' "$1" "$2"
  [ -z "${3:-}" ] || printf '<version>%s</version>' "$3"
  [ -z "${4:-}" ] || printf '<classifier>%s</classifier>' "$4"
  printf '</dependency>'
}

bom() { # GROUP ARTIFACT VERSION
  printf '<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>' "$1" "$2" "$3"
  printf '<type>pom</type><scope>import</scope></dependency>'
}

project() { # NAME BOMS DEPENDENCIES PROGRAM…: a Maven project, compiled, with its class path in lib/
  local folder=$work/$1 boms=$2 dependencies=$3
  shift 3
  rm -rf "$folder"
  mkdir -p "$folder/src/main/java/consumer"
  for program; do cp "$top/tools/checks/consumers/$program.java" "$folder/src/main/java/consumer/"; done
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>consumer</groupId><artifactId>consumer</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories>
    <repository><id>staged</id><url>file://$work/staged</url><snapshots><enabled>true</enabled></snapshots></repository>
  </repositories>
  <dependencyManagement><dependencies>$boms$(bom io.github.iaa4j iaa-bom "$version")</dependencies></dependencyManagement>
  <dependencies>$dependencies</dependencies>
</project>
POM
  "$top/mvnw" -q -B -ntp -f "$folder/pom.xml" -Dmaven.repo.local="$work/repository" \
    compile dependency:copy-dependencies -DoutputDirectory="$folder/lib" -DincludeScope=runtime
  find "$folder/lib" -name '*.jar' ! -name 'iaa-*' -printf '%s\n' |
    awk -v name="$(basename "$folder")" \
      '{ sum += $1 } END { printf "%-12s %d jars of others, %.1f MB\n", name, NR, sum / 1e6 }'
}

report() { # NAME JDK STATUS LOG
  if [ "$3" = 0 ]; then
    printf '%-12s %-28s %s\n' "$1" "$2" "$(tail -1 "$4")"
  else
    printf '%-12s %-28s FAILED: %s\n' "$1" "$2" "$4"
    failed=1
  fi
}

native_access() { # JDK OPTION: the option where the JDK knows it
  "$1/bin/java" "$2" -version >/dev/null 2>&1 && printf '%s' "$2"
}

run() { # NAME PROGRAM [ARGUMENT]: on the class path, on each JDK
  local jdk log status
  [ "$2" != Training ] || rm -rf "$work/model"
  for jdk in "${jdks[@]}"; do
    log=$work/$1-$2-$(basename "$jdk").log
    status=0
    "$jdk/bin/java" $(native_access "$jdk" --enable-native-access=ALL-UNNAMED) \
      -cp "$work/$1/target/classes:$work/$1/lib/*" "consumer.$2" "$work" "${@:3}" >"$log" 2>&1 || status=$?
    report "$1" "$2 $(basename "$jdk")" "$status" "$log"
  done
}

llm=$(dependency io.github.iaa4j iaa-llm)
diffusion=$(dependency io.github.iaa4j iaa-diffusion)
wsss=$(dependency io.github.iaa4j iaa-wsss)
toyworld=$(dependency io.github.iaa4j iaa-toyworld)
pytorch=$(dependency ai.djl.pytorch pytorch-native-cpu 2.7.1 "$platform")

project prompts "" "$llm" Prompts
run prompts Prompts
project generation "" "$diffusion$toyworld" Generation
run generation Generation
project training "" "$wsss$toyworld$pytorch" Training
run training Training
project inference "" "$wsss" Inference
run inference Inference
project nopytorch "" "$wsss$toyworld" Training
run nopytorch Training missing
for boot in "${boots[@]}"; do
  project "boot-$boot" "$(bom org.springframework.boot spring-boot-dependencies "$boot")" \
    "$llm$diffusion$wsss$toyworld$pytorch" Prompts Generation Training Inference
  for program in Prompts Generation Training Inference; do run "boot-$boot" "$program"; done
done

# The module path: PyTorch's natives stay on the class path, since their manifest states a module name that Java refuses.
project modules "" "$llm$diffusion$wsss$toyworld$pytorch" Prompts Generation Training Inference
cat >"$work/modules/module-info.java" <<'MODULE'
module consumer {
  requires io.github.iaa4j.llm;
  requires io.github.iaa4j.diffusion;
  requires io.github.iaa4j.wsss;
  requires io.github.iaa4j.toyworld;
  requires jdk.httpserver;
}
MODULE
mkdir -p "$work/modules/natives"
mv "$work/modules/lib"/pytorch-native-cpu-*.jar "$work/modules/natives/"
for jdk in "${jdks[@]}"; do
  "$jdk/bin/javac" -p "$work/modules/lib" -d "$work/modules/out-$(basename "$jdk")" \
    "$work/modules/module-info.java" "$work/modules/src/main/java/consumer/"*.java
  for program in Prompts Generation Training Inference; do
    [ "$program" != Training ] || rm -rf "$work/model"
    log=$work/modules-$program-$(basename "$jdk").log
    status=0
    "$jdk/bin/java" -p "$work/modules/out-$(basename "$jdk"):$work/modules/lib" -cp "$work/modules/natives/*" \
      -m "consumer/consumer.$program" "$work" >"$log" 2>&1 || status=$?
    report modules "$program $(basename "$jdk")" "$status" "$log"
  done
done
exit $failed
