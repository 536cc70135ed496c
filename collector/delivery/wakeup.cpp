#include "delivery/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace glassflow::delivery {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "could not make an eventfd");
}

Wakeup::~Wakeup() {
    close(fd_);
}

void Wakeup::wake() {
    if (is_set_.exchange(true))
        return;
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the descriptor is readable already.
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wakeup::reset() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto was_read = read(fd_, &count, sizeof count);
    is_set_.store(false);
}

}  // namespace glassflow::delivery
