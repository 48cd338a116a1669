#!/bin/sh
# Liveness of nats-server, and its eye on renewed certificates: it reads them again when it is told to (SIGHUP).
# The stamp on its volume is the moment of the newest files that it was told of.
set -eu
files=${FILES:-/etc/veilward/nats}
stamp=${STAMP:-/var/lib/veilward/nats/certificates-read}
wget -q -O /dev/null "${MONITOR:-http://127.0.0.1:8222}/varz"
for file in "$files"/*/tls.crt "$files"/*/tls.key "$files"/*/ca.crt; do
  if [ ! -e "$stamp" ] || [ "$file" -nt "$stamp" ]; then
    touch "$stamp"
    kill -HUP "${SERVER:-1}"
    exit 0
  fi
done
