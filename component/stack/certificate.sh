# shellcheck shell=bash
# The self-signed certificate of a private stack. Sourced by `stack`.

# Makes CRM_CERT_DIR/D.crt and D.key for all our names; again when the names change or a month of validity is left.
make_certificate() {
    local certificate="$CRM_CERT_DIR/$CRM_DOMAIN.crt" key="$CRM_CERT_DIR/$CRM_DOMAIN.key" names prefix
    names=DNS:$CRM_DOMAIN
    for prefix in my guest rooms files crm; do names+=,DNS:$prefix.$CRM_DOMAIN; done
    names+=,DNS:localhost,IP:127.0.0.1
    case $CRM_HOST in
    127.0.0.1 | localhost | "$CRM_DOMAIN") ;;
    *[!0-9.:]*) names+=,DNS:$CRM_HOST ;;
    *) names+=,IP:$CRM_HOST ;;
    esac
    if [ "$(cat "$CRM_CERT_DIR/names" 2>/dev/null)" = "$names" ] &&
        openssl x509 -in "$certificate" -noout -checkend $((30 * 86400)) >/dev/null 2>&1; then
        return 0
    fi
    attempt 'making the certificate' openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 825 -subj "/CN=$CRM_DOMAIN" -addext "subjectAltName=$names" -keyout "$key" -out "$certificate"
    printf '%s\n' "$names" | write_private "$CRM_CERT_DIR/names"
}
