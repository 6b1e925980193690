#!/bin/sh
# Before anything starts: are the keys there, or is this a rehearsal? And the token that the whole cluster shares.
set -eu
umask 077
shared=${CLAUDE_CLUSTER_SHARED:-/run/claude-cluster}
# compose.yaml's service `keys` is this program; without it that does not start, and its name is the error.
program="$shared/GITHUB_TOKEN and ANTHROPIC_API_KEY must be set: export them, or name their file with --env-file"
rm -f "$program"
fail() { echo "Error: $1 - $2" >&2; exit "${EXIT_WITHOUT_KEYS:-2}"; }

given=
missing=
[ -n "${GITHUB_TOKEN:-}${GITHUB_APP_ID:-}" ] && given=1 || missing="GITHUB_TOKEN"
[ -n "${ANTHROPIC_API_KEY:-}" ] && given=1 || missing="${missing:+$missing and }ANTHROPIC_API_KEY"
how='export it, or give a file that has it: docker-compose --env-file .env -f infra/docker/compose.yaml up'

if [ -z "$given" ]; then
  # Only `--profile rehearsal` starts a service of that name, at the same moment as this one.
  echo "no keys are set; looking for a rehearsal"
  tries=0
  until getent hosts rehearsal >/dev/null; do
    tries=$((tries + 1))
    [ $tries -le "${REHEARSAL_SECONDS:-10}" ] || fail "$missing not set" "$how"
    sleep 1
  done
  echo "waiting for the rehearsal's forge and model"
  until socat -u OPEN:/dev/null TCP:rehearsal:8091,connect-timeout=1 2>/dev/null; do sleep 1; done
  echo "this cluster is a rehearsal: its forge, its model, no key, no money"
else
  [ -z "$missing" ] || fail "$missing not set" "$how"
  rm -f "$shared/rehearsal"
fi

if [ ! -s "$shared/token" ]; then
  head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' > "$shared/token.new"
  mv "$shared/token.new" "$shared/token"
fi
printf '#!/bin/sh\n' > "$program"
chmod 0700 "$program"
