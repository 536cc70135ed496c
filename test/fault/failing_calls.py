"""A library that is loaded into a program and makes its writes or syncs to the disk fail while a file tells it to.

The file names the call, the errno and a part of the path of the files concerned: "fsync 5 events". Gone: all is well.
"""

import os
import pathlib
import subprocess

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int must_fail(const char *call, int file) {
    char wanted[64], part[256], link[64], path[4096];
    int number, told, length;
    const char *orders = getenv("FAILING_CALLS");
    int saved = errno, from = orders ? open(orders, O_RDONLY | O_CLOEXEC) : -1;
    errno = saved;
    if (from < 0)
        return 0;
    length = read(from, path, sizeof path - 1);
    close(from);
    path[length > 0 ? length : 0] = 0;
    told = sscanf(path, "%63s %d %255s", wanted, &number, part);
    errno = saved;
    if (told != 3 || strcmp(wanted, call) != 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0)
        return 0;
    path[length] = 0;
    if (strstr(path, part) == NULL)
        return 0;
    errno = number;
    return 1;
}

#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

int fsync(int file) { return must_fail("fsync", file) ? -1 : NEXT(fsync)(file); }
int fdatasync(int file) { return must_fail("fsync", file) ? -1 : NEXT(fdatasync)(file); }
ssize_t write(int file, const void *bytes, size_t count) { return must_fail("write", file) ? -1 : NEXT(write)(file, bytes, count); }
ssize_t writev(int file, const struct iovec *parts, int count) { return must_fail("write", file) ? -1 : NEXT(writev)(file, parts, count); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return must_fail("write", file) ? -1 : NEXT(pwrite)(file, bytes, count, at); }
"""


class FailingCalls:
    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.library = directory / "failing_calls.so"
        self.orders = directory / "failing_calls"
        source = directory / "failing_calls.c"
        source.write_text(SOURCE)
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", self.library, source, "-ldl"], check=True)

    @property
    def environment(self):
        # A sanitizer wants to be the first library; ours only passes calls on.
        asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return {"LD_PRELOAD": str(self.library), "FAILING_CALLS": str(self.orders), "ASAN_OPTIONS": asan}

    def begin(self, call, error, path_part):
        new = self.orders.with_suffix(".new")
        new.write_text(f"{call} {error} {path_part}")
        new.rename(self.orders)

    def end(self):
        self.orders.unlink()
