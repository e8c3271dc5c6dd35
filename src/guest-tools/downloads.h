/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files that the host sends, on their way into the user's folder for downloads. */
typedef struct _DioDownloads DioDownloads;

/* Answers the host: VD_AGENT_FILE_XFER_STATUS with RESULT. FREE_SPACE: bytes, for …_NOT_ENOUGH_SPACE. */
typedef void (*DioDownloadsAnswer) (void *data, uint32_t id, uint32_t result, uint64_t free_space);

/* FOLDER: (nullable) instead of the user's; it is made when the first file comes. NULL: no memory. */
DioDownloads *dio_downloads_new (const char *folder, DioDownloadsAnswer answer, void *data);
/* Removes what is not whole. */
void dio_downloads_free (DioDownloads *self);

/* VD_AGENT_FILE_XFER_START without its id: TEXT is a key file with a name and a size. */
void dio_downloads_start (DioDownloads *self, uint32_t id, const char *text, size_t n);
/* VD_AGENT_FILE_XFER_DATA: piece by piece, LAST with the last one of a message. */
void dio_downloads_add (DioDownloads *self, uint32_t id, const uint8_t *bytes, size_t n, bool last);
/* VD_AGENT_FILE_XFER_STATUS from the host, which means that it gives up: what has come is removed. */
void dio_downloads_cancel (DioDownloads *self, uint32_t id);
/* The same for all: the host is gone. */
void dio_downloads_cancel_all (DioDownloads *self);

/* Reads such a key file. NAME: of the file alone, without a folder, fit to be written; SIZE_NAME: of NAME, at least
 * 256. Returns: false when it has none, or no size. */
bool dio_downloads_parse (const char *text, size_t n, char *name, size_t size_name, uint64_t *size);
