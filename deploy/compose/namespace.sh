#!/bin/sh
# Makes the namespace `default` if it is missing, and ends when the server knows it. An open port does not
# mean that the server answers, and a new namespace takes some seconds to be known.
set -eu
attempt=0
until temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d; do
  attempt=$((attempt + 1))
  if [ "$attempt" -ge 30 ]; then
    echo "the Temporal server at $TEMPORAL_ADDRESS gave no namespace; see \`docker compose logs temporal\`"
    exit 1
  fi
  sleep 2
done
attempt=0
until temporal operator search-attribute list --namespace default >/dev/null; do
  attempt=$((attempt + 1))
  if [ "$attempt" -ge 30 ]; then exit 1; fi
  sleep 2
done
