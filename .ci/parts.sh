# Parts of a run, of which each may fail without ending it: sourced by `run` and `nightly`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
passed=0
failed=0
names=()

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# In a subshell: runs a command, and lays down how it ended, after how many seconds, and how many the processors took.
measured() {
  local name=$1 started=$SECONDS code
  shift
  "$@"
  code=$?
  times >"$logs/$name.times"
  echo "$code $((SECONDS - started)) $(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/); printf "%d", 60 * (u[1] + s[1]) + u[2] + s[2] }' "$logs/$name.times")" >"$logs/$name.part"
  # At one moment: who waits reads it whole.
  mv "$logs/$name.part" "$logs/$name.end"
}

ended() {
  local name=$1 code=1 seconds=0 work=0
  # If it was killed, nothing says how it ended.
  if [ -f "$logs/$name.end" ]; then read -r code seconds work <"$logs/$name.end"; else touch "$logs/$name.end"; fi
  if [ "$code" -eq 0 ]; then
    passed=$((passed + 1))
    echo "--- ok: $name ($seconds s, processors $work s)"
  else
    failed=$((failed + 1))
    names+=("$name")
    echo "--- FAILED: $name ($seconds s, processors $work s)"
  fi
}

run() {
  local name=$1
  shift
  echo "=== $name: $*"
  (measured "$name" "$@")
  ended "$name"
}

# What keeps one core busy runs beside what follows, one after the other; what each prints comes when it is waited for.
declare -A others
last=

beside() {
  local name=$1 before=$last
  shift
  last=$name
  echo "=== $name, beside what follows: $*"
  (
    while [ -n "$before" ] && [ ! -f "$logs/$before.end" ]; do sleep 0.5; done
    measured "$name" "$@" >"$logs/$name" 2>&1
  ) &
  others[$name]=$!
}

wait_for() {
  local name=$1
  wait "${others[$name]}"
  echo "=== $name"
  cat "$logs/$name"
  ended "$name"
}

set_up() {
  run install npm ci
  run chromium bash -c 'command -v chromium && ldconfig -p | grep -q libvulkan.so.1 || (apt-get update && apt-get install -y chromium libvulkan1)'
}

# The last line, and the exit code.
end() {
  [ "$failed" -eq 0 ] || echo "failed: ${names[*]}"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
