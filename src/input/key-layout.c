/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "input/key-layout.h"

#include "input/keymap.h"

#include <glib/gi18n-lib.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

/* xkb numbers keys as Linux does, plus this. */
#define KEYCODE_OFFSET 8

/* The last key of a board; keymaps know more, such as one for each parenthesis, which few guests do. */
#define LAST_KEY KEY_COMPOSE

/* In the order in which they are pressed: a level that is shifted may turn the next one's key into a lock. */
enum
{
  LEVEL5,
  LEVEL3,
  SHIFT,
  N_MODIFIERS,
};

static const xkb_keysym_t modifier_keysyms[N_MODIFIERS] = {
  [LEVEL5] = XKB_KEY_ISO_Level5_Shift,
  [LEVEL3] = XKB_KEY_ISO_Level3_Shift,
  [SHIFT] = XKB_KEY_Shift_L,
};

/* What is easiest on an unsteady guest first: few modifiers. */
static const guint modifier_sets[] = {
  0,
  1 << SHIFT,
  1 << LEVEL3,
  1 << LEVEL5,
  1 << SHIFT | 1 << LEVEL3,
  1 << SHIFT | 1 << LEVEL5,
  1 << LEVEL3 | 1 << LEVEL5,
  1 << SHIFT | 1 << LEVEL3 | 1 << LEVEL5,
};

/* Dead keys: the mark that each puts on a letter, and what it makes with the space bar and when pressed twice (0: what
 * is not the same everywhere). */
static const struct
{
  xkb_keysym_t keysym;
  gunichar mark, with_space, twice;
} dead_keys[] = {
  { XKB_KEY_dead_grave, 0x300, '`', 0 },
  { XKB_KEY_dead_acute, 0x301, '\'', 0xb4 },
  { XKB_KEY_dead_circumflex, 0x302, '^', 0 },
  { XKB_KEY_dead_tilde, 0x303, '~', 0 },
  { XKB_KEY_dead_macron, 0x304, 0xaf, 0 },
  { XKB_KEY_dead_breve, 0x306, 0x2d8, 0 },
  { XKB_KEY_dead_abovedot, 0x307, 0x2d9, 0 },
  { XKB_KEY_dead_diaeresis, 0x308, '"', 0xa8 },
  { XKB_KEY_dead_hook, 0x309, 0, 0 },
  { XKB_KEY_dead_abovering, 0x30a, 0xb0, 0 },
  { XKB_KEY_dead_doubleacute, 0x30b, 0x2dd, 0 },
  { XKB_KEY_dead_caron, 0x30c, 0x2c7, 0 },
  { XKB_KEY_dead_doublegrave, 0x30f, 0, 0 },
  { XKB_KEY_dead_invertedbreve, 0x311, 0, 0 },
  { XKB_KEY_dead_psili, 0x313, 0, 0 },
  { XKB_KEY_dead_dasia, 0x314, 0, 0 },
  { XKB_KEY_dead_horn, 0x31b, 0, 0 },
  { XKB_KEY_dead_belowdot, 0x323, 0, 0 },
  { XKB_KEY_dead_belowcomma, 0x326, 0, 0 },
  { XKB_KEY_dead_cedilla, 0x327, 0xb8, 0 },
  { XKB_KEY_dead_ogonek, 0x328, 0x2db, 0 },
  { XKB_KEY_dead_belowcircumflex, 0x32d, 0, 0 },
  { XKB_KEY_dead_belowtilde, 0x330, 0, 0 },
  { XKB_KEY_dead_belowmacron, 0x331, 0, 0 },
  { XKB_KEY_dead_perispomeni, 0x342, 0, 0 },
  { XKB_KEY_dead_iota, 0x345, 0, 0 },
};

#define MAX_MARKS 3

/* A key with a set of modifiers, small enough for a table's value; 0: none. */
#define PACK(code, set) ((code) << 8 | (set))

struct _DioKeyLayout
{
  guint modifiers[N_MODIFIERS]; /* evdev codes; 0: the layout has none */
  GHashTable *characters;       /* gunichar: packed */
  guint dead[G_N_ELEMENTS (dead_keys)];
};

static void
free_contents (gpointer data)
{
  DioKeyLayout *self = data;

  g_hash_table_unref (self->characters);
}

