# shellcheck shell=bash
# What setup, backup and restore share: the settings of this server, and who does what. Sourced; root runs it on a server, or the owner of a
# private stack (component/stack), whose stack.env has the same names.

default_settings=@SYSCONFDIR@/traincape/prosody.env

# One clear sentence, and the end.
fail() {
    printf 'crmctl: %s\n' "$*" >&2
    exit 1
}

# Where the program's own files are: beside lib/ when installed, at the top of the clone otherwise.
find_program_files() {
    if [ -d "$here/../../../share/traincape/schema" ]; then
        program_files=$(realpath "$here/../../../share/traincape")
    else
        program_files=$(realpath "$here/../..")
    fi
}

# KEY=VALUE lines into variables; the file is data, never sourced.
load_settings() {
    local key value
    [ -r "$1" ] || fail "the settings $1 cannot be read; name another file with --settings."
    while IFS='=' read -r key value; do
        [[ $key =~ ^CRM_[A-Z0-9_]+$ ]] || continue
        value=${value#[\"\']}
        printf -v "$key" %s "${value%[\"\']}"
    done <"$1"
    for key in CRM_SECRETS_DIR CRM_CERT_DIR CRM_RUN_DIR CRM_CRMD_CONF CRM_PG_SOCKET_DIR CRM_PG_PORT; do
        [ -n "${!key:-}" ] || fail "$1 does not set $key."
    done
}

# as_user NAME COMMAND…: as that user when root runs us; as ourselves otherwise.
as_user() {
    local name=$1
    shift
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$name" --regid="$(id -gn "$name")" --init-groups -- "$@"
    else
        "$@"
    fi
}

# in_database COMMAND…: with libpq's environment for the database's superuser. A private stack has a password for it; a server takes the system
# user postgres at its word (peer).
in_database() {
    local password_file=$CRM_SECRETS_DIR/postgres_password
    if [ -s "$password_file" ]; then
        PGPASSWORD=$(cat "$password_file") PGHOST=$CRM_PG_SOCKET_DIR PGPORT=$CRM_PG_PORT PGUSER=postgres "$@"
    else
        (cd / && PGHOST=$CRM_PG_SOCKET_DIR PGPORT=$CRM_PG_PORT PGUSER=postgres as_user postgres "$@")
    fi
}

# ask_database DATABASE STATEMENT: its rows, unaligned.
ask_database() {
    PGDATABASE=$1 in_database psql -X -q -t -A -v ON_ERROR_STOP=1 -c "$2"
}

require_database_server() {
    ask_database postgres 'SELECT 1' >/dev/null 2>&1 ||
        fail "PostgreSQL does not answer in $CRM_PG_SOCKET_DIR, port $CRM_PG_PORT: start it (systemctl start postgresql), or look at CRM_PG_SOCKET_DIR and CRM_PG_PORT."
}

# make_database: an empty one, when there is none.
make_database() {
    [ -n "$(ask_database postgres "SELECT 1 FROM pg_database WHERE datname = 'crm'")" ] ||
        ask_database postgres "CREATE DATABASE crm TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
}

# run_apply [roles]: schema/apply as the superuser; with the passwords of a private stack, when it has any.
run_apply() {
    local name variables=()
    for name in crmd:CRMD prosody:PROSODY; do
        [ ! -s "$CRM_SECRETS_DIR/${name%:*}_db_password" ] ||
            variables+=("${name#*:}_DB_PASSWORD_FILE=$CRM_SECRETS_DIR/${name%:*}_db_password")
    done
    PGDATABASE=crm in_database env "${variables[@]}" "$program_files/schema/apply" "$@"
}

make_roles() {
    run_apply roles
}

apply_schema() {
    run_apply
}

# The user that owns what Prosody writes.
data_owner() {
    stat -c %U "$CRM_RUN_DIR"
}
