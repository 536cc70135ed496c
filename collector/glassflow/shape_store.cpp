#include "glassflow/shape_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace glassflow::etl {

namespace {

constexpr std::uintmax_t file_bytes_max = 256U << 20;  // ten thousand tables of a thousand columns

}  // namespace

ShapeStore::ShapeStore(const std::string& state_directory, const std::string& slot)
    : path_((std::filesystem::path(state_directory) / ("shapes-" + slot + ".json")).string()) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    if (error)
        return;
    try {
        if (size > file_bytes_max)
            throw std::invalid_argument("it is too large");
        std::ifstream file(path_, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        const Node node = parse_json(text.str());
        const Node* const tables = node.find("tables");
        if (tables == nullptr || !tables->is_list())
            throw std::invalid_argument("it has no tables");
        for (const Node& table : tables->elements()) {
            TableShape shape = shape_from(table);
            shapes_.insert_or_assign(shape.oid, std::move(shape));
        }
    } catch (const std::invalid_argument& problem) {
        shapes_.clear();
        broken_ = "\"" + path_ + "\" cannot be used: " + problem.what();
    }
}

const TableShape* ShapeStore::find(std::uint32_t oid) const {
    const auto found = shapes_.find(oid);
    return found == shapes_.end() ? nullptr : &found->second;
}

ShapeStore::~ShapeStore() {
    try {
        if (unwritten_ > 0)
            write();
    } catch (const std::runtime_error&) {
        // They count as new again after the next start.
    }
}

// The whole file is written each time: of many new tables, only when as many came as there were.
void ShapeStore::keep(const TableShape& shape) {
    const bool is_new = shapes_.insert_or_assign(shape.oid, shape).second;
    ++unwritten_;
    if (!is_new || 2 * unwritten_ >= shapes_.size())
        write();
}

void ShapeStore::write() {
    Node tables = Node::list();
    for (const auto& [oid, shape] : shapes_)
        tables.push(to_node(shape));
    const std::string text = to_compact_json(Node::map({{"version", std::int64_t{1}}, {"tables", tables}})) + "\n";
    const std::string temporary = path_ + ".new";
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const auto fail = [&](int code) {
        throw std::runtime_error("could not write \"" + path_ + "\": " + std::strerror(code));
    };
    if (file < 0)
        fail(errno);
    std::string_view rest = text;
    int code = 0;
    while (!rest.empty() && code == 0) {
        const ssize_t written = ::write(file, rest.data(), rest.size());
        if (written > 0)
            rest.remove_prefix(static_cast<std::size_t>(written));
        else if (written == 0 || errno != EINTR)
            code = written == 0 ? EIO : errno;
    }
    if (code == 0 && ::fsync(file) != 0)
        code = errno;
    ::close(file);
    if (code == 0 && ::rename(temporary.c_str(), path_.c_str()) != 0)
        code = errno;
    if (code != 0)
        fail(code);
    unwritten_ = 0;
}

}  // namespace glassflow::etl
