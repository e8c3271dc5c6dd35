/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* SPICE's agent of a guest, in the test's own process and main context, at the other end of a socket pair. It does what
 * spice-vdagentd does: who owns a selection, the serials of grabs, one answer a request. Its bytes are made and read by
 * code of its own, not by Diorama's. What it is told is written down in LOG, a line each:
 * "grab 0: 1 2\n" (selection: types), "grab-lost 0\n" (its serial was not right), "release 0\n", "request 0: 1\n",
 * "data 0: 1 5\n" (selection: type, size), "announce 1\n" (request), "max -1\n", "monitors 1: 640x480+0+0\n",
 * "file-start 1 name 5\n" (id, name, size), "file-data 1 5\n", "file-status 1 1\n", "message 15 20\n" (others). */

#define FAKE_AGENT_TYPES 8
/* Linux's and Windows' agents; 1 << VD_AGENT_CAP_…. */
#define FAKE_AGENT_LINUX 0x38de7u
#define FAKE_AGENT_WINDOWS 0x46b7u

typedef enum
{
  FAKE_OWNER_NONE,
  FAKE_OWNER_GUEST,
  FAKE_OWNER_HOST,
} FakeOwner;

typedef struct
{
  FakeOwner owner;
  guint32 serial;
  guint32 offered[FAKE_AGENT_TYPES]; /* by the host */
  guint n_offered;
  GBytes *contents[FAKE_AGENT_TYPES]; /* what the guest has copied, by type */
  GBytes *pasted;                     /* what came last of the host's */
  guint32 pasted_type;
  guint n_pasted;
} FakeSelection;

typedef struct
{
  guint64 size, received;
  char *name;
  GByteArray *data;
} FakeFile;

typedef struct
{
  int fd; /* the agent's end; -1: closed */
  GSource *in, *out;
  GByteArray *unread, *message; /* of what has come: not looked at yet, and the message in it */
  GByteArray *unsent;
  gsize n_sent; /* of it */

  guint32 capabilities;
  guint32 clients;     /* the client's capabilities */
  gboolean mute;       /* requests are not answered */
  gboolean keep_files; /* what comes of files is kept */
  int file_result;     /* status of what was to be sent, or -1: as it should be */
  FakeSelection selections[2];
  GHashTable *files; /* id → FakeFile */
  GString *log;
  guint n_messages;
} FakeAgent;

/* RET_FD: the client's end. The agent does not run yet, and reads nothing. */
FakeAgent *fake_agent_new (int *ret_fd);
void fake_agent_free (FakeAgent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAgent, fake_agent_free)

/* The program starts: it announces itself, and reads. Again: it was killed, and starts anew. */
void fake_agent_start (FakeAgent *self, guint32 capabilities);
/* It was started before Diorama was: it says nothing before it is asked. */
void fake_agent_resume (FakeAgent *self, guint32 capabilities);
/* It reads nothing more, until it goes on. What it had begun to send is never finished: fake_agent_stop(). */
void fake_agent_stall (FakeAgent *self);
void fake_agent_go_on (FakeAgent *self);
void fake_agent_stop (FakeAgent *self);
/* The socket is closed. */
void fake_agent_hang_up (FakeAgent *self);

/* The guest's user copies: CONTENTS (nullable, to be set in selections[] by the test) of one TYPE. */
void fake_agent_copy (FakeAgent *self, guint selection, guint32 type, GBytes *contents);
void fake_agent_clear (FakeAgent *self, guint selection);
/* The guest's user pastes; then n_pasted grows. */
void fake_agent_paste (FakeAgent *self, guint selection, guint32 type);

/* A message of any content, in chunks of at most CHUNK bytes (0: in one). */
void fake_agent_send (FakeAgent *self, guint32 type, const void *body, gsize size, gsize chunk);
void fake_agent_send_bytes (FakeAgent *self, const void *bytes, gsize size);
/* N numbers as the body. */
void fake_agent_send_numbers (FakeAgent *self, guint32 type, guint n, ...);

G_END_DECLS
