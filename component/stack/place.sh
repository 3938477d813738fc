# shellcheck shell=bash
# Where the private stack lives and who runs it. Sourced by `stack`; the only part that ever runs as root.
#
# DESIGN: no process of ours stays root. As root, the folder belongs to an unprivileged system user, and `stack`
# becomes that user for everything after this file; root itself writes nothing into the folder (what has to be
# copied is piped to a tar that runs as the user), so nothing in there can lead root astray.
#
# The folder is the one asked for, unless the user cannot get at it (a 0700 clone, a root home), a socket's path in
# it would be too long, or a program takes its name apart; then it is one under /var/tmp whose name follows from the path asked for, so that the same
# clone finds its data again. It must belong to the user, whoever else can write to /var/tmp.
#
# RUN/share/ holds the program files: links where the user can read the originals, copies where not.

system_user=traincape
socket_path_limit=107 # sockaddr_un.sun_path less its NUL
# pg_ctl gives paths to a shell, Prosody's module paths end at ; and know no \, Lua's have a ?, stack.env has lines.
taken_apart=$'*[\\\\;"$`?*\001-\037]*'

# as_user COMMAND…: as the user that owns the stack.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$CRM_USER" --regid="$CRM_USER" --init-groups -- "$@"
    else
        "$@"
    fi
}

# Sets CRM_USER (empty: the caller) for folder $1. Root takes over the identity of a folder that a person made.
choose_user() {
    local owner
    CRM_USER=
    [ "$(id -u)" = 0 ] || return 0
    CRM_USER=$system_user
    if [ -e "$1/stack.env" ]; then
        owner=$(stat -L -c %U "$1/stack.env")
        [ "$owner" = root ] || CRM_USER=$owner
    fi
    id "$CRM_USER" >/dev/null 2>&1 || attempt "creating the system user $CRM_USER" \
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$CRM_USER"
}

# Prints the folder that really holds the state for the folder $1.
real_folder() {
    local longest="$1/sockets/.s.PGSQL.65535.lock" parent
    parent=$(dirname "$1")
    # shellcheck disable=SC2053 # a pattern
    if [ ${#longest} -le $socket_path_limit ] && [[ $1 != $taken_apart ]] && as_user test -x "$parent"; then
        printf '%s\n' "$1"
    else
        printf '/var/tmp/traincape-%s\n' "$(printf %s "$1" | sha256sum | cut -c1-16)"
    fi
}

# Makes folder $1, 0700 and the user's own, or fails with the reason why it cannot be.
own_folder() {
    local owner want
    want=${CRM_USER:-$(id -un)}
    if [ ! -e "$1" ] && [ ! -L "$1" ]; then
        mkdir -m 0700 "$1" 2>/dev/null || fail "cannot make the folder $1: $(id -un) may not write in $(dirname "$1"), or its disk is full."
    fi
    { [ -d "$1" ] && [ ! -L "$1" ]; } || fail "$1 is not a folder; remove it and try again."
    owner=$(stat -c %U "$1")
    if [ "$owner" != "$want" ] && [ "$(id -u)" = 0 ] && [ -z "$(ls -A "$1")" ]; then
        chown "$want:" "$1"
        owner=$want
    fi
    [ "$owner" = "$want" ] || fail "the folder $1 belongs to $owner, not to $want; run it as the one who made it, or remove the folder (its data goes with it)."
    [ "$(stat -c %a "$1")" = 700 ] || as_user chmod 0700 "$1"
}

# share NAME ORIGINAL: RUN/share/NAME is ORIGINAL for the user; nothing at all when there is no original.
share() {
    local there="$CRM_RUN_DIR/share/$1" original=$2
    as_user rm -rf "$there"
    [ -e "$original" ] || return 0
    if [ -z "$(as_user find -L "$original" ! -readable -print -quit 2>&1)" ]; then
        as_user ln -s "$original" "$there"
    elif [ -d "$original" ]; then
        as_user mkdir "$there"
        tar -C "$original" -c . | as_user tar -C "$there" -x --no-same-owner
    else
        # shellcheck disable=SC2016 # $0 is for the inner shell
        as_user sh -c 'umask 077 && cat >"$0" && chmod 0700 "$0"' "$there" <"$original"
    fi || fail "cannot copy $original to $there: the disk is full."
}

fail_as_running() {
    fail "TrainCape already runs from this folder (process $(cat "$CRM_RUN_DIR/run.pid" 2>/dev/null)): stop it with Ctrl-C in its terminal or with make stop."
}

# Nothing may be touched under a stack that runs. One whose `stack run` was killed is just stopping: it gets its time.
refuse_beside_running() {
    ! as_user flock -n "$CRM_RUN_DIR/lock" true || return 0
    [ ! -d "/proc/$(cat "$CRM_RUN_DIR/run.pid" 2>/dev/null || echo none)" ] || fail_as_running
    as_user flock -w 30 "$CRM_RUN_DIR/lock" true || fail_as_running
}

# place DIR BUILDDIR: sets and makes CRM_RUN_DIR and what is shared with it.
place() {
    local asked=$1 build=$2
    choose_user "$asked"
    mkdir -p "$(dirname "$asked")" 2>/dev/null || fail "cannot make the folder $(dirname "$asked"): $(id -un) may not."
    CRM_RUN_DIR=$(real_folder "$asked")
    if [ "$CRM_RUN_DIR" != "$asked" ]; then
        [ ! -e "$asked/database" ] || fail "the data in $asked is out of reach for ${CRM_USER:-$(id -un)}: make the folders above it traversable (chmod a+x), or move the clone back."
        own_folder "$CRM_RUN_DIR"
        mkdir -p "$asked" || fail "cannot write in $asked."
        ln -sfn "$CRM_RUN_DIR/stack.env" "$asked/stack.env" || fail "cannot write in $asked."
    else
        own_folder "$CRM_RUN_DIR"
    fi
    refuse_beside_running
    as_user mkdir -p "$CRM_RUN_DIR/share" || fail "cannot write in $CRM_RUN_DIR: the disk is full."
    share stack "$repository/component/stack"
    share schema "$repository/schema"
    share prosody "$repository/prosody"
    share web "$repository/web/dist"
    share crmd "$build/crmd"
    share crmctl "$build/crmctl"
}

# find_placed DIR: sets CRM_USER and CRM_RUN_DIR for a folder that was prepared before.
find_placed() {
    [ -e "$1/stack.env" ] || fail "$1 is not prepared; say: stack prepare $1"
    choose_user "$1"
    CRM_RUN_DIR=$(dirname "$(realpath "$1/stack.env")")
}

# become_user COMMAND ARGUMENTS…: goes on as the user in RUN; as an ordinary user it just goes on.
become_user() {
    export CRM_USER CRM_RUN_DIR
    [ "$(id -u)" = 0 ] || return 0
    cd "$CRM_RUN_DIR" || fail "cannot enter $CRM_RUN_DIR."
    HOME=$CRM_RUN_DIR USER=$CRM_USER LOGNAME=$CRM_USER exec setpriv --reuid="$CRM_USER" --regid="$CRM_USER" \
        --init-groups --pdeathsig keep -- bash "$CRM_RUN_DIR/share/stack/stack" --placed "$@"
}
