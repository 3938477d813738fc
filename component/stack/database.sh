# shellcheck shell=bash
# The private PostgreSQL cluster: made once, started on demand, schema brought up to date. Sourced by
# `stack`; runs as the unprivileged user.

postgres_version=15
pg_bin=/usr/lib/postgresql/$postgres_version/bin

data_folder() {
    printf '%s/database\n' "$CRM_RUN_DIR"
}

# Makes the cluster in a folder beside its place and moves it there, so that half of one is never mistaken for one.
create_cluster() {
    local data new
    data=$(data_folder)
    new=$data.new
    [ ! -e "$data/PG_VERSION" ] || return 0
    rm -rf "$new"
    attempt 'making the database' "$pg_bin/initdb" --pgdata="$new" --username=postgres --auth=scram-sha-256 \
        --pwfile="$CRM_SECRETS_DIR/postgres_password" --encoding=UTF8 --locale=C.UTF-8 --no-instructions
    mv "$new" "$data"
}

# Durable (fsync, synchronous_commit: what was receipted is on disk), sockets only, sized for a laptop. Its log says
# nothing of statements or rows, which hold what people wrote.
write_postgres_conf() {
    write_private "$(data_folder)/postgresql.conf" <<END
# Written by component/stack at every start.
listen_addresses = ''
port = $CRM_PG_PORT
unix_socket_directories = $(single_quoted "$CRM_PG_SOCKET_DIR")
unix_socket_permissions = 0700
max_connections = 50
shared_buffers = 128MB
work_mem = 8MB
max_wal_size = 512MB
fsync = on
synchronous_commit = on
full_page_writes = on
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_destination = 'stderr'
log_line_prefix = '%q%u: '
log_error_verbosity = terse
log_min_error_statement = panic
log_checkpoints = off
END
}

# Backends of a postmaster that was killed live on for a moment in its data folder, and hold its shared memory: a new
# one refuses to start beside them. They are known by their working directory.
processes_in_data_folder() {
    find /proc -maxdepth 2 -name cwd -lname "$(data_folder)" 2>/dev/null
}

# Waits for such leftovers, and removes a pid file whose number meanwhile belongs to somebody else.
clear_leftovers() {
    local data tries pid
    data=$(data_folder)
    [ -e "$data/postmaster.pid" ] || return 0
    read -r pid <"$data/postmaster.pid" || pid=
    for ((tries = 0; tries < 100; tries++)); do
        [ -n "$(processes_in_data_folder)" ] || break
        # Alive and well: it is not a leftover.
        [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" != "$data" ] || return 0
        sleep 0.1
    done
    rm -f "$data/postmaster.pid"
}

postgres_runs() {
    "$pg_bin/pg_isready" -q -h "$CRM_PG_SOCKET_DIR" -p "$CRM_PG_PORT"
}

# Starts the server for the time of preparing; the file RUN/preparing says so, for the case that preparing is killed
# and leaves its server behind. One that others started is used and left alone.
start_temporary_postgres() {
    local log="$CRM_LOG_DIR/prepare-postgres.log"
    trap stop_temporary_postgres EXIT
    ! postgres_runs || return 0
    clear_leftovers
    : >"$CRM_RUN_DIR/preparing"
    : >"$log"
    "$pg_bin/pg_ctl" start -D "$(data_folder)" -s -w -t 60 -l "$log" >/dev/null 2>&1 9>&- ||
        fail_because 'starting the database' "$(cat "$log")"
}

stop_temporary_postgres() {
    [ -e "$CRM_RUN_DIR/preparing" ] || return 0
    "$pg_bin/pg_ctl" stop -D "$(data_folder)" -s -m fast -t 60 >/dev/null 2>&1 || :
    rm -f "$CRM_RUN_DIR/preparing"
}

# The superuser's environment for psql and schema/apply.
export_postgres() {
    PGPASSWORD=$(cat "$CRM_SECRETS_DIR/postgres_password")
    export PGPASSWORD PGHOST=$CRM_PG_SOCKET_DIR PGPORT=$CRM_PG_PORT PGUSER=postgres PGDATABASE=crm PGCONNECT_TIMEOUT=10
}

# Roles, passwords and everything in the database are schema/apply's; only the database itself has to be there.
apply_schema() {
    local apply="$CRM_RUN_DIR/share/schema/apply"
    [ -x "$apply" ] || fail 'schema/apply is missing.'
    PGDATABASE=postgres attempt 'making the database' psql -X -q -v ON_ERROR_STOP=1 -f - <<'END'
SELECT 'CREATE DATABASE crm' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'crm') \gexec
END
    CRMD_DB_PASSWORD_FILE=$CRM_SECRETS_DIR/crmd_db_password PROSODY_DB_PASSWORD_FILE=$CRM_SECRETS_DIR/prosody_db_password \
        attempt 'applying the schema' "$apply"
}

# Becomes the server. Without that, glibc gives memory back behind each statement that is planned, and the kernel hands it out again page by page for the next.
start_postgres() {
    clear_leftovers
    GLIBC_TUNABLES=glibc.malloc.trim_threshold=8388608:glibc.malloc.mmap_threshold=8388608 exec "$pg_bin/postgres" -D "$(data_folder)"
}
