#!/usr/bin/env bash
# The step of action.yml that runs aipp. Every input comes through the environment and is passed on as one argument.
set -euo pipefail

aipp="${AIPP_BIN:?}"
arguments=("$INPUT_COMMAND" --format github)
case "$INPUT_COMMAND" in
  gate) [ -z "$INPUT_TO" ] || arguments+=(--to "$INPUT_TO") ;;
  assess) [ -z "$INPUT_TO" ] || { echo '::error title=aipp::`to` belongs to the command gate'; exit 2; } ;;
  *) echo '::error title=aipp::the input `command` is gate or assess'; exit 2 ;;
esac
[ -z "$INPUT_SARIF" ] || arguments+=(--format "sarif=$INPUT_SARIF")
[ -z "$INPUT_JUNIT" ] || arguments+=(--format "junit=$INPUT_JUNIT")
[ -z "$INPUT_JSON" ] || arguments+=(--format "json=$INPUT_JSON")
case "$INPUT_EXIT_ZERO" in
  true) if [ "$INPUT_COMMAND" = gate ]; then arguments+=(--exit-zero); fi ;;
  false) ;;
  *) echo '::error title=aipp::the input `exit-zero` is true or false'; exit 2 ;;
esac
# One argument a line.
while IFS= read -r line; do
  [ -z "$line" ] || arguments+=("$line")
done <<< "$INPUT_ARGS"

code=0
"$aipp" "${arguments[@]}" -- "$INPUT_PATH" || code=$?
printf 'exit-code=%s\n' "$code" >> "$GITHUB_OUTPUT"
exit "$code"
