/* SPDX-License-Identifier: MIT */
/*
 * file: whole small files, private files, and memory that looks like one.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "core/buf.h"
#include "core/err.h"

/* file_read appends all of a regular file, at most out->max - out->len octets.
 * Errors: FILE_UNREADABLE, BODY_TOO_LARGE. */
err_t file_read(const char *path, struct buf *out);

/* file_read_fd is the same for an open descriptor, from its start (pread). */
err_t file_read_fd(int fd, struct buf *out);

/* file_write_private makes or replaces a 0600 file atomically (temporary name, fsync, rename), and
 * is back when it would outlive a loss of power. Errors: STORAGE_FULL, FILE_UNREADABLE. */
err_t file_write_private(const char *path, struct bytes data);

/* file_sync_folder: the folder that `path` is in goes to disk, and the names in it; a file that was
 * made may be lost with its content otherwise. Errors: STORAGE_FULL. */
err_t file_sync_folder(const char *path);

/* file_write is file_write_private with mode 0644 and the umask of the process, and does not wait
 * for the folder. */
err_t file_write(const char *path, struct bytes data);

/* file_private opens for reading a regular file that is ours (uid), 0600 or stricter, and not a
 * link. Errors: FILE_UNREADABLE. */
err_t file_private(const char *path, int *fd);

/* file_memory makes a memfd with that content, sealed against any change (F_SEAL_SEAL|SHRINK|
 * GROW|WRITE). file_memory_sealed says whether a received fd is such a one.
 * Errors: STORAGE_FULL. */
err_t file_memory(struct bytes data, int *fd);
bool file_memory_sealed(int fd);

/* The same in parts, for what comes bit by bit: file_memory_add appends, false when there is no
 * room; file_memory_seal ends it. Errors: STORAGE_FULL. */
err_t file_memory_new(int *fd);
bool file_memory_add(int fd, struct bytes part);
err_t file_memory_seal(int fd);

/* file_map views a sealed memfd's content read-only; unmap with file_unmap. */
err_t file_map(int fd, struct bytes *out);
void file_unmap(struct bytes mapped);

/* file_runtime_dir appends $XDG_RUNTIME_DIR/onayd (without making it). FILE_UNREADABLE when unset.
 */
err_t file_runtime_dir(struct buf *out);

/* file_state_dir appends $XDG_STATE_HOME/onayd, else ~/.local/state/onayd (without making it).
 * FILE_UNREADABLE when neither is set. */
err_t file_state_dir(struct buf *out);

/* file_cache_dir is the same with $XDG_CACHE_HOME/onayd, else ~/.cache/onayd. */
err_t file_cache_dir(struct buf *out);

/* file_make_dir makes a folder and those above it that are missing (0700); what is there already
 * must be a folder of ours that nobody else may enter. FILE_UNREADABLE, STORAGE_FULL. */
err_t file_make_dir(const char *path);

#endif
