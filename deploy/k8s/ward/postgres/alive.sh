#!/bin/sh
# Liveness of PostgreSQL, and its eye on renewed certificates: it is told of files that are newer than the last time.
set -eu
files=${FILES:-/etc/veilward/postgres/server}
socket=${SOCKET:-/var/lib/postgresql/data}
stamp=${STAMP:-/var/lib/postgresql/data/certificates-seen}
pg_isready -q -h "$socket"
for file in "$files"/tls.crt "$files"/tls.key; do
  if [ ! -e "$stamp" ] || [ "$file" -nt "$stamp" ]; then
    touch "$stamp"
    kill -HUP "${SERVER:-1}"
    exit 0
  fi
done
