#!/bin/sh
# Liveness of Redis, and its eye on renewed certificates: newer than its start, it ends, and is started again with them.
# Alerts go on from memory meanwhile; the append-only file keeps what Redis had.
set -eu
files=${FILES:-/etc/veilward/redis/server}
started=${STARTED:-/data/redis.pid}
redis-cli -s "${SOCKET:-/data/redis.sock}" PING >/dev/null
for file in "$files"/tls.crt "$files"/tls.key "$files"/ca.crt; do
  if [ "$file" -nt "$started" ]; then
    kill -TERM "${SERVER:-1}"
    exit 0
  fi
done