DioKeyLayout *
dio_key_layout_ref (DioKeyLayout *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
dio_key_layout_unref (DioKeyLayout *self)
{
  g_atomic_rc_box_release_full (self, free_contents);
}

/* What a key is without any modifiers. */
static xkb_keysym_t
get_base_keysym (struct xkb_keymap *keymap, xkb_keycode_t keycode)
{
  const xkb_keysym_t *keysyms;

  return xkb_keymap_key_get_syms_by_level (keymap, keycode, 0, 0, &keysyms) == 1 ? keysyms[0] : XKB_KEY_NoSymbol;
}

static void
find_modifiers (DioKeyLayout *self, struct xkb_keymap *keymap)
{
  for (xkb_keycode_t code = 1; code <= LAST_KEY; code++)
    if (dio_keymap_evdev_to_qnum (code) != 0)
      for (guint i = 0; i < N_MODIFIERS; i++)
        if (self->modifiers[i] == 0 && get_base_keysym (keymap, code + KEYCODE_OFFSET) == modifier_keysyms[i])
          self->modifiers[i] = code;
}

static gboolean
has_modifiers (DioKeyLayout *self, guint set)
{
  for (guint i = 0; i < N_MODIFIERS; i++)
    if (set & 1 << i && self->modifiers[i] == 0)
      return FALSE;
  return TRUE;
}

static void
add_key (DioKeyLayout *self, xkb_keysym_t keysym, guint packed)
{
  gunichar character = xkb_keysym_to_utf32 (keysym);

  for (guint i = 0; i < G_N_ELEMENTS (dead_keys); i++)
    if (keysym == dead_keys[i].keysym && self->dead[i] == 0)
      self->dead[i] = packed;
  /* What the number block types depends on Num Lock. */
  if (character < ' ' || character == 0x7f || (keysym >= XKB_KEY_KP_Space && keysym <= XKB_KEY_KP_Equal))
    return;
  if (!g_hash_table_contains (self->characters, GUINT_TO_POINTER (character)))
    g_hash_table_insert (self->characters, GUINT_TO_POINTER (character), GUINT_TO_POINTER (packed));
}

static void
add_keys (DioKeyLayout *self, struct xkb_keymap *keymap, guint set)
{
  struct xkb_state *state;

  if (!has_modifiers (self, set))
    return;
  state = xkb_state_new (keymap);
  for (guint i = 0; i < N_MODIFIERS; i++)
    if (set & 1 << i)
      xkb_state_update_key (state, self->modifiers[i] + KEYCODE_OFFSET, XKB_KEY_DOWN);
  for (xkb_keycode_t code = 1; code <= LAST_KEY; code++)
    if (dio_keymap_evdev_to_qnum (code) != 0)
      add_key (self, xkb_state_key_get_one_sym (state, code + KEYCODE_OFFSET), PACK (code, set));
  xkb_state_unref (state);
}

/* Names become names of files. */
static gboolean
is_name (const char *part)
{
  return *part && strspn (part, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == strlen (part);
}

static struct xkb_keymap *
compile (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "+", 2);
  struct xkb_rule_names names = { .rules = "evdev", .model = "pc105", .variant = "", .options = "" };
  struct xkb_context *context;
  struct xkb_keymap *keymap;

  if (!parts[0] || !is_name (parts[0]) || (parts[1] && !is_name (parts[1])))
    return NULL;
  names.layout = parts[0];
  if (parts[1])
    names.variant = parts[1];
  context = xkb_context_new (XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
  if (!context)
    return NULL;
  /* That a layout is not there is told by our own error. */
  xkb_context_set_log_level (context, XKB_LOG_LEVEL_CRITICAL);
  keymap = xkb_keymap_new_from_names (context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
  xkb_context_unref (context);
  return keymap;
}

DioKeyLayout *
dio_key_layout_new (const char *name, GError **error)
{
  DioKeyLayout *self;
  struct xkb_keymap *keymap;

  g_return_val_if_fail (name, NULL);
  keymap = compile (name);
  if (!keymap)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("This computer does not know the keyboard layout “%s”. Choose another layout."), name);
      return NULL;
    }
  self = g_atomic_rc_box_new0 (DioKeyLayout);
  self->characters = g_hash_table_new (NULL, NULL);
  find_modifiers (self, keymap);
  for (guint i = 0; i < G_N_ELEMENTS (modifier_sets); i++)
    add_keys (self, keymap, modifier_sets[i]);
  xkb_keymap_unref (keymap);
  return self;
}

static void
append_key (DioStrokes *strokes, guint key)
{
  strokes->strokes[strokes->n_strokes++] = (DioStroke) { .n_keys = 1, .keys = { key } };
}

static void
append_packed (DioKeyLayout *self, DioStrokes *strokes, guint packed)
{
  DioStroke *stroke = &strokes->strokes[strokes->n_strokes++];

  stroke->n_keys = 0;
  for (guint i = 0; i < N_MODIFIERS; i++)
    if (packed & 1 << i)
      stroke->keys[stroke->n_keys++] = self->modifiers[i];
  stroke->keys[stroke->n_keys++] = packed >> 8;
}

static guint
find_key (DioKeyLayout *self, gunichar character)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->characters, GUINT_TO_POINTER (character)));
}

