# shellcheck shell=bash
# `stack run`: PostgreSQL, Prosody and crmd under a supervisor, one log, until Ctrl-C. Sourced by `stack`; runs as the
# unprivileged user.
#
# DESIGN: s6 restarts what dies. It rather than runit, which could do it as well, because the signal that stops a
# service is one word in a file (PostgreSQL wants SIGINT), `s6-svc -wD` waits until a service is really down, and its
# logger s6-log both keeps rotated files and passes lines on.
#
#     this script --- s6-svscan -+- s6-supervise crmd ------ crmd ======== pipe ==\
#     (terminal)                 +- s6-supervise crmd/log -- s6-log | log-line <==/ ---> terminal
#                                +- … the same for postgres and prosody
#
# s6-svscan has a session of its own, so that Ctrl-C reaches only this script, which stops the three in order: crmd
# first, the database last. Should this script itself be killed, the kernel sends s6-svscan SIGTERM (pdeathsig), and
# everything stops at once. The file RUN/lock is held (flock, descriptor 9) by this script and the supervisors, and by
# nothing that they start, so a second run knows that this one is there.

services="" # RUN/services, set by supervise()
service_names=(postgres prosody crmd)

# Holds the folder for this process, and for those that inherit descriptor 9, from here on.
take_lock() {
    exec 9<>"$CRM_RUN_DIR/lock"
    flock -n 9 || fail_as_running
}

# executable FILE: standard input becomes a program.
executable() {
    cat >"$1" && chmod 0755 "$1"
}

# write_service NAME STOP_SIGNAL MILLISECONDS NEEDED…: what s6 wants to know about one process. It starts once the
# processes NEEDED answer, and is killed when it has not stopped after MILLISECONDS.
write_service() {
    local name=$1 folder="$services/$1" stack="$CRM_RUN_DIR/share/stack"
    mkdir -p "$folder/log"
    printf '%s\n' "$2" >"$folder/down-signal"
    printf '%s\n' "$3" >"$folder/timeout-kill"
    shift 3
    executable "$folder/run" <<END
#!/bin/bash
exec 2>&1 9>&-
${1:+"$stack/stack" --placed wait "$CRM_RUN_DIR" --timeout 30 $* >/dev/null 2>&1}
exec "$stack/stack" --placed start "$CRM_RUN_DIR" $name
END
    executable "$folder/finish" <<END
#!/bin/bash
exec "$stack/note-death" "$CRM_RUN_DIR" "\$1" "\$2"
END
    executable "$folder/log/run" <<END
#!/bin/bash
exec 9>&-
s6-log -b t n4 s2000000 "$CRM_LOG_DIR/$name" + 1 | "$stack/log-line" $name
END
    mkdir -p "$CRM_LOG_DIR/$name"
}

write_services() {
    rm -rf "$services"
    mkdir -p "$services"
    write_service postgres SIGINT 20000
    write_service prosody SIGTERM 5000 postgres
    write_service crmd SIGTERM 5000 postgres prosody
}

# Stops one after another, each within its time; then the supervisors themselves.
stop_services() {
    local name
    trap '' INT TERM HUP
    : >"$CRM_RUN_DIR/stopping"
    for name in crmd prosody postgres; do
        s6-svc -wD -T 25000 -d "$services/$name" 2>/dev/null || s6-svc -k "$services/$name" 2>/dev/null || :
    done
    kill -TERM "$svscan" 2>/dev/null || :
    while kill -0 "$svscan" 2>/dev/null; do wait "$svscan" 2>/dev/null || :; done
    rm -f "$CRM_RUN_DIR/run.pid"
}

stop_when_asked() {
    printf '\nStopping.\n' 2>/dev/null || :
    stop_services
    exit 0
}

# Prepared and locked before; returns only through exit.
supervise() {
    services=$CRM_RUN_DIR/services
    rm -f "$CRM_RUN_DIR/stopping"
    printf '%s\n' $$ >"$CRM_RUN_DIR/run.pid"
    write_services
    trap stop_when_asked INT TERM HUP
    setsid setpriv --pdeathsig TERM s6-svscan -t 0 "$services" </dev/null &
    svscan=$!
    # In the background, so that a signal is handled at once and not when all are up.
    await_ready 60 "${service_names[@]}" &
    if ! wait $!; then
        stop_services
        fail "not everything came up within a minute; the reason is in the lines above or in $CRM_LOG_DIR."
    fi
    banner
    while kill -0 "$svscan" 2>/dev/null; do wait "$svscan" || :; done
    fail 'the supervisor ended by itself.'
}

# Whether somebody is connected to the component port now (field 4 of /proc/net/tcp: 01 is ESTABLISHED).
component_is_linked() {
    awk -v port=":$(printf %04X "$CRM_COMPONENT_PORT")" '$2 ~ port "$" && $4 == "01" { found = 1 } END { exit !found }' /proc/net/tcp
}

# What is up: PostgreSQL answers; Prosody's ports are open; crmd has said "ready" (note-ready wrote its process id) and
# is connected, which it has to be anew after each death of Prosody.
is_ready() {
    local name variable
    case $1 in
    postgres) postgres_runs ;;
    prosody)
        for name in "${port_names[@]}"; do
            variable=CRM_${name}_PORT
            listening 127.0.0.1 "${!variable}" || { [ "$name" != COMPONENT ] && listening "$CRM_BIND" "${!variable}"; } || return 1
        done
        ;;
    crmd) kill -0 "$(cat "$CRM_RUN_DIR/crmd.ready" 2>/dev/null)" 2>/dev/null && component_is_linked ;;
    *) fail "there is no process named $1: say postgres, prosody or crmd." ;;
    esac
}

# await_ready SECONDS NAME…: fails when one of them is not ready by then.
await_ready() {
    local end=$((SECONDS + $1)) name
    shift
    for name in "$@"; do
        until is_ready "$name"; do
            [ $SECONDS -lt $end ] || return 1
            sleep 0.1
        done
    done
}
