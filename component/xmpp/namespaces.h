/* namespaces: the names of the protocols that crmd speaks, each with where it is defined. */
#ifndef XMPP_NAMESPACES_H
#define XMPP_NAMESPACES_H

#define NS_CLIENT        "jabber:client"                         /* RFC 6120 */
#define NS_COMPONENT     "jabber:component:accept"               /* XEP-0114 */
#define NS_STREAM        "http://etherx.jabber.org/streams"      /* RFC 6120 */
#define NS_STANZAS       "urn:ietf:params:xml:ns:xmpp-stanzas"   /* RFC 6120 section 8.3 */
#define NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"   /* RFC 6120 section 4.9 */
#define NS_XML           "http://www.w3.org/XML/1998/namespace"  /* xml:lang */
#define NS_DATA_FORM     "jabber:x:data"                         /* XEP-0004 */
#define NS_DISCO_INFO    "http://jabber.org/protocol/disco#info" /* XEP-0030 */
#define NS_DISCO_ITEMS   "http://jabber.org/protocol/disco#items"
#define NS_COMMANDS      "http://jabber.org/protocol/commands" /* XEP-0050 */
#define NS_VCARD         "vcard-temp"                          /* XEP-0054 */
#define NS_VCARD4        "urn:ietf:params:xml:ns:vcard-4.0"    /* XEP-0292 */
#define NS_PUBSUB        "http://jabber.org/protocol/pubsub"   /* XEP-0060 */
#define NS_AVATAR_DATA   "urn:xmpp:avatar:data"                /* XEP-0084 */
#define NS_AVATAR_META   "urn:xmpp:avatar:metadata"
#define NS_VCARD_UPDATE  "vcard-temp:x:update"                       /* XEP-0153 */
#define NS_RSM           "http://jabber.org/protocol/rsm"            /* XEP-0059 */
#define NS_CHAT_STATES   "http://jabber.org/protocol/chatstates"     /* XEP-0085 */
#define NS_VERSION       "jabber:iq:version"                         /* XEP-0092 */
#define NS_CAPS          "http://jabber.org/protocol/caps"           /* XEP-0115 */
#define NS_FORM_VALIDATE "http://jabber.org/protocol/xdata-validate" /* XEP-0122 */
#define NS_NICK          "http://jabber.org/protocol/nick"           /* XEP-0172 */
#define NS_RECEIPTS      "urn:xmpp:receipts"                         /* XEP-0184 */
#define NS_PING          "urn:xmpp:ping"                             /* XEP-0199 */
#define NS_TIME          "urn:xmpp:time"                             /* XEP-0202 */
#define NS_DELAY         "urn:xmpp:delay"                            /* XEP-0203 */
#define NS_CARBONS       "urn:xmpp:carbons:2"                        /* XEP-0280 */
#define NS_FORWARD       "urn:xmpp:forward:0"                        /* XEP-0297 */
#define NS_CORRECT       "urn:xmpp:message-correct:0"                /* XEP-0308 */
#define NS_MAM           "urn:xmpp:mam:2"                            /* XEP-0313 */
#define NS_MARKERS       "urn:xmpp:chat-markers:0"                   /* XEP-0333 */
#define NS_HINTS         "urn:xmpp:hints"                            /* XEP-0334 */
#define NS_PRIVILEGE     "urn:xmpp:privilege:2"                      /* XEP-0356 */
#define NS_STANZA_ID     "urn:xmpp:sid:0"                            /* XEP-0359 */
#define NS_ENCRYPTION    "urn:xmpp:eme:0"                            /* XEP-0380 */
#define NS_OMEMO         "eu.siacs.conversations.axolotl"            /* XEP-0384 0.3 */
#define NS_QUICK_REPLY   "urn:xmpp:tmp:quick-response"               /* XEP-0439 */
#define NS_REPLY         "urn:xmpp:reply:0"                          /* XEP-0461 */
#define NS_ROSTER        "jabber:iq:roster"                          /* RFC 6121 section 2 */
#define NS_CRM           "urn:traincape:crm:0" /* ours: with mod_crm_admin and the widget */

#endif
