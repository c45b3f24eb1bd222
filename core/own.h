/* SPDX-License-Identifier: MIT */
/*
 * own: memory that frees itself at the end of its scope.
 *
 * What: one cleanup idiom for the whole house; there is no goto.
 * Not:  reference counting. Exactly one owner; give() passes ownership on.
 * Use:  a type's header says OWN(buf) or OWN_PTR(token) after its _free;
 *       a function says `own(buf) b = buf_max(1024);` or
 *       `own_ptr(token) t = NULL;` and, to hand out, `*out = give(t);`.
 */
#ifndef CORE_OWN_H
#define CORE_OWN_H

#include <stdlib.h>
#include <unistd.h>

/* OWN: for structs that live by value and whose T_free takes a pointer to them. */
#define OWN(T)                                                                                     \
    static inline void T##_own(struct T *v)                                                        \
    {                                                                                              \
        T##_free(v);                                                                               \
    }
#define own(T) __attribute__((cleanup(T##_own))) struct T

/* OWN_PTR: for opaque structs that live on the heap; T_free(NULL) must be fine. */
#define OWN_PTR(T)                                                                                 \
    static inline void T##_own_ptr(struct T **v)                                                   \
    {                                                                                              \
        T##_free(*v);                                                                              \
    }
#define own_ptr(T) __attribute__((cleanup(T##_own_ptr))) struct T *

/* give moves a pointer out of its owner, which then holds NULL. */
#define give(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) given_ = (p);                                                                \
        (p) = NULL;                                                                                \
        given_;                                                                                    \
    })

/* own_fd: a file descriptor, -1 when empty; give_fd moves it out. */
static inline void fd_own(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
}
#define own_fd __attribute__((cleanup(fd_own))) int

static inline int give_fd(int *fd)
{
    int given = *fd;
    *fd = -1;
    return given;
}

/* own_mem: plain malloc'ed memory. */
static inline void mem_own(void *p)
{
    free(*(void **)p);
}
#define own_mem(T) __attribute__((cleanup(mem_own))) T *

#endif
