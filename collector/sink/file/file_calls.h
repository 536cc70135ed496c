// The system calls of the file sink in one table, so that a test can make any of them fail: full disks, short writes
// and failing fsyncs do not come on request otherwise.
//
// Each call means what its namesake means, errno included.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace glassflow::sink {

class FileCalls {
public:
    virtual ~FileCalls() = default;

    virtual int open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
    virtual ssize_t write(int file, const iovec* parts, int count) { return ::writev(file, parts, count); }
    virtual int sync(int file) { return ::fdatasync(file); }
    virtual int truncate(int file, off_t size) { return ::ftruncate(file, size); }
    virtual int lock(int file) { return ::flock(file, LOCK_EX | LOCK_NB); }
};

}  // namespace glassflow::sink
