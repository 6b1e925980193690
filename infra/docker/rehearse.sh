#!/bin/sh
# The rehearsal's forge (8090) and model (8091): on loopback as ever, and through a door for the other containers.
set -eu
umask 077
shared=${CLAUDE_CLUSTER_SHARED:-/run/claude-cluster}
if [ -n "${GITHUB_TOKEN:-}${ANTHROPIC_API_KEY:-}" ]; then
  echo "Error: keys are set, so this cluster is a real one - rehearse without: GITHUB_TOKEN= ANTHROPIC_API_KEY= docker-compose ..." >&2
  exit 2
fi
# A forge that starts anew knows nothing of earlier tasks, so the cluster must not either.
home="$CLAUDE_CLUSTER_HOME/rehearsal-$(date +%s)"
python3 -P -m demo.rehearsal --folder /tmp/rehearsal --port 8090 --model-port 8091 > /tmp/told &
server=$!
trap 'kill $server; wait $server' TERM INT
until grep -q '^# pages' /tmp/told; do
  kill -0 $server || exit 1
  sleep 0.2
done
{ grep '^export ' /tmp/told; echo "export CLAUDE_CLUSTER_HOME=$home"; } > "$shared/rehearsal.new"
mv "$shared/rehearsal.new" "$shared/rehearsal"
for port in 8090 8091; do
  socat "TCP-LISTEN:$port,bind=$(hostname -i),fork,reuseaddr" "TCP:127.0.0.1:$port" &
done
sed -n 's/^# //p' /tmp/told
wait $server
