#!/usr/bin/env bash
# Asks SmolLM2 again for all that the tests of iaa-llm replay, and replaces
# iaa-llm/src/test/resources/recordings. Takes some minutes. Options, all in the environment:
#   PYTHON   an interpreter with requirements.txt installed (default: .venv beside this file, made if it is not there)
#   PORT     where the server listens (default 8099)
#   THREADS  of the server (default 2)
#   MVN      options for Maven, such as -o
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8099}
python=${PYTHON:-$here/.venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv "$here/.venv"
  "$here/.venv/bin/pip" install --quiet --no-deps -r "$here/requirements.txt"
  python=$here/.venv/bin/python
fi

log=$(mktemp)
"$python" "$here/serve.py" --port "$port" --slots 1 --threads "${THREADS:-2}" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
until grep -q " at http" "$log"; do
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$log" >&2
    exit 1
  fi
  sleep 1
done

cd "$here/../.."
# shellcheck disable=SC2086
./mvnw -q ${MVN:-} -pl iaa-llm -am test -Dtest=RefreshRecordingsTest \
  -Dsurefire.failIfNoSpecifiedTests=false "-Diaa.record=http://127.0.0.1:$port/v1"
git diff --stat -- iaa-llm/src/test/resources/recordings || true
