#!/bin/sh
# Makes the database where the volume is empty, then becomes the server. Made beside its place and moved there whole: a
# start that was cut short begins again. While it is made it answers at a socket where no probe asks.
set -eu
config=${CONFIG:-/etc/postgres}
volume=${VOLUME:-/var/lib/postgresql/data}
password=${PASSWORD:-/etc/veilward/postgres/users/password}
data=$volume/cluster
if [ ! -e "$data/PG_VERSION" ]; then
  rm -rf "$data.new"
  if ! getent passwd "$(id -u)" >/dev/null; then # initdb asks for its user's name, which this image can be told
    echo "postgres:x:$(id -u):$(id -g)::$volume:/bin/false" >"$volume/passwd"
    echo "postgres:x:$(id -g):" >"$volume/group"
    wrapper=$(find /usr/lib -name 'libnss_wrapper.so' | head -n 1)
    export LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD="$volume/passwd" NSS_WRAPPER_GROUP="$volume/group"
  fi
  initdb -D "$data.new" -U postgres -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --auth-local=trust --data-checksums
  unset LD_PRELOAD
  pg_ctl -D "$data.new" -w -o "-c listen_addresses= -c unix_socket_directories='$data.new'" start
  psql -X -q -v ON_ERROR_STOP=1 -h "$data.new" -U postgres -d postgres -v file="$password" <<'SQL'
\set password `cat :'file'`
CREATE ROLE alerts LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE veilward OWNER alerts;
REVOKE ALL ON DATABASE veilward, postgres, template1 FROM PUBLIC;
SQL
  pg_ctl -D "$data.new" -w -m fast stop
  mv "$data.new" "$data"
fi
chmod 0700 "$data" # a volume that is mounted for a group may have changed it
exec postgres -D "$data" -c config_file="$config/postgresql.conf" -c hba_file="$config/pg_hba.conf"
