/* expat: the parser inside libstrophe, made to look at each byte when it comes.
 *
 * expat.c stands in front of the XML_Parse() that libstrophe calls (it defines that name), in every program
 * that calls expat_prepare(): a stanza is delivered as soon as its last byte has come, and memory that runs
 * out while parsing ends the program rather than passing for a malformed stanza.
 */
#ifndef XMPP_EXPAT_H
#define XMPP_EXPAT_H

/* Checks the version of expat (base/version.h). Any thread. */
void expat_prepare(void);

#endif
