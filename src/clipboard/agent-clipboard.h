/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"
#include "clipboard/channel.h"

G_BEGIN_DECLS

/* The clipboard of a guest in which SPICE's agent runs: text, PNG, BMP, TIFF and JPEG in either direction, with the
 * grab serials that keep two grabs that cross apart. MIME types are the protocol's: what else the host has is converted
 * by the offer, which then lists "image/png". */
#define DIO_TYPE_AGENT_CLIPBOARD (dio_agent_clipboard_get_type ())
G_DECLARE_FINAL_TYPE (DioAgentClipboard, dio_agent_clipboard, DIO, AGENT_CLIPBOARD, DioClipboardChannel)

DioAgentClipboard *dio_agent_clipboard_new (DioAgent *agent);

G_END_DECLS
