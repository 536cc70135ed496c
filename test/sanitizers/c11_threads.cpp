// Locks and threads of librdkafka become ones that ThreadSanitizer sees; in a build with it alone.
//
// librdkafka uses those of C11, ThreadSanitizer knows those of POSIX: a thread that it has not seen start ends the
// program in its first allocation, and of a mutex that it does not see it believes that nothing is ordered by it. In
// the C library both kinds are the same objects, so that each call only takes another way. Its read-write locks are of
// POSIX, and go through here because races.txt has ThreadSanitizer look away at what librdkafka calls: called from here
// they are seen.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace {

struct Start {
    thrd_start_t run;
    void* argument;
};

void* run_thread(void* given) {
    const Start start = *std::unique_ptr<Start>(static_cast<Start*>(given));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(start.run(start.argument)));
}

int result_of(int error) {
    switch (error) {
        case 0:
            return thrd_success;
        case ENOMEM:
            return thrd_nomem;
        case ETIMEDOUT:
            return thrd_timedout;
        case EBUSY:
            return thrd_busy;
        default:
            return thrd_error;
    }
}

pthread_mutex_t* posix(mtx_t* mutex) {
    static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* posix(cnd_t* condition) {
    static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));
    return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

// Of ThreadSanitizer, which has no header for them.
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
extern "C" int __interceptor_pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes);
extern "C" int __interceptor_pthread_rwlock_destroy(pthread_rwlock_t* lock);
extern "C" int __interceptor_pthread_rwlock_rdlock(pthread_rwlock_t* lock);
extern "C" int __interceptor_pthread_rwlock_wrlock(pthread_rwlock_t* lock);
extern "C" int __interceptor_pthread_rwlock_unlock(pthread_rwlock_t* lock);

namespace {

// Making a lock and taking it away are writes, as races.txt leaves them out of librdkafka: it counts by atomics who
// still has one.
class Unseen {
public:
    Unseen() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
    ~Unseen() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
};

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
    auto start = std::make_unique<Start>(Start{run, argument});
    const int error = pthread_create(thread, nullptr, run_thread, start.get());
    if (error == 0)
        static_cast<void>(start.release());
    return result_of(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* ended = nullptr;
    const int error = pthread_join(thread, &ended);
    if (error == 0 && result != nullptr)
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(ended));
    return result_of(error);
}

int mtx_init(mtx_t* mutex, int type) noexcept {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0)
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    const Unseen unseen;
    return result_of(pthread_mutex_init(posix(mutex), &attributes));
}

int mtx_lock(mtx_t* mutex) {
    return result_of(pthread_mutex_lock(posix(mutex)));
}

int mtx_unlock(mtx_t* mutex) noexcept {
    return result_of(pthread_mutex_unlock(posix(mutex)));
}

void mtx_destroy(mtx_t* mutex) noexcept {
    const Unseen unseen;
    pthread_mutex_destroy(posix(mutex));
}

int cnd_init(cnd_t* condition) noexcept {
    const Unseen unseen;
    return result_of(pthread_cond_init(posix(condition), nullptr));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result_of(pthread_cond_wait(posix(condition), posix(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return result_of(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

int cnd_signal(cnd_t* condition) noexcept {
    return result_of(pthread_cond_signal(posix(condition)));
}

int cnd_broadcast(cnd_t* condition) noexcept {
    return result_of(pthread_cond_broadcast(posix(condition)));
}

void cnd_destroy(cnd_t* condition) noexcept {
    const Unseen unseen;
    pthread_cond_destroy(posix(condition));
}

int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
    const Unseen unseen;
    return __interceptor_pthread_rwlock_init(lock, attributes);
}

int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
    const Unseen unseen;
    return __interceptor_pthread_rwlock_destroy(lock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
    return __interceptor_pthread_rwlock_rdlock(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
    return __interceptor_pthread_rwlock_wrlock(lock);
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
    return __interceptor_pthread_rwlock_unlock(lock);
}

}  // extern "C"
