#include "command/stop_signal.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace glassflow::command {

StopSignal::StopSignal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of the write, not the end of the program
    fd_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "could not wait for signals");
}

StopSignal::~StopSignal() {
    close(fd_);
}

bool StopSignal::wait(std::chrono::milliseconds time) const {
    pollfd polled{fd_, POLLIN, 0};
    return poll(&polled, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace glassflow::command
