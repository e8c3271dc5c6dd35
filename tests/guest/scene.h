/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "card.h"
#include "kms.h"

#define MAX_SPOTS 64

typedef enum
{
  SCENE_CARD,
  SCENE_FILL,
  SCENE_PATTERN,
  SCENE_RECTS,
  SCENE_FRAMES,
  SCENE_SCROLL,
} SceneKind;

typedef enum
{
  PATTERN_GRID,
  PATTERN_CHECKER,
  PATTERN_BARS,
  PATTERN_GRADIENT,
  PATTERN_NOISE,
} Pattern;

/* What one output shows. Times are microseconds of CLOCK_MONOTONIC. */
typedef struct
{
  SceneKind kind;
  Card card;
  uint32_t color;
  Pattern pattern;
  uint32_t seed;
  int cell;
  int64_t interval, next, end; /* of what moves; end 0: never */
  uint64_t count;              /* updates since it began */
  bool flip;
  int w, h; /* of each small update */
  struct
  {
    int x, y;
  } spots[MAX_SPOTS];
  int n_spots;
  char text[128];
} Scene;

/* A value of 24 bits that looks random, from any two coordinates and a seed: see README.md. */
uint32_t scene_hash (uint32_t x, uint32_t y, uint32_t seed);

/* Draws everything anew, for a canvas of any size. REFRESH is in Hz. */
void scene_paint (Scene *scene, Canvas *canvas, int refresh);

/* The same onto the screen. */
void scene_show (Scene *scene, Kms *kms, Output *output);

/* Does what is due at NOW; returns when it wants to be called again (INT64_MAX: not by itself). */
int64_t scene_tick (Scene *scene, Kms *kms, Output *output, int64_t now);
