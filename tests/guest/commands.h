/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "args.h"
#include "guest.h"

/* In commands-screen.c; OUTPUT is the one that the command is for, and has a picture. */
void command_mode (Guest *guest, Args *args, int output);
void command_follow (Guest *guest, Args *args, int output);
void command_format (Guest *guest, Args *args, int output);
void command_flip (Guest *guest, Args *args, int output);
void command_card (Guest *guest, Args *args, int output);
void command_fill (Guest *guest, Args *args, int output);
void command_pattern (Guest *guest, Args *args, int output);
void command_rects (Guest *guest, Args *args, int output);
void command_frames (Guest *guest, Args *args, int output);
void command_scroll (Guest *guest, Args *args, int output);
void command_cursor (Guest *guest, Args *args, int output);

/* In commands-devices.c; they need no picture. */
void command_load (Guest *guest, Args *args, int output);
void command_mount (Guest *guest, Args *args, int output);
void command_read (Guest *guest, Args *args, int output);
void command_write (Guest *guest, Args *args, int output);
void command_network (Guest *guest, Args *args, int output);
void command_serve (Guest *guest, Args *args, int output);
void command_connect (Guest *guest, Args *args, int output);
void command_play (Guest *guest, Args *args, int output);
void command_record (Guest *guest, Args *args, int output);
