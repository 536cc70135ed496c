// One JSON object after another -> text, in a buffer that is kept.
//
// It writes what it is told, in the order in which it is told: who calls it closes what was opened and gives a key
// before each value of an object. Strings must be UTF-8 (decoders guarantee it); control characters, quotes and
// backslashes are escaped. Of our own because it is half of what the collector does per row: RapidJSON's writer puts
// single characters, and reserves six times the length of every string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace glassflow::format {

class JsonWriter {
public:
    JsonWriter() = default;
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    void key(std::string_view name) {
        string(name);
        reserve(1);
        put(':');
        is_comma_due_ = false;
    }
    void string(std::string_view text);
    // text has nothing to escape: digits, letters, punctuation other than quotes and backslashes.
    void plain_string(std::string_view text) {
        reserve(text.size() + 3);
        separate();
        put('"');
        put(text);
        put('"');
    }
    // What a writer made of one or several fields, or of a key alone; it stands for them here.
    void fields(std::string_view json) { raw(json); }
    void prepared_key(std::string_view json) {
        raw(json);
        is_comma_due_ = false;
    }
    void integer(std::int64_t number);
    void unsigned_integer(std::uint64_t number);
    void boolean(bool value) { raw(value ? "true" : "false"); }
    void null() { raw("null"); }
    // text is a JSON number.
    void number(std::string_view text) { raw(text); }
    // text is any JSON value.
    void json(std::string_view text) { raw(text); }

    void field(std::string_view name, std::string_view text) {
        key(name);
        string(text);
    }

    // The finished object. It stays until the next one is begun or clear() is called; the writer is ready for that one.
    std::string_view take() {
        is_taken_ = true;
        return {text_.get(), size_};
    }
    // Of what was written since, finished or not.
    std::size_t size() const { return size_; }
    // Forgets what was written, finished or not.
    void clear();

private:
    // Room for so many more characters; put() asks for none.
    void reserve(std::size_t count) {
        if (count > capacity_ - size_)
            grow(count);
    }
    void grow(std::size_t count);
    void put(char character) { text_[size_++] = character; }
    void put(std::string_view text) {
        std::memcpy(text_.get() + size_, text.data(), text.size());
        size_ += text.size();
    }
    void put_escape(char character);

    void separate() {
        if (is_comma_due_)
            put(',');
        is_comma_due_ = true;
    }
    void raw(std::string_view text) {
        reserve(text.size() + 1);
        separate();
        put(text);
    }
    void open(char bracket) {
        if (is_taken_)
            clear();
        reserve(2);
        separate();
        put(bracket);
        is_comma_due_ = false;
    }
    void close(char bracket) {
        reserve(1);
        put(bracket);
        is_comma_due_ = true;
    }

    std::unique_ptr<char[]> text_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    bool is_comma_due_ = false;  // before the next value or key
    bool is_taken_ = false;
};

}  // namespace glassflow::format
