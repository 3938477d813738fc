/* socketio: speakers of Socket.IO 4 (Engine.IO 4) over WebSocket, for the peer in ../peer. Threads: one.
 */
#ifndef LOAD_SOCKETIO_H
#define LOAD_SOCKETIO_H

#include "speaker.h"

const struct protocol *socketio_protocol(int port);

#endif
