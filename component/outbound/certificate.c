/* DESIGN: libcurl makes the connection, as anybody's would be made, and hands over what it was shown; nobody
 * has to trust it, because what nobody trusts is what is looked for. libcrypto reads it. */
#include "outbound/certificate.h"

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/log.h"

#define SECONDS_MOST 10L
#define PEM          "Cert:"

static X509 *parse(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *parsed = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return parsed;
}

static time_t moment_of(const ASN1_TIME *time)
{
    struct tm parts = {0};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

static const char *pem_of(struct arena *arena, const struct curl_slist *list)
{
    for (; list != NULL; list = list->next) {
        if (strncmp(list->data, PEM, strlen(PEM)) == 0) {
            return arena_strdup(arena, list->data + strlen(PEM));
        }
    }
    return NULL;
}

static const char *take(struct arena *arena, CURL *curl, struct certificate *certificate)
{
    const struct curl_certinfo *shown = NULL;
    curl_easy_getinfo(curl, CURLINFO_CERTINFO, &shown);
    const char *pem = shown == NULL || shown->num_of_certs < 1 ? NULL : pem_of(arena, shown->certinfo[0]);
    X509 *parsed = pem == NULL ? NULL : parse(pem);
    if (parsed == NULL) {
        return "it shows none that can be read";
    }
    *certificate = (struct certificate){
        .begins = moment_of(X509_get0_notBefore(parsed)),
        .ends = moment_of(X509_get0_notAfter(parsed)),
        .own = X509_self_signed(parsed, 0) == 1,
        .alone = shown->num_of_certs == 1,
        .pem = pem,
    };
    X509_free(parsed);
    return NULL;
}

const char *certificate_read(struct arena *arena, const char *url, const char *host,
                             struct certificate *certificate)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *to = host == NULL ? NULL : curl_slist_append(NULL, arena_printf(arena, "::%s:", host));
    if (curl == NULL || (host != NULL && to == NULL)) {
        log_bug("out of memory, wanted for a certificate");
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS_MOST);
    curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    CURLcode code = curl_easy_perform(curl);
    const char *problem = code == CURLE_OK                  ? take(arena, curl, certificate)
                          : code == CURLE_SSL_CONNECT_ERROR ? "TLS is refused to who asks for that name"
                          : code == CURLE_COULDNT_CONNECT   ? "nobody listens there"
                                                            : curl_easy_strerror(code);
    curl_easy_cleanup(curl);
    curl_slist_free_all(to);
    return problem;
}

bool certificate_fits(const struct certificate *certificate, const char *name)
{
    X509 *parsed = parse(certificate->pem);
    bool fits = parsed != NULL &&
                (X509_check_host(parsed, name, 0, 0, NULL) == 1 || X509_check_ip_asc(parsed, name, 0) == 1);
    X509_free(parsed);
    return fits;
}
