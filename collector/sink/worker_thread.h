// The thread of a sink. Signals are for the program's main thread: a worker takes none, and a broken pipe is an error
// code (EPIPE) to it, never a SIGPIPE that ends the process.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <string>
#include <thread>
#include <utility>

namespace glassflow::sink {

template <typename Function>
std::thread start_worker_thread(const std::string& name, Function&& function) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    // The new thread inherits the mask, so there is no moment in which it could take a signal.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread;
    try {
        thread = std::thread(std::forward<Function>(function));
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());  // 15 is the kernel's limit
    return thread;
}

}  // namespace glassflow::sink
