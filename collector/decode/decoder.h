// What a slot's plugin sends -> events. One of these for each plugin that is understood.
#pragma once

#include <cstdint>
#include <string_view>

#include "event/event_handler.h"

namespace glassflow::decode {

class Decoder {
public:
    virtual ~Decoder() = default;

    // One message of the plugin; start is the position in the WAL that the header of the message names: where the
    // record of the change begins. Views in the events point into the message or the decoder and are valid during the
    // call that delivers them. Throws DecodeError; whoever catches it drops the connection.
    virtual void decode(std::string_view message, event::Lsn start, event::EventHandler& handler) = 0;

    // Forgets the session. Call it for each new connection.
    virtual void reset() = 0;
};

}  // namespace glassflow::decode
