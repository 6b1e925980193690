#!/bin/sh
# Secrets from files into the environment; as root, unless another sandbox is asked for,
# the helper of the sandbox `container` first: it starts the rest as user 10001.
set -eu
fail() { echo "Error: $1 - $2" >&2; exit 2; }

for name in GITHUB_TOKEN GITHUB_WEBHOOK_SECRET ANTHROPIC_API_KEY CLAUDE_CLUSTER_API_TOKEN CLAUDE_CLUSTER_DATABASE_URL; do
  eval "file=\${${name}_FILE:-}"
  [ -n "$file" ] || continue
  [ -r "$file" ] || fail "${name}_FILE names $file, which user $(id -u) can't read" "mount the file, readable to that user"
  eval "$name=\$(cat \"\$file\")"
  export "${name?}"
  unset "${name}_FILE"
done

# A rehearsal's servers answer on the same addresses everywhere: here, in the other containers, and on the host.
if [ -n "${CLAUDE_CLUSTER_SHARED:-}" ] && [ -r "$CLAUDE_CLUSTER_SHARED/rehearsal" ]; then
  for port in 8090 8091; do
    socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "TCP:rehearsal:$port" &
  done
  . "$CLAUDE_CLUSTER_SHARED/rehearsal"
  find "$(dirname "$CLAUDE_CLUSTER_HOME")" -maxdepth 1 -name 'rehearsal-*' ! -path "$CLAUDE_CLUSTER_HOME" -exec rm -rf {} +
  mkdir -p "$CLAUDE_CLUSTER_HOME"
fi

case "$(id -u)/${CLAUDE_CLUSTER_SANDBOX:-auto}" in
  0/auto | 0/container) ;;
  *) exec "$@" ;;
esac
exec claude-cluster-sandbox -- "$@"
