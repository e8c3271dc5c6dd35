/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "draw.h"

#define CARD_TRAILS 11 /* the pointer, then ten touch slots */
#define CARD_POINTS 96
#define CARD_DAMAGE 24
#define CARD_TYPED 64
#define CARD_TRAIL_TIME 900 /* ms until a point has faded */
#define CARD_TRAIL_GAP 250  /* ms between two points that are not joined */
#define CARD_HILLS 4
#define CARD_STARS 48

/* Where one pointer or finger was lately, newest last. */
typedef struct
{
  struct
  {
    int16_t x, y;
    int64_t time;
  } points[CARD_POINTS];
  int n;
  bool down;
  uint32_t color;
} Trail;

/* The test card of one output: a calm scene, measurements, colour bars, a pixel grid, and all input made visible.
 * Times are milliseconds of CLOCK_MONOTONIC. */
typedef struct
{
  /* set by card_layout() */
  int width, height, refresh;
  double scale;
  bool compact;
  Rect header, hero, stats, bars, grid, keyboard, input;
  Rect sun_area;                      /* what the sun's next move makes dirty */
  uint16_t *row_light, *column_light; /* background gradient, three channels each */
  int16_t *hills[CARD_HILLS];         /* top of each hill for each column of the hero, in 1/8 pixel */
  struct
  {
    int16_t x, y;
    uint8_t light, size;
  } stars[CARD_STARS];

  /* what is shown */
  char device[48];
  int64_t started, now, last_frame, last_step;
  uint64_t frames;
  float sun_x, sun_y;
  Trail trails[CARD_TRAILS];
  uint32_t down[768 / 32]; /* keys and buttons, by evdev code */
  int last_key;
  char typed[CARD_TYPED];
  int n_typed;
  int wheel, wheel_sideways; /* notches so far */
  int pointer_x, pointer_y;
  int64_t last_input;

  Rect damage[CARD_DAMAGE];
  int n_damage;
} Card;

void card_init (Card *card, int64_t now);

/* Places everything for a picture of that size; false without memory. All of it is then dirty. */
bool card_layout (Card *card, int width, int height, int refresh);

/* Draws what of the card lies in the canvas' clip. */
void card_paint (Card *card, Canvas *canvas);

/* Moves on to NOW and collects in card->damage what must be painted and flushed. Returns the time of the next tick. */
int64_t card_tick (Card *card, int64_t now);

/* Input, in pixels of the picture. Trail 0 is the pointer, 1 + N touch slot N. */
void card_move (Card *card, int trail, int x, int y, int64_t now);
void card_lift (Card *card, int trail, int64_t now);
void card_key (Card *card, int code, bool down, int64_t now);
void card_type (Card *card, int character, int64_t now);
void card_wheel (Card *card, int notches, bool sideways, int64_t now);

void card_add_damage (Card *card, Rect rect);

/* The card's own parts, for each other. */
#define CARD_WHITE 0xffffff
#define CARD_MUTED 0x9aa3b8
#define CARD_BLUE 0x62a0ea
#define CARD_GREEN 0x57e389
#define CARD_ORANGE 0xffa348
uint32_t card_background (const Card *card, int x, int y);
void card_panel (const Card *card, Canvas *canvas, Rect rect);
bool card_is_down (const Card *card, int code);
bool card_scene_layout (Card *card);
void card_scene_step (Card *card);
void card_scene_paint (const Card *card, Canvas *canvas);
void card_keyboard_paint (const Card *card, Canvas *canvas);
Rect card_keyboard_key_area (const Card *card, int code);
const char *card_key_name (int code);
void card_panels_paint (const Card *card, Canvas *canvas);
void card_trails_paint (const Card *card, Canvas *canvas);
