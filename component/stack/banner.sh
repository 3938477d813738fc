# shellcheck shell=bash
# What `stack run` says when everything is up: addresses, accounts, how to connect, what to try. Sourced by `stack`.

accounts_file() {
    printf '%s/demo_accounts\n' "$CRM_SECRETS_DIR"
}

# Fills the demo organisation once; crmd prints the accounts only when it makes them, so they are kept.
seed_demo() {
    local accounts
    accounts=$("$CRM_RUN_DIR/share/crmd" --seed-demo --config "$CRM_CRMD_CONF" 2>"$CRM_LOG_DIR/seed.log") ||
        fail "making the demo accounts failed: $(tail -n 1 "$CRM_LOG_DIR/seed.log")"
    [ -z "$accounts" ] || printf '%s\n' "$accounts" | write_private "$(accounts_file)"
}

# Prints the address of the first account with role $1.
account_of() {
    awk -F '\t' -v role="$1" 'tolower($3) ~ role { print $1; exit }' "$(accounts_file)"
}

show_accounts() {
    awk -F '\t' '{ printf "    %-14s %-36s %s  (%s)\n", $3, $1, $2, $4 }' "$(accounts_file)"
}

banner() {
    local site="http://$CRM_HOST:$CRM_HTTP_PORT" sales manager
    [ -s "$(accounts_file)" ] || { printf '\nTrainCape runs: %s\n\n' "$site" && return 0; }
    sales=$(account_of sales)
    manager=$(account_of manager)
    cat <<END

TrainCape runs.

  Demo website   $site/

  Accounts       (role, address, password)
$(show_accounts)

  Any XMPP client: host $CRM_HOST, port $CRM_C2S_PORT, STARTTLS. The certificate is our own, so a client asks once; accept it.
    Gajim        add an account, "Advanced": custom host name $CRM_HOST, port $CRM_C2S_PORT, type START TLS
    profanity    start it, then paste this line, which it takes only without a blank before the slash:
/connect $sales server $CRM_HOST port $CRM_C2S_PORT tls trust

  Three things to try
    1. Open the website, click the bubble and write. Answer as $sales.
    2. As $manager write to bot@crm.$CRM_DOMAIN: lead add Asha Rao, asha@example.in, budget 50000 INR
       It answers with a number, N; then write: assign N to ravi
    3. Go offline with every client, write on the website, come back: the message is there.

  Ctrl-C stops everything; what you wrote stays in $CRM_RUN_DIR.

END
}
