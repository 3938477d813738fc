# shellcheck shell=bash
# What every part of the private stack uses: the one way to end with a sentence, and the KEY=VALUE file stack.env.
# Sourced by `stack`; defines functions only.

# One clear sentence, and the end.
fail() {
    printf 'traincape: %s\n' "$*" >&2
    exit 1
}

# fail_because WHAT OUTPUT: ends with one sentence that gives the reason found in a program's output.
fail_because() {
    case $2 in
    *'No space left on device'* | *'Disk quota exceeded'*)
        fail "$1 failed: the disk under ${CRM_RUN_DIR:-here} is full; free some space and run it again."
        ;;
    *'Permission denied'* | *'Operation not permitted'*)
        fail "$1 failed: $(id -un) lacks a right ($(tail -n 1 <<<"$2"))."
        ;;
    esac
    fail "$1 failed: $(grep -m1 -iE 'error|fatal|panic|could not' <<<"$2" || tail -n 1 <<<"$2")"
}

# attempt WHAT COMMAND…: runs the command silently; ends with one sentence when it fails.
attempt() {
    local what=$1 output
    shift
    output=$("$@" 2>&1) || fail_because "$what" "$output"
}

# Reads KEY=VALUE lines into variables. The file is data, never sourced: root reads one that belongs to another user.
load_env() {
    local key value
    while IFS='=' read -r key value; do
        [[ $key =~ ^CRM_[A-Z0-9_]+$ ]] || continue
        printf -v "$key" %s "$value"
        # shellcheck disable=SC2163 # the variable whose name is in key
        export "$key"
    done <"$1"
}

# write_private FILE: standard input becomes FILE, 0600 and whole (a full disk leaves the old file as it was).
write_private() {
    if ! { (umask 077 && cat >"$1.new") && mv -f "$1.new" "$1"; } 2>/dev/null; then
        fail "cannot write $1: the disk is full or $(id -un) may not write there."
    fi
}

listening() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}