/* A letter whose marked forms have no sequence in X11's table; and neither have marks on what is no letter. */
#define UPSILON_WITH_HOOK 0x3d2

/* A letter with its marks: the dead keys of the marks, last one first, then the letter. */
static gboolean
append_marked (DioKeyLayout *self, gunichar character, DioStrokes *strokes)
{
  gunichar base, mark;
  guint packed = find_key (self, character);

  if (packed != 0)
    {
      append_packed (self, strokes, packed);
      return TRUE;
    }
  if (strokes->n_strokes == MAX_MARKS || !g_unichar_decompose (character, &base, &mark) || base == UPSILON_WITH_HOOK ||
      !g_unichar_isalpha (base))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (dead_keys); i++)
    if (dead_keys[i].mark == mark && self->dead[i] != 0)
      {
        append_packed (self, strokes, self->dead[i]);
        return append_marked (self, base, strokes);
      }
  return FALSE;
}

/* A mark that stands alone. */
static gboolean
append_alone (DioKeyLayout *self, gunichar character, DioStrokes *strokes)
{
  for (guint i = 0; i < G_N_ELEMENTS (dead_keys); i++)
    {
      guint second = 0;

      if (self->dead[i] == 0)
        continue;
      if (character == dead_keys[i].with_space)
        second = find_key (self, ' ');
      else if (character == dead_keys[i].twice)
        second = self->dead[i];
      if (second == 0)
        continue;
      append_packed (self, strokes, self->dead[i]);
      append_packed (self, strokes, second);
      return TRUE;
    }
  return FALSE;
}

gboolean
dio_key_layout_find (DioKeyLayout *self, gunichar character, DioStrokes *ret_strokes)
{
  g_return_val_if_fail (self && ret_strokes, FALSE);
  ret_strokes->n_strokes = 0;
  if (character == '\n' || character == '\t')
    {
      append_key (ret_strokes, character == '\n' ? KEY_ENTER : KEY_TAB);
      return TRUE;
    }
  if (character == 0)
    return FALSE;
  if (append_marked (self, character, ret_strokes))
    return TRUE;
  ret_strokes->n_strokes = 0;
  return append_alone (self, character, ret_strokes);
}

gboolean
dio_key_layout_find_by_number (DioKeyLayout *self, gunichar character, DioStrokes *ret_strokes)
{
  char digits[9];
  guint letter, shift;

  g_return_val_if_fail (self && ret_strokes, FALSE);
  letter = find_key (self, 'u');
  shift = self->modifiers[SHIFT];
  if (letter == 0 || letter & 0xff || shift == 0 || g_unichar_iscntrl (character) || character > 0x10ffff)
    return FALSE;
  ret_strokes->n_strokes = 0;
  ret_strokes->strokes[ret_strokes->n_strokes++] =
      (DioStroke) { .n_keys = 3, .keys = { KEY_LEFTCTRL, shift, letter >> 8 } };
  g_snprintf (digits, sizeof digits, "%x ", character);
  for (const char *digit = digits; *digit; digit++)
    {
      guint packed = find_key (self, (guchar) *digit);

      if (packed == 0)
        return FALSE;
      append_packed (self, ret_strokes, packed);
    }
  return TRUE;
}
