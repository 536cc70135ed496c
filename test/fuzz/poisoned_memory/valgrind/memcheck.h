/*
 * What the server tells valgrind about its memory contexts, told to AddressSanitizer instead.
 *
 * The server's allocator, compiled against this in place of valgrind's own header, makes every byte inaccessible that
 * palloc did not hand out or that pfree and a reset took back: then our code, compiled with AddressSanitizer, is caught
 * at the first byte beyond. Not the macros of that header: they do nothing in code that is not itself instrumented. C,
 * because the server is.
 */
#pragma once

#include <sanitizer/asan_interface.h>

#define VALGRIND_CHECK_MEM_IS_DEFINED(address, size) 0
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) ((void)(pool))
#define VALGRIND_DESTROY_MEMPOOL(pool) ((void)(pool))
#define VALGRIND_MAKE_MEM_DEFINED(address, size) __asan_unpoison_memory_region(address, size)
#define VALGRIND_MAKE_MEM_NOACCESS(address, size) __asan_poison_memory_region(address, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size) __asan_unpoison_memory_region(address, size)
#define VALGRIND_MEMPOOL_ALLOC(pool, address, size) __asan_unpoison_memory_region(address, size)
#define VALGRIND_MEMPOOL_FREE(pool, address) ((void)(pool))
#define VALGRIND_MEMPOOL_CHANGE(pool, old_address, address, size) __asan_unpoison_memory_region(address, size)
