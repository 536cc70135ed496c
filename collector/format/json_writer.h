// One JSON object after another -> text; RapidJSON's writer over a buffer that is kept.
//
// Strings must be UTF-8 (decoders guarantee it); control characters, quotes and backslashes are escaped.
#pragma once

#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace glassflow::format {

class JsonWriter {
public:
    JsonWriter() : stream_{text_}, writer_(stream_) {}
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    void begin_object() { writer_.StartObject(); }
    void end_object() { writer_.EndObject(); }
    void begin_array() { writer_.StartArray(); }
    void end_array() { writer_.EndArray(); }
    void key(std::string_view name) { writer_.Key(not_null(name), length(name)); }
    void string(std::string_view text) { writer_.String(not_null(text), length(text)); }
    void integer(std::int64_t number) { writer_.Int64(number); }
    void unsigned_integer(std::uint64_t number) { writer_.Uint64(number); }
    void boolean(bool value) { writer_.Bool(value); }
    void null() { writer_.Null(); }
    // text is a JSON number.
    void number(std::string_view text) { writer_.RawValue(text.data(), text.size(), rapidjson::kNumberType); }

    void field(std::string_view name, std::string_view text) {
        key(name);
        string(text);
    }

    // The finished object; the writer is ready for the next one.
    std::string take();

private:
    // What RapidJSON writes into.
    struct Stream {
        using Ch = char;
        std::string& text;
        void Put(char character) { text.push_back(character); }
        void Flush() {}
    };

    // RapidJSON wants a pointer also to no characters. Values are below 1 GB, the limit of a Postgres value.
    static const char* not_null(std::string_view text) { return text.empty() ? "" : text.data(); }
    static rapidjson::SizeType length(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

    std::string text_;
    Stream stream_;
    rapidjson::Writer<Stream> writer_;
};

}  // namespace glassflow::format
