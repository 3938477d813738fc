# shellcheck shell=bash
# The address that people reach the website at, for both who must agree on it: Prosody, whose links of files begin with it (CRM_WEB_URL), and crmd, which
# takes only such links (base_url). Sourced by component/stack/stack and by component/operate/setup; defines functions only.

# website_address HOST HTTP_PORT HTTPS_PORT: over TLS, as one-time links carry passwords, unless it stays on this machine.
website_address() {
    case $1 in
    127.* | localhost | *.localhost) printf 'http://%s:%s\n' "$1" "$2" ;;
    *:*) printf 'https://[%s]:%s\n' "$1" "$3" ;;
    *) printf 'https://%s:%s\n' "$1" "$3" ;;
    esac
}

# website_local_address BIND HTTP_PORT: where this machine reaches it itself; BIND is what Prosody listens on, separated by blanks.
website_local_address() {
    case " $1 " in
    *' 0.0.0.0 '* | *' 127.0.0.1 '*) printf 'http://127.0.0.1:%s\n' "$2" ;;
    *' :: '* | *' ::1 '*) printf 'http://[::1]:%s\n' "$2" ;;
    *:*) printf 'http://[%s]:%s\n' "${1%% *}" "$2" ;;
    *) printf 'http://%s:%s\n' "${1%% *}" "$2" ;;
    esac
}
