# shellcheck shell=bash
# Names, ports and secrets of one private stack, and the file stack.env that holds them. Sourced by `stack`.
#
# Kept from run to run: the domain and the ports (people wrote them into their clients). Not kept: the address to
# bind and the host name, so that a plain `make run` is on the loopback again.

# The ports that are tried first, never those of the system's own services.
declare -A default_port=([C2S]=25222 [HTTP]=25280 [HTTPS]=25281 [COMPONENT]=25347)
port_names=(C2S HTTP HTTPS COMPONENT)

# What a person calls each port, for the sentence about a busy one.
declare -A port_purpose=([C2S]='chat clients' [HTTP]='the website' [HTTPS]='the website over TLS' [COMPONENT]='the component')

port_is_busy() {
    listening 127.0.0.1 "$1" || { [ "$CRM_BIND" != 127.0.0.1 ] && listening "$CRM_BIND" "$1"; }
}

# free_port FIRST TAKEN…: prints a port nobody listens on, below the kernel's range for outgoing connections.
free_port() {
    local candidate=$1 tries
    shift
    for ((tries = 0; tries < 200; tries++)); do
        case " $* " in
        *" $candidate "*) ;;
        *) port_is_busy "$candidate" || { printf '%s\n' "$candidate" && return 0; } ;;
        esac
        candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        case " ${default_port[*]} " in *" $candidate "*) candidate=$((candidate + 1000)) ;; esac
    done
    fail "found no free port between 20000 and 32000."
}

# choose_ports FREE: FREE=yes never takes the usual ports (tests, which must not meet a demo that starts later).
choose_ports() {
    local name variable taken=() first
    for name in "${port_names[@]}"; do
        variable=CRM_${name}_PORT
        if [ -z "${!variable:-}" ]; then
            first=${default_port[$name]}
            [ "$1" = no ] || first=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
            printf -v "$variable" %s "$(free_port "$first" "${taken[@]}")"
        fi
        [[ ${!variable} =~ ^[0-9]{4,5}$ && ${!variable} -ge 1024 && ${!variable} -le 65535 ]] ||
            fail "${name}_PORT=${!variable} is not a port that an ordinary user can open: give a number from 1024 to 65535, as in ${name}_PORT=25300."
        case " ${taken[*]} " in
        *" ${!variable} "*) fail "${name}_PORT=${!variable} is another port of TrainCape already: give each its own." ;;
        esac
        taken+=("${!variable}")
    done
}

# Fails with the name of the first port that somebody else listens on.
refuse_busy_ports() {
    local name variable
    for name in "${port_names[@]}"; do
        variable=CRM_${name}_PORT
        ! port_is_busy "${!variable}" || fail "port ${!variable} (for ${port_purpose[$name]}) is in use by another program; stop that, or choose another one: make run ${name}_PORT=$((${!variable} + 100))"
    done
}

check_names() {
    [[ $CRM_DOMAIN =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] || fail "DOMAIN=$CRM_DOMAIN is not a domain name: use small letters, digits, dots and hyphens, as in crm.example.in."
    [[ $CRM_HOST =~ ^[A-Za-z0-9.:-]+$ ]] || fail "HOST=$CRM_HOST is not a host name or address: give what people type, as in HOST=192.168.1.5."
    own_address "$CRM_BIND" || fail "BIND=$CRM_BIND is not an address of this machine: give BIND=0.0.0.0 (all) or one of these: $(hostname -I)"
}

# Whether this machine can listen on address $1. Asked before any port is tried there: somebody else's machine may answer.
own_address() {
    case $1 in
    0.0.0.0 | :: | ::1) ;;
    127.*) [[ $1 =~ ^[0-9]+(\.[0-9]+){3}$ ]] ;;
    *) [[ $1 =~ ^[0-9a-fA-F.:]+$ && " $(hostname -I) " = *" $1 "* ]] ;;
    esac
}

# The address that others can reach us at, when nobody named one.
guess_host() {
    case $CRM_BIND in
    0.0.0.0 | ::) hostname -I | awk '{ print $1 }' ;;
    *) printf '%s\n' "$CRM_BIND" ;;
    esac
}

# make_secret NAME: a random one of 256 bits, once.
make_secret() {
    [ -s "$CRM_SECRETS_DIR/$1" ] || openssl rand -hex 32 | write_private "$CRM_SECRETS_DIR/$1"
}

make_secrets() {
    local name
    for name in component_secret guest_pepper postgres_password crmd_db_password prosody_db_password; do
        make_secret "$name"
    done
}

write_settings() {
    local name
    for name in CRM_DOMAIN CRM_HOST CRM_WEB_URL CRM_BIND CRM_C2S_PORT CRM_HTTP_PORT CRM_HTTPS_PORT CRM_COMPONENT_PORT CRM_PG_PORT \
        CRM_PG_SOCKET_DIR CRM_RUN_DIR CRM_USER CRM_PROSODY_PID_FILE CRM_CRMD_CONF CRM_SECRETS_DIR CRM_LOG_DIR \
        CRM_CERT_DIR CRM_WEB_DIST; do
        printf '%s=%s\n' "$name" "${!name}"
    done | write_private "$CRM_RUN_DIR/stack.env"
}

# $1 as libpq's connection strings and postgresql.conf want it: a folder's name may hold blanks, quotes, backslashes.
single_quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'\n" "${text//\'/\\\'}"
}

write_crmd_conf() {
    write_private "$CRM_CRMD_CONF" <<END
; Written by component/stack at every start.
[xmpp]
domain=$CRM_DOMAIN
component_host=127.0.0.1
component_port=$CRM_COMPONENT_PORT
component_secret_file=$CRM_SECRETS_DIR/component_secret
[database]
conninfo=host=$(single_quoted "$CRM_PG_SOCKET_DIR") port=$CRM_PG_PORT dbname=crm user=crmd
password_file=$CRM_SECRETS_DIR/crmd_db_password
[lanes]
chat=2
command=2
bulk=1
queue=1024
[web]
base_url=$CRM_WEB_URL
local_url=$(website_local_address "$CRM_BIND" "$CRM_HTTP_PORT")
[log]
level=info
END
}
